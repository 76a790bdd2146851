package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.deeprepo.Proc;
import dev.deeprepo.egress.Guard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a fetch when its process is killed with SIGKILL: nothing. */
class OrphanedGitTest {

    @Test
    void gitThatMultipliesIsEndedWithAllItsProcesses(@TempDir Path home) {
        assertThatExceptionOfType(CheckoutException.class).isThrownBy(() -> new Git(home).run(home, "https", "",
                () -> {}, "-c", "alias.many=!for i in $(seq 50); do sleep 61 & done; wait", "many"))
                .withMessageContaining("more than 32 processes");
        Awaitility.await().atMost(Duration.ofSeconds(2)).until(() -> ProcessHandle.current().descendants()
                .noneMatch(each -> each.info().commandLine().orElse("").contains("sleep 61")));
    }

    /** None of the few threads that carry virtual ones is free. */
    @Test
    void whatGitSaysIsReadHoweverBusyTheRestIs(@TempDir Path home) throws InterruptedException {
        AtomicBoolean read = new AtomicBoolean();
        try (ExecutorService busy = Executors.newVirtualThreadPerTaskExecutor()) {
            CountDownLatch spinning = new CountDownLatch(Runtime.getRuntime().availableProcessors());
            for (long left = spinning.getCount(); left > 0; left--) {
                busy.execute(() -> {
                    spinning.countDown();
                    while (!read.get()) {
                        Thread.onSpinWait();
                    }
                });
            }
            spinning.await();
            try {
                assertThat(new Git(home).version()).matches("\\d+\\.\\d+.*");
            } finally {
                read.set(true);
            }
        }
    }

    @Test
    void gitDiesWithTheServiceAndTheNextOneSweepsUp(@TempDir Path directory) throws IOException {
        try (GitServer server = GitServer.start()) {
            server.create("slow", Map.of("README.md", "text"));
            server.stall("slow");
            Process service = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                    Fetching.class.getName(), directory.toString(), server.url("slow")).inheritIO().start();
            try {
                List<ProcessHandle> family = Awaitility.await("git and its children").atMost(Duration.ofSeconds(20))
                        .until(() -> service.descendants().toList(), found -> found.stream()
                                .anyMatch(each -> each.info().commandLine().orElse("").contains("remote-http")));
                assertThat(left(directory)).isNotEmpty();

                service.destroyForcibly().onExit().join();

                Awaitility.await("all of " + family + " to end").atMost(Duration.ofSeconds(2))
                        .until(() -> family.stream().noneMatch(Proc::runs));
                new CheckoutDirectory(directory).close();
                assertThat(left(directory)).extracting(Path::getFileName).containsExactly(Path.of("kept"));
            } finally {
                service.destroyForcibly();
            }
        }
    }

    private static List<Path> left(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    /** Fetches what never comes. */
    static final class Fetching {

        static void main(String[] args) {
            CheckoutDirectory directory = new CheckoutDirectory(Path.of(args[0]));
            LocalCheckout.open(LocalCheckout.SETTINGS, directory, new Guard(LocalCheckout.SETTINGS.egress()))
                    .fetch(RepositoryUrl.parse(args[1], LocalCheckout.SETTINGS), null, null, List.of(), () -> false);
        }
    }
}
