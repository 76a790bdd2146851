package dev.deeprepo.checkout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * This process's own place for bare repositories. A file lock says that it lives; the operating system takes the lock
 * away when the process dies in whatever way, and the next one to start in the same place sweeps up.
 */
final class CheckoutDirectory implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(CheckoutDirectory.class);
    private static final String LOCK = "lock";

    private final Path own;
    private final FileChannel lock;

    CheckoutDirectory(Path parent) {
        try {
            Path root = Files.createDirectories(parent.toAbsolutePath());
            sweep(root);
            // Temporary directories are born closed to others: what is fetched may be private.
            own = Files.createTempDirectory(root, "instance");
            lock = FileChannel.open(own.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock.lock();
            Files.createDirectory(home());
        } catch (IOException e) {
            throw new UncheckedIOException("deeprepo.checkout.directory cannot be used: " + e.getMessage(), e);
        }
    }

    /** An empty home for git. */
    Path home() {
        return own.resolve("home");
    }

    /** A path for one bare repository. */
    Path next() {
        return own.resolve(UUID.randomUUID() + ".git");
    }

    private static void sweep(Path root) throws IOException {
        try (Stream<Path> children = Files.list(root)) {
            List<Path> instances = children.filter(Files::isDirectory).toList();
            for (Path instance : instances) {
                if (isOrphan(instance)) {
                    log.info("removing the checkouts that a process which is gone left behind");
                    FileSystemUtils.deleteRecursively(instance);
                }
            }
        }
    }

    private static boolean isOrphan(Path instance) {
        try (FileChannel channel = FileChannel.open(instance.resolve(LOCK), StandardOpenOption.WRITE);
                @Nullable
                FileLock taken = channel.tryLock()) {
            return taken != null;
        } catch (OverlappingFileLockException | IOException e) {
            // Held by this very process, no directory of ours, or one that is just being made.
            return false;
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
            FileSystemUtils.deleteRecursively(own);
        } catch (IOException e) {
            log.warn("the checkout directory could not be removed; the next start does it", e);
        }
    }
}
