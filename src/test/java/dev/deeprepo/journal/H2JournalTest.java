package dev.deeprepo.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.usage.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The journal as it runs by default. */
@Isolated("measures time")
class H2JournalTest extends JdbcJournalContract {

    private static final Logger log = LoggerFactory.getLogger(H2JournalTest.class);

    H2JournalTest(@TempDir Path directory) {
        super(TestDatabase.h2(directory));
    }

    @Test
    void oneWriterStoresThousandsOfEntriesASecond() throws Exception {
        AnalysisId id = accepted();
        long start = System.nanoTime();
        try (JournalWriter writer = journal().writer(id, 1)) {
            inParallel(64, _ -> append(writer, 200));
        }
        report("64 threads x 200 appends, one writer", 64 * 200, start);

        assertThat(journal().readAll(id)).extracting(Entry::sequence).isEqualTo(upTo(64 * 200 + 1));
    }

    @Test
    void manyWritersShareTheDatabase() throws Exception {
        List<AnalysisId> ids = IntStream.range(0, 64).mapToObj(_ -> accepted()).toList();
        long start = System.nanoTime();
        inParallel(64, run -> {
            try (JournalWriter writer = journal().writer(ids.get(run), 1)) {
                append(writer, 50);
            }
        });
        report("64 writers x 50 appends", 64 * 50, start);

        assertThat(ids).allSatisfy(id -> assertThat(journal().readAll(id)).hasSize(51));
    }

    @Test
    void anOutageIsToldToEachAppenderAndEndsNothing(@TempDir Path other) {
        TestDatabase away = TestDatabase.h2(other);
        Journal journal = away.journal();
        AnalysisId id = away.accepted(journal);
        JournalWriter writer = journal.writer(id, 1);
        writer.append(new Event.TurnStarted(1));
        away.cut();

        assertThatThrownBy(() -> writer.append(new Event.TurnStarted(2))).isInstanceOf(JournalUnavailable.class);
        assertThatThrownBy(() -> writer.append(new Event.TurnStarted(2))).isInstanceOf(JournalUnavailable.class);
        writer.close();
        try (TestDatabase back = TestDatabase.h2(other)) {
            assertThat(back.journal().readAll(id)).hasSize(2);
        }
    }

    private static void append(JournalWriter writer, int times) {
        for (int i = 0; i < times; i++) {
            writer.append(SampleRun.asked(SampleRun.sub(i), Role.SUB, SampleRun.SUB,
                    "What does this file do? ".repeat(40)));
        }
    }

    /** The bound is far below what any machine does: it catches a commit for each entry, not a slow disk. */
    private static void report(String what, int entries, long startNanos) {
        Duration took = Duration.ofNanos(System.nanoTime() - startNanos);
        log.info("{}: {} ms, {} entries/s", what, took.toMillis(), entries * 1000L / Math.max(1, took.toMillis()));
        assertThat(took).isLessThan(Duration.ofSeconds(20));
    }
}
