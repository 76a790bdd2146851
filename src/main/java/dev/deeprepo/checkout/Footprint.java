package dev.deeprepo.checkout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/** What a directory takes of the disk, in which another process may be at work; and how it goes. */
final class Footprint extends SimpleFileVisitor<Path> {

    /** Of each file and directory, beside its content: names alone can fill a disk. */
    private static final int ENTRY = 4096;
    /** Whoever lets go of a directory waits for so long, and no longer. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Logger log = LoggerFactory.getLogger(Footprint.class);

    private long bytes;

    private Footprint() {}

    static long bytes(Path directory) {
        Footprint footprint = new Footprint();
        try {
            Files.walkFileTree(directory, footprint);
        } catch (IOException e) {
            throw new UncheckedIOException("the checkout directory cannot be read", e);
        }
        return footprint.bytes;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        bytes += ENTRY;
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        bytes += ENTRY + attributes.size();
        return FileVisitResult.CONTINUE;
    }

    /** Gone in this moment: git renames its temporary files. */
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e) {
        return FileVisitResult.CONTINUE;
    }

    /** Takes a directory out of sight, and deletes it; what takes long is deleted while others go on. */
    static void remove(Path directory) {
        Path gone = directory.resolveSibling(directory.getFileName() + ".gone");
        try {
            Files.move(directory, gone);
            Thread.ofPlatform().daemon().name("deleting").start(() -> delete(gone)).join(PATIENCE);
        } catch (IOException e) {
            log.warn("a bare repository could not be removed; the next start does it", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(Path directory) {
        try {
            FileSystemUtils.deleteRecursively(directory);
        } catch (IOException e) {
            log.warn("a bare repository could not be removed; the next start does it", e);
        }
    }
}
