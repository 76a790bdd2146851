package dev.deeprepo.journal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real process had acknowledged when it was killed with SIGKILL, which leaves it no time for anything. */
@SecondLane
class JournalCrashTest {

    @Test
    void noAcknowledgedEntryIsLostWhenTheProcessIsKilled(@TempDir Path directory) throws IOException {
        AnalysisId id = AnalysisId.random();
        Process writer = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                Appending.class.getName(), directory.toString(), id.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        long acknowledged = 0;
        int lines = 0;
        try (BufferedReader output = writer.inputReader(UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("stored ")) {
                    acknowledged = Math.max(acknowledged, Long.parseLong(line.substring("stored ".length())));
                    if (++lines == 400) {
                        writer.toHandle().destroyForcibly(); // Unlike the process' own, leaves what it printed readable.
                    }
                }
            }
        } finally {
            writer.destroyForcibly();
        }
        assertThat(writer.onExit().join().exitValue()).as("killed, not ended").isEqualTo(128 + 9);
        assertThat(lines).as("acknowledged entries").isGreaterThanOrEqualTo(400);

        try (TestDatabase database = TestDatabase.h2(directory)) {
            List<Entry> entries = database.journal().readAll(id);
            assertThat(entries).hasSizeGreaterThanOrEqualTo((int) acknowledged);
            assertThat(entries).extracting(Entry::sequence).isEqualTo(JournalContract.upTo(entries.size()));

            database.claim(id, 2);
            try (JournalWriter next = database.journal().writer(id, 2)) {
                assertThat(next.append(new Event.TurnStarted(1)).sequence()).isEqualTo(entries.size() + 1L);
            }
        }
    }

    /** Appends for ever from eight threads and prints each sequence once it is durable. */
    static final class Appending {

        static void main(String[] args) throws Exception {
            AnalysisId id = new AnalysisId(UUID.fromString(args[1]));
            TestDatabase database = TestDatabase.h2(Path.of(args[0]));
            Journal journal = database.journal();
            database.save(id);
            database.claim(id, 1);
            try (JournalWriter writer = journal.writer(id, 1)) {
                JournalContract.inParallel(8, thread -> IntStream.iterate(0, i -> i + 1).forEach(i -> {
                    long sequence = writer.append(new Event.Warned("t" + thread, "entry " + i)).sequence();
                    System.out.println("stored " + sequence);
                }));
            }
        }
    }
}
