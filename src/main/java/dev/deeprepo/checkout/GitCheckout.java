package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.egress.Guard;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.eclipse.jgit.errors.LargeObjectException;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.jspecify.annotations.Nullable;

/** Fetches with git, reads with JGit. */
final class GitCheckout implements Checkout {

    private final CheckoutSettings settings;
    private final Guard guard;
    private final CheckoutDirectory directory;
    private final CheckoutDisk disk;
    private final Git git;
    private final Tokens tokens;

    GitCheckout(CheckoutSettings settings, CheckoutDirectory directory, CheckoutDisk disk, Guard guard) {
        this.settings = settings;
        this.guard = guard;
        this.directory = directory;
        this.disk = disk;
        this.git = new Git(directory.home());
        this.tokens = new Tokens(settings);
    }

    @Override
    public Snapshot fetch(RepositoryUrl url, @Nullable String ref, @Nullable String path, BooleanSupplier cancelled) {
        disk.requireRoom();
        Watch watch = new Watch(settings.timeout(), cancelled);
        Ref wanted = ref == null ? null : Ref.parse(ref);
        Subdirectory subdirectory = path == null ? null : Subdirectory.parse(path);
        Remote remote = Remote.locate(allowed(url), guard, tokens, watch);
        BareRepository repository = new BareRepository(directory.next(), git, remote, settings, disk, watch);
        ObjectStore objects = null;
        try {
            ObjectId fetched = repository.fetch(wanted);
            objects = new ObjectStore(repository.directory());
            return index(repository, objects, fetched, url.name(), subdirectory, watch);
        } catch (LargeObjectException e) {
            close(repository, objects);
            throw new CheckoutException(Reason.TOO_LARGE,
                    "the repository holds a commit or directory of more than 32 MB",
                    e);
        } catch (IOException e) {
            close(repository, objects);
            throw new CheckoutException(Reason.FAILED, "the repository's objects cannot be read", e);
        } catch (RuntimeException | Error e) {
            close(repository, objects);
            throw e;
        }
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
