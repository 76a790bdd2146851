package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.internal.storage.file.ObjectDirectory;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.storage.file.WindowCacheConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * The objects of a bare repository, read by JGit. No work tree, no refs, no configuration: only the object directory is
 * opened, and what JGit would learn from the machine is replaced by nothing.
 */
final class ObjectStore implements AutoCloseable {

    static {
        SystemReader.setInstance(new Blind(SystemReader.getInstance()));
        WindowCacheConfig cache = new WindowCacheConfig();
        cache.setPackedGitLimit(32 << 20);
        cache.setPackedGitWindowSize(64 << 10);
        cache.setDeltaBaseCacheLimit(32 << 20);
        // Larger objects are inflated in pieces; none of them is ever loaded.
        cache.setStreamFileThreshold(32 << 20);
        cache.setExposeStatsViaJmx(false);
        cache.install();
    }

    private final ObjectDirectory objects;

    ObjectStore(Path repository) throws IOException {
        objects = new ObjectDirectory(new Config(), repository.resolve("objects").toFile(), null, FS.DETECTED,
                repository.resolve("shallow").toFile());
    }

    /** Not thread-safe; one per thread. */
    ObjectReader reader() {
        return objects.newReader();
    }

    /** The commit behind an id, through annotated tags. */
    RevCommit commit(ObjectId id) throws IOException {
        try (RevWalk walk = new RevWalk(reader())) {
            return walk.parseCommit(id);
        } catch (IncorrectObjectTypeException e) {
            throw new CheckoutException(Reason.REF_NOT_FOUND, "the ref names no commit", e);
        } catch (MissingObjectException e) {
            throw new CheckoutException(Reason.COMMIT_NOT_FOUND,
                    "the repository has no such commit on its branches and tags", e);
        }
    }

    @Override
    public void close() {
        objects.close();
    }

    /** A machine without any git configuration; JGit would otherwise read it, and start git to find it. */
    private static final class Blind extends SystemReader.Delegate {

        Blind(SystemReader real) {
            super(real);
        }

        @Override
        public @Nullable String getenv(String variable) {
            return Set.of("PATH", "HOME").contains(variable) ? super.getenv(variable) : null;
        }

        @Override
        public FileBasedConfig openUserConfig(Config parent, FS fs) {
            return new NoFile(parent, fs);
        }

        @Override
        public FileBasedConfig openSystemConfig(Config parent, FS fs) {
            return new NoFile(parent, fs);
        }

        @Override
        public FileBasedConfig openJGitConfig(Config parent, FS fs) {
            return new NoFile(parent, fs);
        }
    }

    private static final class NoFile extends FileBasedConfig {

        NoFile(Config parent, FS fs) {
            super(parent, new File("none"), fs);
        }

        /** JGit would measure how exact the file system's clock is, for seconds, with files in the repository. */
        @Override
        public @Nullable String getString(String section, @Nullable String subsection, String name) {
            return section.equals("filesystem") ? "10 ms" : super.getString(section, subsection, name);
        }

        @Override
        public void load() {}

        @Override
        public void save() {}

        @Override
        public boolean isOutdated() {
            return false;
        }
    }
}
