package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
        var health = new GitHealthIndicator(new Git(home)).health();
        assertThat(health.getStatus()).isEqualTo(Status.UP);
        assertThat(health.getDetails().get("version")).asString().matches("\\d+\\.\\d+.*");
    }
}
