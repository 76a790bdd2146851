package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Fenced;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.Ledger;
import dev.deeprepo.journal.TestDatabase;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.usage.Role;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs over the real journal in a real database file. */
class DurableRunsTest {

    @TempDir
    Path directory;

    @Test
    void sixtyFourRunsOfTwoHundredQueriesKeepOrderAccountAndAGaplessJournal() throws InterruptedException {
        try (TestDatabase database = TestDatabase.h2(directory)) {
            Journal journal = database.journal();
            List<Stage> stages = IntStream.range(0, 64).mapToObj(i -> stage(database, journal)
                    .root(cells("batches run" + i + "-q 200"), cells("answer done " + i))).toList();
            List<Thread> threads = stages.stream().map(stage -> Thread.ofPlatform().start(stage::run)).toList();
            for (Thread thread : threads) {
                thread.join();
            }
            Ledger ledger = database.ledger();
            for (int i = 0; i < stages.size(); i++) {
                Stage stage = stages.get(i);
                String run = "run" + i + "-q";
                assertThat(stage.entries()).extracting(Entry::sequence).containsExactlyElementsOf(
                        LongStream.rangeClosed(1, stage.entries().size()).boxed().toList());
                assertThat(stage.events(ModelReplied.class)).filteredOn(reply -> reply.role() == Role.SUB)
                        .extracting(ModelReplied::text).containsExactlyInAnyOrderElementsOf(
                                IntStream.range(0, 200).mapToObj(q -> "re " + run + q).toList());
                assertThat(stage.events(CellFinished.class).getFirst().observation())
                        .startsWith("[re " + run + "0, re " + run + "1, ");
                assertThat(ledger.progress(stage.id).subCalls()).isEqualTo(200);
            }
        }
    }

    @Test
    void aRunWhoseAttemptIsOverBuysAndWritesNothingMore() {
        try (TestDatabase database = TestDatabase.h2(directory)) {
            Stage stage = stage(database, database.journal()).root(cells("batches q 200"), cells("answer never"));
            stage.concurrency = 4;
            AtomicInteger asked = new AtomicInteger();
            stage.sub = new ScriptedModel(call -> {
                if (asked.incrementAndGet() == 20) {
                    database.claim(stage.id, 2);
                }
                return ScriptedModel.text("reply");
            });

            assertThatThrownBy(stage::run).isInstanceOf(Fenced.class);

            assertThat(asked).hasValueLessThan(20 + 4);
            assertThat(stage.rootCalls()).hasSize(1);
            assertThat(stage.repl.closed).isTrue();
            assertThat(stage.events(Event.RunEnded.class)).isEmpty();
            assertThat(stage.events(ModelReplied.class)).hasSizeLessThan(20 + 4);
        }
    }

    private static Stage stage(TestDatabase database, Journal journal) {
        Stage stage = new Stage();
        stage.journal = journal;
        stage.id = database.accepted(journal);
        return stage;
    }
}
