package dev.deeprepo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Reads, over and over, what any user of this machine could see of a process's descendants: arguments and environment. */
public final class ProcessSampler implements AutoCloseable {

    private final Set<String> seen = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();

    public ProcessSampler(ProcessHandle ancestor) {
        var unused = executor.scheduleWithFixedDelay(() -> ancestor.descendants().forEach(this::sample), 0, 2,
                TimeUnit.MILLISECONDS);
    }

    /** Arguments, separated by spaces, and environment of each process in each state that was met. */
    public Set<String> seen() {
        return Set.copyOf(seen);
    }

    /** Waits until processes with all these words in their arguments were met. */
    public void awaitSeen(String... words) {
        Awaitility.await("processes " + String.join(", ", words)).atMost(Duration.ofSeconds(30))
                .until(() -> Stream.of(words).allMatch(word -> seen.stream().anyMatch(each -> each.contains(word))));
    }

    private void sample(ProcessHandle process) {
        try {
            Path proc = Path.of("/proc", Long.toString(process.pid()));
            seen.add(Stream.of("cmdline", "environ").map(proc::resolve).map(ProcessSampler::read).reduce("",
                    String::concat));
        } catch (IllegalStateException ended) {
            // Between being listed and being read.
        }
    }

    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).replace('\0', ' ') + "\n";
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        executor.close();
    }
}
