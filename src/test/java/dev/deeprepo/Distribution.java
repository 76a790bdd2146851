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

/**
 * The packaged jar, unpacked as its own tool does it, which is also how the container image runs it; beside it, what Java
 * remembers of one start, with which a further one takes a third of the time.
 *
 * @param options of a Java machine that uses that memory
 */
record Distribution(Path jar, List<String> options) {

    static final String JAVA = Path.of(System.getProperty("java.home"), "bin/java").toString();

    private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    /** That of {@code target/}, made anew when the jar is newer. */
    static Distribution current() {
        Path packed = packed();
        Path unpacked = packed.resolveSibling("service");
        Path jar = unpacked.resolve(packed.getFileName());
        Path memory = unpacked.resolve("start.aot");
        try {
            if (!Files.exists(memory)
                    || Files.getLastModifiedTime(memory).compareTo(Files.getLastModifiedTime(packed)) < 0) {
                run(List.of("-Djarmode=tools", "-jar", packed.toString(), "extract", "--force", "--destination",
                        unpacked.toString()));
                List<String> start = new ArrayList<>(OPTIONS);
                start.addAll(List.of("-XX:AOTCacheOutput=" + memory, "-Dspring.context.exit=onRefresh", "-jar",
                        jar.toString(), "--server.port=0",
                        "--deeprepo.data-dir=" + Files.createTempDirectory("deeprepo-first-start")));
                run(start);
                Files.setLastModifiedTime(memory, FileTime.from(Instant.now()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> options = new ArrayList<>(OPTIONS);
        options.add("-XX:AOTCache=" + memory);
        return new Distribution(jar, options);
    }

    private static Path packed() {
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
