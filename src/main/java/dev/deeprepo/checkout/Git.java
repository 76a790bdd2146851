package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The git command line, locked in: it sees an empty home, no configuration but the repository's own, and none of our
 * environment; it can ask nobody for a password. Arguments are our own words, refs travel over standard input. A shell
 * stands between us and git, so that git does not outlive this process, in whatever way it ends; see {@code git.sh}.
 */
final class Git {

    /** Characters of either output that are read; the names of some thousand refs. */
    private static final int MAX_OUTPUT = 1 << 18;
    /** For what a process wrote to be read, once it has ended. */
    private static final Duration READING = Duration.ofSeconds(5);
    /** A fetch takes seven, shells included. */
    private static final int MAX_PROCESSES = 32;
    /** Looks at the clock between two at the processes, each of which reads the whole machine's list. */
    private static final int LOOKS = 10;
    private static final List<String> SHELL = shell();

    /** What came of one command; its error output is for us, not for callers. */
    record Result(int exit, String output, String errors) {
        boolean ok() {
            return exit == 0;
        }

        /** False when there was more, of which this is the end. */
        boolean isWhole() {
            return output.length() < MAX_OUTPUT;
        }
    }

    private final Path home;

    Git(Path home) {
        this.home = home;
    }

    /**
     * Runs to the end.
     *
     * @param scheme the one protocol that is allowed
     * @param alive asked every 100 ms; what it throws ends git and all its children
     */
    Result run(Path repository, String scheme, String input, Runnable alive, String... arguments) {
        List<String> command = new ArrayList<>(SHELL);
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(repository.toFile());
        Map<String, String> environment = environment(builder.environment(), repository, scheme);
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new CheckoutException(Reason.FAILED, "git could not be started on this server", e);
        }
        try {
            CompletableFuture<String> output = drained(process.getInputStream());
            CompletableFuture<String> errors = drained(process.getErrorStream());
            try {
                process.getOutputStream().write((input + '\n').getBytes(StandardCharsets.UTF_8));
                process.getOutputStream().flush();
            } catch (IOException e) {
                // It ended before it read: its error output says why.
            }
            for (int look = 1; !process.waitFor(Watch.POLL_MILLIS, TimeUnit.MILLISECONDS); look++) {
                alive.run();
                if (look % LOOKS == 0 && process.descendants().count() > MAX_PROCESSES) {
                    throw new CheckoutException(Reason.FAILED, "git was ended: it ran more than %d processes at once"
                            .formatted(MAX_PROCESSES), null);
                }
            }
            return new Result(process.exitValue(), all(output), all(errors));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckoutException(Reason.CANCELLED, "the checkout was interrupted", e);
        } finally {
            end(process);
        }
    }

    /** The installed version, such as {@code 2.39.5}; null when there is no git. */
    @Nullable
    String version() {
        try {
            Result result = run(home, "https", "", () -> {}, "version");
            return result.ok() ? result.output.replaceFirst("(?s)^git version ([0-9]+(\\.[0-9]+)*).*", "$1") : null;
        } catch (CheckoutException e) {
            if (e.getCause() instanceof IOException) {
                return null;
            }
            throw e;
        }
    }

    /** All that git gets to see of an environment. */
    Map<String, String> environment(Map<String, String> ours, Path repository, String scheme) {
        Map<String, String> env = new HashMap<>();
        if (ours.get("PATH") instanceof String path) {
            env.put("PATH", path);
        }
        env.putAll(Map.of("HOME", home.toString(), "XDG_CONFIG_HOME", home.toString(), "TMPDIR", home.toString(),
                "LC_ALL", "C", "GIT_DIR", repository.toString(), "GIT_ALLOW_PROTOCOL", scheme));
        env.putAll(Map.of("GIT_CONFIG_NOSYSTEM", "1", "GIT_CONFIG_GLOBAL", "/dev/null", "GIT_ATTR_NOSYSTEM", "1",
                "GIT_NO_REPLACE_OBJECTS", "1", "GIT_TERMINAL_PROMPT", "0", "GIT_ASKPASS", "", "SSH_ASKPASS", "",
                "GCM_INTERACTIVE", "never"));
        return env;
    }

    /** What comes before git's arguments; without a setsid there is no group that could be killed as a whole. */
    private static List<String> shell() {
        try (InputStream script = Git.class.getResourceAsStream("/checkout/git.sh")) {
            String text = new String(Objects.requireNonNull(script).readAllBytes(), StandardCharsets.UTF_8);
            boolean group = Pattern.compile(Pattern.quote(File.pathSeparator))
                    .splitAsStream(Objects.requireNonNullElse(System.getenv("PATH"), ""))
                    .anyMatch(folder -> Files.isExecutable(Path.of(folder, "setsid")));
            return group
                    ? List.of("setsid", "sh", "-c", text, "git.sh", "group")
                    : List.of("sh", "-c", text, "git.sh", "alone");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was not read to its end, because a grandchild holds the pipe open for instance, is not taken for all. */
    private static String all(CompletableFuture<String> output) throws InterruptedException {
        try {
            return output.get(READING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new CheckoutException(Reason.FAILED, "git ended, and its output did not", e);
        }
    }

    /** The end of a stream, read by a thread that waits for no other. */
    private static CompletableFuture<String> drained(InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            StringBuilder text = new StringBuilder();
            char[] buffer = new char[8192];
            try (Reader in = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    text.append(buffer, 0, n).delete(0, Math.max(0, text.length() - MAX_OUTPUT));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("git's output broke off", e);
            }
            return text.toString();
        }, reading -> Thread.ofPlatform().daemon().name("git-output").start(reading));
    }

    /** The shell kills the whole group when its input ends; whatever it did not, or could not, is killed one by one. */
    private static void end(Process process) {
        List<ProcessHandle> descendants = process.descendants().toList();
        try {
            process.getOutputStream().close();
            process.waitFor(1, TimeUnit.SECONDS);
        } catch (IOException e) {
            // Nobody reads it any more.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        kill(process.toHandle());
        descendants.forEach(ProcessHandle::destroyForcibly);
    }

    /** Parent first, so that it starts nothing new; its children would outlive it. */
    private static void kill(ProcessHandle process) {
        List<ProcessHandle> children = process.children().toList();
        process.destroyForcibly();
        children.forEach(Git::kill);
    }
}
