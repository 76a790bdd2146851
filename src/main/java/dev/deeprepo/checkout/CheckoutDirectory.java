package dev.deeprepo.checkout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
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
    private static final String INSTANCE = "instance";
    private static final String KEPT = "kept";
    private static final String LOCK = "lock";
    /** What is fetched may be private. */
    private static final FileAttribute<?> CLOSED = PosixFilePermissions
            .asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    /** Longer than a process takes from making its directory to locking it. */
    private static final Duration BIRTH = Duration.ofHours(1);

    private final Path kept;
    private final Path own;
    private final FileChannel lock;

    CheckoutDirectory(Path parent) {
        try {
            Path root = Files.createDirectories(parent.toAbsolutePath());
            sweep(root);
            own = Files.createTempDirectory(root, INSTANCE, CLOSED);
            Path taking = own.resolve("taking");
            lock = FileChannel.open(taking, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            lock.lock();
            Files.move(taking, own.resolve(LOCK)); // taken before any other process can see it
            Files.createDirectory(home());
            kept = Files.createDirectories(root.resolve(KEPT), CLOSED);
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

    /** Where repositories are kept that no process is at work in. */
    Path kept() {
        return kept;
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

    private static boolean isOrphan(Path instance) throws IOException {
        if (!Files.exists(instance.resolve(LOCK))) {
            return instance.getFileName().toString().startsWith(INSTANCE)
                    && Files.getLastModifiedTime(instance).toInstant().isBefore(Instant.now().minus(BIRTH));
        }
        try (FileChannel channel = FileChannel.open(instance.resolve(LOCK), StandardOpenOption.WRITE);
                @Nullable
                FileLock taken = channel.tryLock()) {
            return taken != null;
        } catch (OverlappingFileLockException | IOException e) {
            // Held by this very process, or swept by another in this moment.
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
