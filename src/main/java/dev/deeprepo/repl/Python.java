package dev.deeprepo.repl;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The Python executable: the real one, never a shim, which would be a shell script started with no environment. */
record Python(Path executable) {

    private static final String ASK = """
            import sys
            if sys.version_info < (3, 9): sys.exit("is Python %d.%d" % sys.version_info[:2])
            import ctypes, mmap, resource, zlib, os
            print(os.path.realpath(sys.executable))
            """;

    /**
     * Finds the first that is fit: CPython 3.9 or newer, with ctypes.
     *
     * @param wanted a path, or a name to look for on the PATH; null = {@code python3}
     * @throws ReplException naming each that was looked at and what it lacks
     */
    static Python find(@Nullable String wanted) {
        List<String> misfits = new ArrayList<>();
        for (Path candidate : candidates(wanted == null || wanted.isBlank() ? "python3" : wanted)) {
            String answer = ask(candidate);
            if (answer.startsWith("/")) {
                return new Python(Path.of(answer));
            }
            misfits.add(candidate + " " + answer);
        }
        throw new ReplException(
                "no fit Python: CPython 3.9 or newer with ctypes is needed; set deeprepo.repl.python to one ("
                        + (misfits.isEmpty() ? "none found" : String.join("; ", misfits)) + ")",
                null);
    }

    private static Set<Path> candidates(String wanted) {
        Set<Path> found = new LinkedHashSet<>();
        if (wanted.contains(File.separator)) {
            found.add(Path.of(wanted).toAbsolutePath());
            return found;
        }
        String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/local/bin:/usr/bin";
        Pattern.compile(Pattern.quote(File.pathSeparator)).splitAsStream(path).filter(folder -> folder.startsWith("/"))
                .map(folder -> Path.of(folder, wanted)).filter(Files::isExecutable).forEach(found::add);
        return found;
    }

    /** The path of the real executable, or what is wrong with this one. */
    private static String ask(Path candidate) {
        try {
            Process process = new ProcessBuilder(candidate.toString(), "-s", "-S", "-B", "-c", ASK)
                    .redirectErrorStream(true).start();
            process.getOutputStream().close();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return "did not answer";
            }
            String answer = new String(process.getInputStream().readNBytes(4000), StandardCharsets.UTF_8).strip();
            String lastLine = answer.substring(answer.lastIndexOf('\n') + 1);
            return process.exitValue() == 0 || !lastLine.startsWith("/") ? lastLine : "failed: " + lastLine;
        } catch (IOException e) {
            return "cannot be started: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "was not waited for";
        }
    }
}
