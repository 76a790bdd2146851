package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FootprintTest {

    @Test
    void namesWithoutContentTakeDiskToo(@TempDir Path directory) throws IOException {
        Path refs = Files.createDirectories(directory.resolve("refs/a/b"));
        for (int i = 0; i < 100; i++) {
            Files.createFile(refs.resolve("r" + i));
        }
        Files.write(refs.resolve("r0"), new byte[5]);
        assertThat(Footprint.bytes(directory)).isEqualTo(104 * 4096 + 5);
        assertThat(Footprint.bytes(directory.resolve("none"))).isZero();
    }

    @Test
    void whoCannotWaitFindsItGoneAndNoFileStays(@TempDir Path parent) throws IOException {
        Path directory = parent.resolve("1.git");
        Files.createDirectories(directory.resolve("refs/a"));
        Thread.currentThread().interrupt();
        Footprint.remove(directory);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(directory).doesNotExist();
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> {
            try (var left = Files.list(parent)) {
                return left.findAny().isEmpty();
            }
        });
    }
}
