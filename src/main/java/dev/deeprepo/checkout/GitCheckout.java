package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.egress.Guard;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
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
    private final Withholding withholding;

    GitCheckout(CheckoutSettings settings, CheckoutDirectory directory, CheckoutDisk disk, KeptRepositories kept,
            Guard guard) {
        this.settings = settings;
        this.guard = guard;
        this.directory = directory;
        this.disk = disk;
        this.kept = kept;
        this.git = new Git(directory.home());
        this.tokens = new Tokens(settings);
        this.withholding = new Withholding(settings);
    }

    /** What to fetch, and by which names it is kept. */
    private record Wanted(RepositoryUrl url, @Nullable Ref ref, @Nullable Subdirectory subdirectory,
            List<UUID> names) {}

    /** A fetch failed that went on from what was kept, which may be why. */
    private static final class KeptInVain extends RuntimeException {

        KeptInVain(Exception cause) {
            super("a repository is fetched anew, not from what is kept: " + cause.getMessage(), cause);
        }
    }

    @Override
    public Snapshot fetch(RepositoryUrl url, @Nullable String ref, @Nullable String path, List<UUID> names,
            BooleanSupplier cancelled) {
        disk.requireRoom();
        Watch watch = new Watch(settings.timeout(), cancelled);
        Wanted wanted = new Wanted(allowed(url), ref == null ? null : Ref.parse(ref),
                path == null ? null : Subdirectory.parse(path), names);
        try {
            return fetch(wanted, true, watch);
        } catch (KeptInVain e) {
            log.warn(e.getMessage());
            Snapshot snapshot = fetch(wanted, false, watch);
            names.stream().skip(1).forEach(kept::forget); // it was why; the first is replaced by now
            return snapshot;
        }
    }

    private Snapshot fetch(Wanted wanted, boolean fromKept, Watch watch) {
        BareRepository repository = new BareRepository(directory.next(), git,
                () -> Remote.locate(wanted.url, guard, tokens, watch), settings, withholding, disk, watch);
        ObjectStore objects = null;
        boolean restored = false;
        try {
            restored = fromKept
                    && kept.restore(wanted.names, repository.directory(), settings.maxPackBytes().toBytes());
            ObjectId fetched = repository.fetch(wanted.ref);
            objects = new ObjectStore(repository.directory());
            Snapshot snapshot = index(repository, objects, fetched, wanted, watch);
            repository.hold(snapshot.commit());
            keep(wanted, repository);
            return snapshot;
        } catch (LargeObjectException e) {
            close(repository, objects);
            throw new CheckoutException(Reason.TOO_LARGE,
                    "the repository holds a commit or directory of more than 32 MB",
                    e);
        } catch (IOException e) {
            close(repository, objects);
            throw restored
                    ? new KeptInVain(e)
                    : new CheckoutException(Reason.FAILED, "the repository's objects cannot be read", e);
        } catch (CheckoutException e) {
            close(repository, objects);
            throw restored
                    && Set.of(Reason.FAILED, Reason.REPOSITORY_UNREADABLE, Reason.COMMIT_NOT_FOUND).contains(e.reason())
                            ? new KeptInVain(e)
                            : e;
        } catch (RuntimeException | Error e) {
            close(repository, objects);
            throw e;
        }
    }

    private void keep(Wanted wanted, BareRepository repository) {
        wanted.names.stream().findFirst().ifPresent(name -> kept.keep(name, repository.directory()));
    }

    @Override
    public void tidy(Predicate<UUID> wanted) {
        kept.retain(wanted);
        kept.sweep();
    }

    @Override
    public void forget(UUID name) {
        kept.forget(name);
    }

    private Snapshot index(BareRepository repository, ObjectStore objects, ObjectId fetched, Wanted wanted,
            Watch watch) throws IOException {
        Subdirectory subdirectory = wanted.subdirectory;
        RevCommit commit = objects.commit(fetched);
        try (ObjectReader reader = objects.reader()) {
            Listing listing = Listing.of(reader, commit.getTree(), subdirectory, withholding,
                    watch);
            Index index = Index.of(reader, listing, settings, withholding, watch);
            index.requireText();
            return new BareSnapshot(repository, objects, wanted.url.name(), commit.name(),
                    subdirectory == null ? "" : subdirectory + "/", index, () -> keep(wanted, repository));
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
