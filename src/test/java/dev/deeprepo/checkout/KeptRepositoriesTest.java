package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.deeprepo.checkout.CheckoutException.Reason;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/** What was fetched serves again. */
class KeptRepositoriesTest {

    private static final UUID RUN = new UUID(0, 1);
    private static final UUID FOLLOWER = new UUID(0, 2);
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final GitServer server = GitServer.start();
    private final LocalCheckout checkout = new LocalCheckout();
    private final String noise = noise(1);

    private static String noise(long seed) {
        StringBuilder text = new StringBuilder();
        new Random(seed).ints(300_000, 33, 127).forEach(c -> text.append((char) c));
        return text.toString();
    }

    @AfterEach
    void close() {
        checkout.close();
        server.close();
    }

    @Test
    void anotherAttemptNeedsNoHost() {
        String commit = server.create("demo").commit("main", Map.of("a.txt", "1"));
        fetch("main", RUN).close();
        server.close();
        try (Snapshot again = fetch(commit, RUN)) {
            assertThat(again.commit()).isEqualTo(commit);
            assertThat(again.text("a.txt")).isEqualTo("1");
        }
        try (LocalCheckout elsewhere = new LocalCheckout(LocalCheckout.SETTINGS, checkout.directory());
                Snapshot again = fetch(elsewhere, commit, RUN)) {
            assertThat(again.text("a.txt")).isEqualTo("1");
        }
    }

    @Test
    void aDirectoryAndATagAreKeptAsTheirCommit() {
        GitRepository repository = server.create("demo");
        String commit = repository.commit("main", Map.of("lib/a.txt", "1", "b.txt", "2"));
        repository.annotatedTag("v1", commit);
        RepositoryUrl url = RepositoryUrl.parse(server.url("demo"), LocalCheckout.SETTINGS);
        checkout.fetch(url, "v1", "lib", List.of(RUN), () -> false).close();
        server.close();
        try (Snapshot again = checkout.fetch(url, commit, "lib", List.of(RUN), () -> false)) {
            assertThat(again.files()).extracting(Snapshot.SourceFile::path).containsExactly("lib/a.txt");
        }
    }

    @Test
    void whoFollowsKeepsForItself() {
        String commit = server.create("demo").commit("main", Map.of("a.txt", "1"));
        fetch("main", RUN).close();
        server.close();
        fetch(commit, FOLLOWER, RUN).close();
        checkout.forget(RUN);
        fetch(commit, FOLLOWER).close();
        assertFails(() -> fetch(commit, RUN), Reason.UNREACHABLE);
    }

    @Test
    void aNewerCommitIsFetchedAsWhatDiffers() throws IOException {
        GitRepository repository = server.create("demo");
        String first = repository.commit("main", Map.of("a.txt", "1", "noise.txt", noise));
        fetch("main", RUN).close();
        long before = kept();
        String second = repository.commit("main", Map.of("a.txt", "2", "noise.txt", noise));
        try (Snapshot newer = fetch("main", FOLLOWER, RUN)) {
            int requests = server.requests().size();
            assertThat(newer.commit()).isEqualTo(second);
            assertThat(newer.text("noise.txt")).isEqualTo(noise);
            assertThat(newer.changesSince(first).files()).extracting(Changes.File::path).containsExactly("a.txt");
            assertThat(server.requests()).hasSize(requests);
        }
        // One copy more of the noise, by name, and next to nothing beside it.
        assertThat(before).isGreaterThan(200_000);
        assertThat(kept() - 2 * before).isBetween(1L, 5_000L);
    }

