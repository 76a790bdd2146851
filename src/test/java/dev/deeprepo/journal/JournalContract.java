package dev.deeprepo.journal;

import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What every journal promises. */
public abstract class JournalContract {

    protected abstract Journal journal();

    /** A new analysis with its first entry, owned by attempt 1. */
    protected abstract AnalysisId accepted();

    /** A new attempt owns the analysis from now on. */
    protected abstract void claim(AnalysisId id, int attempt);

    @Test
    void beginsWithTheRequestAtSequenceOneAndAttemptZero() {
        Entry first = journal().readAll(accepted()).getFirst();

        assertThat(first.sequence()).isEqualTo(1);
        assertThat(first.attempt()).isZero();
        assertThat(first.event()).isInstanceOf(Event.Accepted.class);
    }

    @Test
    void readsBackWhatWasAppended() {
        AnalysisId id = accepted();
        List<Entry> appended;
        try (JournalWriter writer = journal().writer(id, 1)) {
            appended = SampleRun.EVENTS.stream().map(writer::append).toList();
        }

        List<Entry> read = journal().readAll(id);
        assertThat(read.subList(1, read.size())).isEqualTo(appended);
        assertThat(read).extracting(Entry::sequence).isEqualTo(upTo(SampleRun.EVENTS.size() + 1));
        assertThat(appended).extracting(Entry::event).isEqualTo(SampleRun.EVENTS);
        assertThat(appended).extracting(Entry::attempt).containsOnly(1);
    }

    @Test
    void whatIsSubmittedStandsBeforeWhatIsAppendedLaterAndIsFlushedAtTheEnd() {
        AnalysisId id = accepted();
        try (JournalWriter writer = journal().writer(id, 1)) {
            JournalWriter.Pending submitted = writer.submit(new Event.TurnStarted(1));
            writer.append(new Event.TurnStarted(2));
            assertThat(journal().readAll(id)).extracting(Entry::event).endsWith(new Event.TurnStarted(1),
                    new Event.TurnStarted(2));
            assertThat(submitted.await().sequence()).isEqualTo(2);
            var _ = writer.submit(new Event.TurnStarted(3));
        }
        assertThat(journal().readAll(id)).hasSize(4);
    }

    @Test
    void readsAfterASequenceAndUpToALimit() {
        AnalysisId id = accepted();
        SampleRun.play(journal(), id);

        assertThat(journal().read(id, 3, 2)).extracting(Entry::sequence).containsExactly(4L, 5L);
        assertThat(journal().read(id, 1_000, 2)).isEmpty();
        assertThat(journal().readAll(AnalysisId.random())).isEmpty();
    }

    @Test
    void entriesOfManyThreadsStandWithoutGapsAndInEachThreadsOrder() throws Exception {
        int threads = 64;
        int appends = 50;
        AnalysisId id = accepted();
        try (JournalWriter writer = journal().writer(id, 1)) {
            inParallel(threads, thread -> {
                for (int i = 0; i < appends; i++) {
                    writer.append(new Event.Warned("thread-" + thread, String.valueOf(i)));
                }
            });
        }

        List<Entry> entries = journal().readAll(id);
        assertThat(entries).extracting(Entry::sequence).isEqualTo(upTo(threads * appends + 1));
        assertThat(entries).extracting(Entry::at).isSorted();
        var byThread = entries.stream().skip(1).map(entry -> (Event.Warned) entry.event())
                .collect(groupingBy(Event.Warned::code));
        assertThat(byThread).hasSize(threads).allSatisfy((_, warned) -> assertThat(warned)
                .extracting(Event.Warned::detail)
                .isEqualTo(IntStream.range(0, appends).mapToObj(String::valueOf).toList()));
    }

    @Test
    void aReaderThatPollsWhileManyWriteSkipsNothing() throws Exception {
        AnalysisId id = accepted();
        AtomicBoolean done = new AtomicBoolean();
        List<Long> seen = Collections.synchronizedList(new ArrayList<>());
        Thread reader = Thread.ofVirtual().start(() -> {
            boolean last;
            do {
                last = done.get();
                journal().read(id, seen.isEmpty() ? 0 : seen.getLast(), 100).forEach(e -> seen.add(e.sequence()));
            } while (!last || seen.getLast() < journal().readAll(id).size());
        });
        try (JournalWriter writer = journal().writer(id, 1)) {
            inParallel(16, _ -> IntStream.range(0, 40).forEach(turn -> writer.append(new Event.TurnStarted(turn))));
        } finally {
            done.set(true);
        }
        reader.join();

        assertThat(seen).isEqualTo(upTo(16 * 40 + 1));
    }

    @Test
    void runsNeverSeeEachOthersEntries() throws Exception {
        List<AnalysisId> ids = IntStream.range(0, 16).mapToObj(_ -> accepted()).toList();
        inParallel(ids.size(), run -> {
            try (JournalWriter writer = journal().writer(ids.get(run), 1)) {
                IntStream.range(0, 20).forEach(_ -> writer.append(new Event.TurnStarted(run)));
            }
        });

        for (AnalysisId id : ids) {
            List<Entry> entries = journal().readAll(id);
            assertThat(entries).extracting(Entry::sequence).isEqualTo(upTo(21));
            assertThat(entries.subList(1, 21)).extracting(Entry::event)
                    .containsOnly(new Event.TurnStarted(ids.indexOf(id)));
        }
    }

    @Test
    void anOutdatedAttemptIsFencedAndLeavesNoTrace() {
        AnalysisId id = accepted();
        try (JournalWriter old = journal().writer(id, 1)) {
            old.append(new Event.TurnStarted(1));
            claim(id, 2);

            assertThatThrownBy(() -> old.append(new Event.TurnStarted(2))).isInstanceOf(Fenced.class)
                    .hasMessageContaining("attempt 1");
            assertThatThrownBy(() -> old.append(new Event.TurnStarted(3))).isInstanceOf(Fenced.class);
        }
        try (JournalWriter owner = journal().writer(id, 2)) {
            assertThat(owner.append(new Event.TurnStarted(2)).sequence()).isEqualTo(3);
        }
        assertThat(journal().readAll(id)).extracting(Entry::attempt).containsExactly(0, 1, 2);
    }

    @Test
    void aClosedWriterTakesNothingMoreAndCanBeClosedAgain() {
        AnalysisId id = accepted();
        JournalWriter writer = journal().writer(id, 1);
        writer.append(new Event.TurnStarted(1));
        writer.close();
        writer.close();

        assertThatThrownBy(() -> writer.append(new Event.TurnStarted(2))).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
        assertThat(journal().readAll(id)).hasSize(2);
    }

    static List<Long> upTo(long last) {
        return LongStream.rangeClosed(1, last).boxed().toList();
    }

    interface Part {
        void run(int index) throws Exception;
    }

    /** Runs the parts at once, each on its own virtual thread, and throws what the first of them threw. */
    static void inParallel(int parts, Part part) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<? extends Future<?>> futures = IntStream.range(0, parts).mapToObj(index -> threads.submit(() -> {
                part.run(index);
                return null;
            })).toList();
            for (Future<?> future : futures) {
                future.get();
            }
        }
    }
}
