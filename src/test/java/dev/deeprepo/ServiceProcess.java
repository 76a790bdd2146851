package dev.deeprepo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** The packaged service in a process of its own, so that it can be killed. Its output goes to a file. */
public final class ServiceProcess implements AutoCloseable {

    private static final String JAVA = Path.of(System.getProperty("java.home"), "bin/java").toString();

    private final Map<String, String> environment;
    private final Path log;
    private final int port = freePort();
    private Process process;

    /** @param directory where data and log go; the data of an earlier process there is taken over */
    public ServiceProcess(Path directory, Map<String, String> environment) {
        this(directory, environment, List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    }

    /** @param options of the Java machine */
    public ServiceProcess(Path directory, Map<String, String> environment, List<String> options) {
        this.log = directory.resolve("service.log");
        this.environment = environment;
        this.process = launch(directory, options);
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

    private Process launch(Path directory, List<String> options) {
        List<String> command = new ArrayList<>(List.of(JAVA));
        command.addAll(options);
        command.addAll(List.of("-jar", jar().toString(), "--server.port=" + port,
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

    /**
     * The packaged jar, unpacked as its own tool does it, which is also how the container image runs it: it starts in two
     * thirds of the time.
     */
    private static Path jar() {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            Path packed = files.filter(file -> file.getFileName().toString().matches("deeprepo-.*\\.jar")).findFirst()
                    .orElseThrow(() -> new AssertionError("no packaged service in target/: run ./mvnw package"))
                    .toAbsolutePath();
            Path unpacked = packed.resolveSibling("service");
            Path jar = unpacked.resolve(packed.getFileName());
            if (!Files.exists(jar) || Files.getLastModifiedTime(jar).compareTo(Files.getLastModifiedTime(packed)) < 0) {
                int exit = new ProcessBuilder(JAVA, "-Djarmode=tools", "-jar", packed.toString(), "extract", "--force",
                        "--destination", unpacked.toString()).inheritIO().start().waitFor();
                if (exit != 0) {
                    throw new AssertionError("the packaged service could not be unpacked: exit code " + exit);
                }
                Files.setLastModifiedTime(jar, FileTime.from(Instant.now()));
            }
            return jar;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
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
