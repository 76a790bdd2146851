package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.KernelRestarted;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.repl.InMemoryCodebase;
import dev.deeprepo.repl.Kernels;
import dev.deeprepo.repl.ReplSettings;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

/** The loop with the real kernel below it. */
@SecondLane
class KernelRunTest {

    private static final Completion[] TURNS = {cells("print(len(codebase), metadata['files'])"),
            ScriptedModel.text("""
                    I scan first:
                    ```python
                    import re, random, time
                    hits = {p: len(re.findall(r'TODO', t)) for p, t in codebase.items()}
                    seen = (random.random(), time.time())
                    print(sum(hits.values()))
                    ```
                    """),
            cells("""
                    largest = sorted(codebase, key=lambda p: -len(codebase[p]))[:40]
                    replies = llm_batch([f'Read {p}: {len(codebase[p])}' for p in largest])
                    print(len(replies), replies[0], replies[-1])""", "print(1/0)"),
            cells("set_answer('# Report\\n' + str(sum(hits.values())) + ' ' + replies[7] + ' ' + str(seen))")};

    private final Kernels kernels = new Kernels(
            new ReplSettings(Duration.ofSeconds(2), DataSize.ofMegabytes(512), null, 8, null, SandboxMode.REQUIRED));

    private Stage stage() {
        Map<String, String> files = IntStream.range(0, 50).boxed()
                .collect(Collectors.toMap(i -> "src/f%02d.py".formatted(i),
                        i -> "x = 1  # TODO\n".repeat(i + 1), (a, b) -> a, LinkedHashMap::new));
        Stage stage = new Stage().root(TURNS);
        stage.opener = stopped -> kernels.open(new InMemoryCodebase(files), stopped::getAsBoolean);
        return stage;
    }

    @AfterEach
    void leavesNoKernel() {
        Awaitility.await().untilAsserted(() -> assertThat(kernels.running()).isZero());
        kernels.close();
    }

    @Test
    void completesAndResumesWithItsVariablesRebuilt() {
        Stage whole = stage();
        Outcome expected = whole.run();
        assertThat(expected).isInstanceOfSatisfying(Outcome.Completed.class,
                completed -> assertThat(completed.answer()).startsWith("# Report\n1275 re Read src/f42.py: 602 (0."));
        assertThat(whole.rootCalls()).hasSize(4);
        assertThat(whole.subCalls()).hasSize(40);
        assertThat(whole.events(CellFinished.class).get(3).observation()).contains("ZeroDivisionError");

        List<Entry> journal = whole.entries();
        for (int cut = 1; cut < journal.size(); cut += 25) {
            Stage resumed = stage().after(journal.subList(0, cut));
            List<ModelReplied> before = resumed.events(ModelReplied.class);
            boolean scanned = resumed.events(CellFinished.class).size() > 1; // else its clock is a new one
            Outcome outcome = resumed.run();
            if (scanned) {
                assertThat(outcome).as("cut after %d", cut).isEqualTo(expected);
            } else {
                assertThat(outcome).isInstanceOf(Outcome.Completed.class);
            }
            assertThat(resumed.rootCalls().size() + resumed.subCalls().size() + before.size()).isEqualTo(44);
        }
    }

    @Test
    void tellsTheModelThatItsKernelWasReplaced() {
        Stage stage = stage().root(cells("kept = 'kept'", "sum(range(10**11))", "print(kept)"),
                cells("set_answer(kept)"));
        assertThat(stage.run()).isEqualTo(new Outcome.Completed("kept"));
        assertThat(stage.events(KernelRestarted.class)).singleElement()
                .extracting(KernelRestarted::replayedCells).isEqualTo(1);
        assertThat(stage.events(CellFinished.class).get(1).observation()).contains("restarted");
        assertThat(stage.events(CellFinished.class).get(2).observation()).isEqualTo("kept\n");
    }
}
