package dev.deeprepo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The packaged service in a process of its own, so that it can be killed. Its output goes to a file. */
public final class ServiceProcess implements AutoCloseable {

    private final Map<String, String> environment;
    private final Path log;
    private final int port = freePort();
    private Process process;

    /** @param directory where data and log go; the data of an earlier process there is taken over */
    public ServiceProcess(Path directory, Map<String, String> environment) {
        this(directory, environment, Distribution.rehearsed());
    }

    /** @param options of the Java machine */
    public ServiceProcess(Path directory, Map<String, String> environment, List<String> options) {
        this(directory, environment, Distribution.current(options));
    }

    private ServiceProcess(Path directory, Map<String, String> environment, Distribution distribution) {
        this.log = directory.resolve("service.log");
        this.environment = environment;
        this.process = launch(directory, distribution);
    }

    public Api api() {
        return new Api("http://127.0.0.1:" + port);
    }

    /** Waits until the service takes requests. */
    public ServiceProcess awaitReady() {
        Awaitility.await("readiness").atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(50)).until(() -> {
            if (!process.isAlive()) {
                throw new AssertionError("the service ended with %d:%n%s".formatted(process.exitValue(), log()));
            }
            try {
                return api().send("GET", "/actuator/health/readiness", "").statusCode() == 200;
            } catch (UncheckedIOException notYet) {
                return false;
            }
        });
        return this;
    }

    boolean isAlive() {
        return process.isAlive();
    }

    public long pid() {
        return process.pid();
    }

    /** Everything the service has printed. */
    public String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code kill -9}: no shutdown hook, no flush. */
    public void kill() {
        process.destroyForcibly();
        awaitExit();
    }

    /** {@code SIGTERM}. */
    @Override
    public void close() {
        process.destroy();
        awaitExit();
    }

    private void awaitExit() {
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("the service did not end within 30 s:\n" + log());
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Process launch(Path directory, Distribution distribution) {
        List<String> command = new ArrayList<>(List.of(Distribution.JAVA));
        command.addAll(distribution.options());
        command.addAll(List.of("-jar", distribution.jar().toString(), "--server.port=" + port,
                "--deeprepo.data-dir=" + directory.resolve("data")));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).directory(directory.toFile());
        builder.environment().keySet().removeIf(name -> name.endsWith("_API_KEY") || name.endsWith("_BASE_URL"));
        builder.environment().putAll(environment);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