    @Test
    void aComparisonThatWasMadeNeedsNoHostAgain() {
        GitRepository repository = server.create("demo");
        String first = repository.commit("main", Map.of("a.txt", "1"));
        repository.git("branch", "first");
        String second = repository.commit("main", Map.of("a.txt", "2"));
        Changes changes;
        try (Snapshot newer = fetch("main", FOLLOWER, RUN)) { // of which nothing is kept
            changes = newer.changesSince(first);
        }
        server.close();
        try (Snapshot again = fetch(second, FOLLOWER, RUN)) {
            assertThat(again.changesSince(first)).isEqualTo(changes);
            assertThat(changes.problem()).isNull();
        }
    }

    @Test
    void aChainOfRefreshesHasNoEnd() {
        CheckoutSettings small = new CheckoutSettings(100, DataSize.ofMegabytes(10), DataSize.ofMegabytes(1),
                DataSize.ofKilobytes(600), DataSize.ofMegabytes(1), Duration.ofMinutes(1), Set.of("http"), true,
                List.of(), null, Map.of(), null, LocalCheckout.KEPT, true, null);
        GitRepository repository = server.create("demo");
        try (LocalCheckout tight = new LocalCheckout(small)) {
            for (int i = 0; i < 5; i++) { // 250 KB each
                repository.commit("main", Map.of("noise.txt", noise(i)));
                fetch(tight, "main", new UUID(1, i), new UUID(1, i - 1)).close();
            }
        }
    }

    @Test
    void aHostThatFailsCostsNothingThatIsKept() {
        String commit = server.create("demo").commit("main", Map.of("a.txt", "1"));
        fetch("main", RUN).close();
        server.echo("demo");
        assertThatExceptionOfType(CheckoutException.class).isThrownBy(() -> fetch("main", FOLLOWER, RUN));
        server.close();
        fetch(commit, RUN).close();
    }

    @Test
    void whatNobodyKnowsGoes() throws IOException {
        server.create("demo").commit("main", Map.of("a.txt", "1"));
        fetch("main", RUN).close();
        fetch("main", FOLLOWER).close();
        checkout.tidy(FOLLOWER::equals);
        assertThat(names(checkout.directory().resolve("kept"))).containsExactly(FOLLOWER);
    }

    @Test
    void aFileThatManyKeepCountsOnce(@TempDir Path root) throws IOException {
        KeptRepositories kept = kept(root, Duration.ofHours(1), 100);
        lies(root, new UUID(0, 0), 60, NOW.minusSeconds(10));
        for (int i = 1; i < 5; i++) {
            Path packs = Files.createDirectories(root.resolve(new UUID(0, i) + ".git/objects/pack"));
            Files.createLink(packs.resolve("pack-1.pack"),
                    root.resolve(new UUID(0, 0) + ".git/objects/pack/pack-1.pack"));
            Files.setLastModifiedTime(root.resolve(new UUID(0, i) + ".git"), FileTime.from(NOW));
        }
        kept.sweep();
        assertThat(kept.bytes()).isEqualTo(60);
        assertThat(names(root)).hasSize(5);
    }

    @Test
    void aRewrittenBranchIsFetchedToo() {
        GitRepository repository = server.create("demo");
        repository.commit("main", Map.of("a.txt", "1"));
        fetch("main", RUN).close();
        String other = repository.commit("other", Map.of("a.txt", "2"));
        repository.git("branch", "--force", "main", other);
        try (Snapshot newer = fetch("main", FOLLOWER, RUN)) {
            assertThat(newer.commit()).isEqualTo(other);
        }
    }

    @Test
    void whatIsDamagedIsFetchedAnew() throws IOException {
        String commit = server.create("demo").commit("main", Map.of("a.txt", "1", "noise.txt", noise));
        fetch("main", RUN).close();
        try (Stream<Path> files = Files.walk(checkout.directory().resolve("kept"))) {
            for (Path pack : files.filter(file -> file.toString().endsWith(".pack")).toList()) {
                try (FileChannel channel = FileChannel.open(pack, StandardOpenOption.WRITE)) {
                    channel.truncate(100);
                }
            }
        }
        try (Snapshot again = fetch(commit, RUN)) {
            assertThat(again.text("noise.txt")).isEqualTo(noise);
        }
        server.close();
        fetch(commit, RUN).close();
    }

