package dev.deeprepo.checkout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.FileSystemUtils;

/**
 * What was fetched, kept by name so that whoever goes on with it needs no host: another attempt after a crash, here or in
 * any process that shares the disk, and whatever follows up. Nobody works in here. A repository is put in and taken out
 * as hard links, which cost neither time nor disk; so any of them can go at any time.
 */
final class KeptRepositories {

    /** The file in a kept repository that says which commit it was kept for; also a ref, which git offers to the host. */
    static final Path TIP = Path.of("refs/deeprepo/kept");

    private static final Logger log = LoggerFactory.getLogger(KeptRepositories.class);
    private static final Path PACKS = Path.of("objects/pack");
    private static final Path SHALLOW = Path.of("shallow");

    private final Path root;
    private final CheckoutSettings.Kept limits;
    private final Clock clock;

    /** @param root made by {@link CheckoutDirectory} */
    KeptRepositories(Path root, CheckoutSettings.Kept limits, Clock clock) {
        this.root = root;
        this.limits = limits;
        this.clock = clock;
        sweep();
    }

    /** Keeps what a repository has for its commit; what cannot be kept is fetched again, no more. */
    void keep(UUID name, Path repository, String commit) {
        if (limits.time().isZero()) {
            return;
        }
        Path fresh = root.resolve(UUID.randomUUID() + ".new");
        try {
            link(repository, fresh);
            Files.createDirectories(fresh.resolve(TIP).getParent());
            Files.writeString(fresh.resolve(TIP), commit + "\n");
            forget(name);
            Files.move(fresh, directory(name));
        } catch (IOException | UnsupportedOperationException e) {
            log.info("a repository could not be kept, and will be fetched again if need be: {}", e.toString());
            delete(fresh);
        }
        sweep();
    }

    /**
     * Puts the first of these that is kept into an empty repository.
     *
     * @return whether there was one
     */
    boolean restore(List<UUID> names, Path repository) {
        for (UUID name : names) {
            try {
                link(directory(name), repository);
                Files.createDirectories(repository.resolve(TIP).getParent());
                Files.copy(directory(name).resolve(TIP), repository.resolve(TIP));
                Files.setLastModifiedTime(directory(name), FileTime.from(clock.instant()));
                return true;
            } catch (IOException | UnsupportedOperationException e) {
                // Not kept, or gone in this moment.
                delete(repository.resolve(PACKS));
                delete(repository.resolve(SHALLOW));
            }
        }
        return false;
    }

    void forget(UUID name) {
        remove(directory(name));
    }

    /** Lets go of the oldest until there is room, or nothing left. */
    void makeRoom(BooleanSupplier enough) {
        for (Entry oldest : entries()) {
            if (enough.getAsBoolean()) {
                return;
            }
            remove(oldest.directory);
        }
    }

    /** Lets go of what is too old, and of the oldest while all are too much. */
    void sweep() {
        Instant tooOld = clock.instant().minus(limits.time());
        List<Entry> entries = entries();
        long bytes = entries.stream().mapToLong(Entry::bytes).sum();
        for (Entry entry : entries) {
            if (entry.used.isAfter(tooOld) && bytes <= limits.bytes().toBytes()) {
                return;
            }
            bytes -= entry.bytes;
            remove(entry.directory);
        }
    }

    private record Entry(Path directory, Instant used, long bytes) {}

    /** The one used longest ago first; with what a process that died had not put in or taken away yet. */
    private List<Entry> entries() {
        try (Stream<Path> children = Files.list(root)) {
            return children.flatMap(directory -> {
                try (Stream<Path> files = Files.walk(directory)) {
                    long bytes = files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
                    return Stream.of(new Entry(directory, Files.getLastModifiedTime(directory).toInstant(), bytes));
                } catch (IOException | UncheckedIOException e) {
                    return Stream.empty(); // gone in this moment
                }
            }).sorted(Comparator.comparing(Entry::used)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the kept repositories cannot be listed", e);
        }
    }

    private Path directory(UUID name) {
        return root.resolve(name + ".git");
    }

    private static void link(Path from, Path to) throws IOException {
        Files.createDirectories(to.resolve(PACKS));
        try (Stream<Path> packs = Files.list(from.resolve(PACKS))) {
            for (Path file : packs.filter(file -> file.getFileName().toString().startsWith("pack-")).toList()) {
                Files.createLink(to.resolve(PACKS).resolve(file.getFileName()), file);
            }
        }
        if (Files.exists(from.resolve(SHALLOW))) {
            Files.copy(from.resolve(SHALLOW), to.resolve(SHALLOW)); // git replaces it, yet a copy is as cheap
        }
    }

    /** Out of sight first: nobody sees half a repository. */
    private void remove(Path directory) {
        Path gone = root.resolve(UUID.randomUUID() + ".gone");
        try {
            Files.move(directory, gone);
        } catch (IOException e) {
            return; // not there, or another was faster
        }
        delete(gone);
    }

    private static void delete(Path path) {
        try {
            FileSystemUtils.deleteRecursively(path);
        } catch (IOException e) {
            log.warn("{} could not be removed; a later sweep does it", path.getFileName(), e);
        }
    }
}
