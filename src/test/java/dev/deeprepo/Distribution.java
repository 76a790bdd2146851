package dev.deeprepo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;

/**
 * The packaged jar, unpacked as its own tool does it, which is also how the container image runs it.
 *
 * @param options of the Java machine that is to run it
 */
record Distribution(Path jar, List<String> options) {

    static final String JAVA = Path.of(System.getProperty("java.home"), "bin/java").toString();

    private interface Making {
        void make() throws IOException;
    }

    private static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    /** That of {@code target/}, unpacked anew when the jar is newer. */
    static Distribution current(List<String> options) {
        Path packed = packed();
        Path unpacked = packed.resolveSibling("service");
        Path jar = unpacked.resolve(packed.getFileName());
        unlessNewer(jar, packed, () -> run(List.of("-Djarmode=tools", "-jar", packed.toString(), "extract", "--force",
                "--destination", unpacked.toString())));
        return new Distribution(jar, options);
    }

    /** The same in a hurry: with Java's memory of one earlier start, which halves what a start costs. */
    static Distribution rehearsed() {
        Distribution current = current(QUICK);
        Path cache = current.jar.resolveSibling("start.aot");
        unlessNewer(cache, current.jar, () -> {
            Path data = Files.createTempDirectory("rehearsal");
            List<String> start = new ArrayList<>(QUICK);
            start.addAll(List.of("-XX:AOTCacheOutput=" + cache, "-Dspring.context.exit=onRefresh", "-jar",
                    current.jar.toString(), "--server.port=0",
                    "--deeprepo.data-dir=" + data));
            run(start);
            FileSystemUtils.deleteRecursively(data);
        });
        List<String> options = new ArrayList<>(QUICK);
        options.add("-XX:AOTCache=" + cache);
        return new Distribution(current.jar, options);
    }

    private static void unlessNewer(Path made, Path source, Making making) {
        try {
            if (!Files.exists(made)
                    || Files.getLastModifiedTime(made).compareTo(Files.getLastModifiedTime(source)) < 0) {
                making.make();
                Files.setLastModifiedTime(made, FileTime.from(Instant.now()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the build made; {@link #current} is made of it. */
    static Path packed() {
        try (Stream<Path> files = Files.list(Path.of("target"))) {
            return files.filter(file -> file.getFileName().toString().matches("deeprepo-.*\\.jar")).findFirst()
                    .orElseThrow(() -> new AssertionError("no packaged service in target/: run ./mvnw package"))
                    .toAbsolutePath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(JAVA));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new AssertionError("%s ended with %d:%n%s".formatted(command, process.exitValue(), output));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
