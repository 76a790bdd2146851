package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.egress.Guard;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.eclipse.jgit.errors.LargeObjectException;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Fetches with git, reads with JGit. */
final class GitCheckout implements Checkout {

    private static final Logger log = LoggerFactory.getLogger(GitCheckout.class);

    private final CheckoutSettings settings;
    private final Guard guard;
    private final CheckoutDirectory directory;
    private final CheckoutDisk disk;
    private final KeptRepositories kept;
    private final Git git;
    private final Tokens tokens;

    GitCheckout(CheckoutSettings settings, CheckoutDirectory directory, CheckoutDisk disk, KeptRepositories kept,
            Guard guard) {
        this.settings = settings;
        this.guard = guard;
        this.directory = directory;
        this.disk = disk;
        this.kept = kept;
        this.git = new Git(directory.home());
        this.tokens = new Tokens(settings);
    }

    @Override
    public Snapshot fetch(RepositoryUrl url, @Nullable String ref, @Nullable String path, List<UUID> names,
            BooleanSupplier cancelled) {
        disk.requireRoom();
        Watch watch = new Watch(settings.timeout(), cancelled);
        Ref wanted = ref == null ? null : Ref.parse(ref);
        Subdirectory subdirectory = path == null ? null : Subdirectory.parse(path);
        RepositoryUrl allowed = allowed(url);
        BareRepository repository = new BareRepository(directory.next(), git,
                () -> Remote.locate(allowed, guard, tokens, watch), settings, disk, watch);
        ObjectStore objects = null;
        boolean restored = false;
        try {
            restored = kept.restore(names, repository.directory());
            ObjectId fetched = repository.fetch(wanted);
            objects = new ObjectStore(repository.directory());
            Snapshot snapshot = index(repository, objects, fetched, url.name(), subdirectory, watch);
            names.stream().findFirst()
                    .ifPresent(name -> kept.keep(name, repository.directory(), snapshot.commit()));
            return snapshot;
        } catch (LargeObjectException e) {
            close(repository, objects);
            throw new CheckoutException(Reason.TOO_LARGE,
                    "the repository holds a commit or directory of more than 32 MB",
                    e);
        } catch (IOException e) {
            close(repository, objects);
            if (restored) {
                return fetchAnew(url, ref, path, names, cancelled, e);
            }
            throw new CheckoutException(Reason.FAILED, "the repository's objects cannot be read", e);
        } catch (CheckoutException e) {
            close(repository, objects);
            if (restored && Set.of(Reason.FAILED, Reason.COMMIT_NOT_FOUND).contains(e.reason())) {
                return fetchAnew(url, ref, path, names, cancelled, e);
            }
            throw e;
        } catch (RuntimeException | Error e) {
            close(repository, objects);
            throw e;
        }
    }

    /** What was kept is of no use. */
    private Snapshot fetchAnew(RepositoryUrl url, @Nullable String ref, @Nullable String path, List<UUID> names,
            BooleanSupplier cancelled, Exception why) {
        log.warn("a kept repository cannot be used and is fetched anew: {}", why.getMessage());
        names.forEach(kept::forget);
        return fetch(url, ref, path, names, cancelled);
    }

    @Override
    public void forget(UUID name) {
        kept.forget(name);
    }

    private Snapshot index(BareRepository repository, ObjectStore objects, ObjectId fetched, String name,
            @Nullable Subdirectory subdirectory, Watch watch) throws IOException {
        RevCommit commit = objects.commit(fetched);
        try (ObjectReader reader = objects.reader()) {
            Listing listing = Listing.of(reader, commit.getTree(), subdirectory, watch);
            Index index = Index.of(reader, listing, settings, watch);
            index.requireText();
            return new BareSnapshot(repository, objects, name, commit.name(),
                    subdirectory == null ? "" : subdirectory + "/", index);
        }
    }

    /** A URL can come out of a database that is older than the settings. */
    private RepositoryUrl allowed(RepositoryUrl url) {
        try {
            return RepositoryUrl.parse(url.canonical(), guard.rules());
        } catch (InvalidRepository e) {
            throw new CheckoutException(Reason.HOST_REFUSED, e.getMessage(), e);
        }
    }

    private static void close(BareRepository repository, @Nullable ObjectStore objects) {
        if (objects != null) {
            objects.close();
        }
        repository.close();
    }
}
