package dev.deeprepo.checkout;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
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

    /** A ref for each commit that is here with all its files, by its id; git offers them to the host. */
    static final Path HELD = Path.of("refs/deeprepo/held");

    private static final Logger log = LoggerFactory.getLogger(KeptRepositories.class);
    private static final String GIT = ".git";
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

    /** Keeps what a repository holds; what cannot be kept is fetched again, no more. */
    void keep(UUID name, Path repository) {
        if (limits.time().isZero()) {
            return;
        }
        Path fresh = root.resolve(UUID.randomUUID() + ".new");
        try {
            link(repository, fresh);
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
     * @param mostBytes of another's than the first: to start from more is no gain
     * @return whether there was one
     */
    boolean restore(List<UUID> names, Path repository, long mostBytes) {
        for (UUID name : names) {
            Path kept = directory(name);
            try {
                if (name.equals(names.getFirst()) || bytes(files(kept)) <= mostBytes) {
                    Files.setLastModifiedTime(kept, FileTime.from(clock.instant()));
                    link(kept, repository);
                    return true;
                }
            } catch (IOException | UnsupportedOperationException e) {
                // Not kept, or gone in this moment.
                List.of(PACKS, SHALLOW, HELD).forEach(part -> delete(repository.resolve(part)));
            }
        }
        return false;
    }

    void forget(UUID name) {
        remove(directory(name));
    }

    /** Lets go of those with other names. */
    void retain(Predicate<UUID> wanted) {
        for (Entry entry : entries()) {
            String name = entry.directory.getFileName().toString();
            if (name.endsWith(GIT) && !wanted.test(UUID.fromString(name.substring(0, name.length() - GIT.length())))) {
                remove(entry.directory);
            }
        }
    }

    /** Lets go of the oldest until there is room, or nothing left. */
    void makeRoom(BooleanSupplier enough) {
        evict((_, _) -> !enough.getAsBoolean());
    }

    /** Lets go of what is too old, and of the oldest while all are too much. */
    void sweep() {
        Instant tooOld = clock.instant().minus(limits.time());
        evict((entry, bytes) -> !entry.used.isAfter(tooOld) || bytes > limits.bytes().toBytes());
    }

    /** Of all files, each once, however many share it. */
    long bytes() {
        Map<Object, Long> all = new HashMap<>();
        entries().forEach(entry -> all.putAll(entry.files));
        return bytes(all);
    }

    private static long bytes(Map<Object, Long> files) {
        return files.values().stream().mapToLong(Long::longValue).sum();
    }

    /** @param goes asked of the oldest, and of the bytes of all that are left, until it says no */
    private void evict(BiPredicate<Entry, Long> goes) {
        List<Entry> entries = entries();
        Map<Object, Integer> sharers = new HashMap<>();
        long bytes = bytes();
        entries.forEach(entry -> entry.files.keySet().forEach(file -> sharers.merge(file, 1, Integer::sum)));
        for (Entry entry : entries) {
            if (!goes.test(entry, bytes)) {
                return;
            }
            for (Map.Entry<Object, Long> file : entry.files.entrySet()) {
                bytes -= sharers.merge(file.getKey(), -1, Integer::sum) == 0 ? file.getValue() : 0;
            }
            remove(entry.directory);
        }
    }

    /** @param files sizes, by what tells a file from all others, under whatever names */
    private record Entry(Path directory, Instant used, Map<Object, Long> files) {}

    /** The one used longest ago first; with what a process that died had not put in or taken away yet. */
    private List<Entry> entries() {
        try (Stream<Path> children = Files.list(root)) {
            return children.flatMap(directory -> {
                try {
                    return Stream.of(new Entry(directory, Files.getLastModifiedTime(directory).toInstant(),
                            files(directory)));
                } catch (IOException e) {
                    return Stream.empty(); // gone in this moment
                }
            }).sorted(Comparator.comparing(Entry::used)).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the kept repositories cannot be listed", e);
        }
    }

    private static Map<Object, Long> files(Path directory) throws IOException {
        Map<Object, Long> files = new HashMap<>();
        try (Stream<Path> packs = Files.list(directory.resolve(PACKS))) {
            for (Path pack : packs.toList()) {
                BasicFileAttributes file = Files.readAttributes(pack, BasicFileAttributes.class);
                files.put(Objects.requireNonNullElse(file.fileKey(), pack), file.size());
            }
        } catch (NoSuchFileException e) {
            if (!Files.exists(directory)) {
                throw e;
            }
        }
        return files;
    }

    private Path directory(UUID name) {
        return root.resolve(name + GIT);
    }

    private static void link(Path from, Path to) throws IOException {
        Files.createDirectories(to.resolve(PACKS));
        try (Stream<Path> packs = Files.list(from.resolve(PACKS))) {
            for (Path file : packs.filter(file -> file.getFileName().toString().startsWith("pack-")).toList()) {
                Files.createLink(to.resolve(PACKS).resolve(file.getFileName()), file);
            }
        }
        if (Files.exists(from.resolve(SHALLOW))) {
            Files.copy(from.resolve(SHALLOW), to.resolve(SHALLOW));
        }
        Files.createDirectories(to.resolve(HELD));
        try (Stream<Path> held = Files.list(from.resolve(HELD))) {
            for (Path commit : held.toList()) {
                Files.copy(commit, to.resolve(HELD).resolve(commit.getFileName()));
            }
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