    @Test
    void whatMayNotBeFetchedIsNotReadEither() {
        String commit = server.create("demo").commit("main", Map.of("a.txt", "1"));
        fetch("main", RUN).close();
        CheckoutSettings now = new CheckoutSettings(1, DataSize.ofMegabytes(1), DataSize.ofMegabytes(1),
                DataSize.ofMegabytes(1), DataSize.ofMegabytes(1), Duration.ofSeconds(10), Set.of("https"),
                false, List.of(), null, Map.of(), null, LocalCheckout.KEPT, true, null);
        try (LocalCheckout closed = new LocalCheckout(now, checkout.directory())) {
            assertFails(() -> closed.fetch(new RepositoryUrl(server.url("demo")), commit, null, List.of(RUN),
                    () -> false), Reason.HOST_REFUSED);
        }
    }

    @Test
    void theOldAndTheManyGo(@TempDir Path root) throws IOException {
        KeptRepositories kept = kept(root, Duration.ofHours(1), 100);
        for (int i = 0; i < 4; i++) {
            lies(root, new UUID(0, i), 30, NOW.minusSeconds(60L * i));
        }
        lies(root, new UUID(0, 9), 1, NOW.minus(Duration.ofHours(2)));
        kept.sweep();
        assertThat(names(root)).containsExactlyInAnyOrder(new UUID(0, 0), new UUID(0, 1), new UUID(0, 2));
    }

    @Test
    void aFullDiskCostsTheOldestFirst(@TempDir Path root) throws IOException {
        KeptRepositories kept = kept(root, Duration.ofDays(1), 1000);
        for (int i = 0; i < 4; i++) {
            lies(root, new UUID(0, i), 10, NOW.minusSeconds(i));
        }
        AtomicInteger looks = new AtomicInteger();
        kept.makeRoom(() -> looks.incrementAndGet() == 3);
        assertThat(names(root)).containsExactlyInAnyOrder(new UUID(0, 0), new UUID(0, 1));
    }

    @Test
    void nothingIsKeptWhereNothingShallBe(@TempDir Path root, @TempDir Path repository) throws IOException {
        kept(root, Duration.ZERO, 1000).keep(RUN, repository);
        assertThat(names(root)).isEmpty();
    }

    private static KeptRepositories kept(Path root, Duration time, long bytes) {
        return new KeptRepositories(root, new CheckoutSettings.Kept(time, DataSize.ofBytes(bytes)),
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static void lies(Path root, UUID name, int bytes, Instant used) throws IOException {
        Path directory = root.resolve(name + ".git");
        Path packs = Files.createDirectories(directory.resolve("objects/pack"));
        Files.write(packs.resolve("pack-1.pack"), new byte[bytes]);
        Files.setLastModifiedTime(directory, FileTime.from(used));
    }

    private static List<UUID> names(Path root) throws IOException {
        try (Stream<Path> children = Files.list(root)) {
            return children.map(child -> UUID.fromString(child.getFileName().toString().replace(".git", ""))).toList();
        }
    }

    /** Bytes of all packs that are kept. */
    private long kept() throws IOException {
        try (Stream<Path> files = Files.walk(checkout.directory().resolve("kept"))) {
            return files.filter(file -> file.toString().endsWith(".pack")).mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private Snapshot fetch(String ref, UUID... names) {
        return fetch(checkout, ref, names);
    }

    private Snapshot fetch(LocalCheckout checkout, String ref, UUID... names) {
        return checkout.fetch(RepositoryUrl.parse(server.url("demo"), LocalCheckout.SETTINGS), ref, null,
                List.of(names), () -> false);
    }

    private static void assertFails(ThrowingCallable fetching, Reason reason) {
        assertThatExceptionOfType(CheckoutException.class).isThrownBy(fetching)
                .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
    }
}
