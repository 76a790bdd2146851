package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.rlm.SettableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Status;

class CheckoutDirectoryTest {

    @Test
    void sweepsWhatTheDeadLeftAndSparesTheLiving(@TempDir Path parent) throws IOException {
        Path orphan = parent.resolve("dead");
        Files.createDirectories(orphan.resolve("1.git/objects"));
        Files.createFile(orphan.resolve("lock"));
        Path stranger = Files.createDirectory(parent.resolve("no-lock"));
        try (CheckoutDirectory living = new CheckoutDirectory(parent);
                CheckoutDirectory second = new CheckoutDirectory(parent)) {
            assertThat(orphan).doesNotExist();
            assertThat(stranger).exists();
            assertThat(living.home()).exists();
            assertThat(second.home()).exists();
        }
        assertThat(parent).isDirectoryNotContaining(path -> !List.of(stranger, parent.resolve("kept")).contains(path));
    }

    @Test
    void sparesWhoIsJustBeingBorn(@TempDir Path parent) throws IOException {
        Path young = Files.createDirectory(parent.resolve("instance1"));
        Path never = Files.createDirectory(parent.resolve("instance2"));
        Files.setLastModifiedTime(never, FileTime.from(Instant.now().minus(Duration.ofHours(2))));
        try (CheckoutDirectory _ = new CheckoutDirectory(parent)) {
            assertThat(young).exists();
            assertThat(never).doesNotExist();
        }
    }

    @Test
    void healthNamesTheInstalledGit(@TempDir Path home) {
        var health = new GitHealthIndicator(new Git(home)::version, new SettableClock()).health();
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails().get("version")).asString().matches("\\d+\\.\\d+.*");
    }

    @Test
    void healthLooksAtGitOnceHoweverManyAsk() {
        SettableClock clock = new SettableClock();
        Queue<String> versions = new ConcurrentLinkedQueue<>(List.of("2.39.5", "2.38.0"));
        GitHealthIndicator indicator = new GitHealthIndicator(versions::remove, clock);
        Set<Status> seen = ConcurrentHashMap.newKeySet();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            IntStream.range(0, 500).forEach(_ -> callers.execute(() -> seen.add(indicator.health().getStatus())));
        }
        assertThat(seen).containsExactly(Status.UP);
        assertThat(versions).hasSize(1);

        clock.advance(GitHealthIndicator.HOLDS);
        assertThat(indicator.health().getDetails()).containsEntry("reason",
                "git 2.38.0 is too old; install 2.39 or newer");
        assertThat(versions).isEmpty();
    }

    @Test
    void healthSaysThatGitsAnswerIsMissingAndNotThatItIsOld() {
        assertThat(new GitHealthIndicator(() -> {
            throw new CheckoutException(CheckoutException.Reason.FAILED, "git ended, and its output did not", null);
        }, new SettableClock()).health().getDetails()).containsEntry("reason", "git ended, and its output did not");
    }
}
