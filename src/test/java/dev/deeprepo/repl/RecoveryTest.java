package dev.deeprepo.repl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.deeprepo.Proc;
import dev.deeprepo.SecondLane;
import dev.deeprepo.repl.CellResult.Outcome;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

/** Limits, deaths, and what is there again afterwards. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SecondLane
@Tag("slow")
class RecoveryTest {

    private static final DataSize MEMORY = DataSize.ofMegabytes(513);

    private static final String ARM = """
            import sys
            kernel = sys._getframe()
            while "libc" not in kernel.f_globals:
                kernel = kernel.f_back
            kernel = kernel.f_globals
            """;

    private final Kernels kernels = new Kernels(
            new ReplSettings(Duration.ofSeconds(1), MEMORY, null, 4, null,
                    SandboxMode.REQUIRED));
    private final Kernels patient = new Kernels(ReplSettings.defaults());
    private Notebook notebook = open();

    private Notebook open() {
        return new Notebook(kernels.open(new InMemoryCodebase(Map.of("README.md", "text")), () -> false));
    }

    @AfterEach
    void reopen() {
        notebook.close();
        notebook = open();
    }

    @AfterAll
    void close() {
        notebook.close();
        kernels.close();
        patient.close();
    }

    @Test
    void stopsAnEndlessLoopAndKeepsItsVariables() {
        notebook.run("before = 1");
        CellResult stopped = notebook.run("inside = 2\nwhile True:\n    pass");

        assertThat(stopped.outcome()).isEqualTo(Outcome.TIMEOUT);
        assertThat(stopped.error()).contains("TimeLimit: the cell was stopped after 1 s", "<turn 2>");
        assertThat(notebook.print("before + inside")).isEqualTo("3");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sum(range(10**11))",
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
            "import sys\nkernel = sys._getframe(2).f_globals\nkernel['signal'].signal(14, lambda *a: None)\nwhile True: pass",
            "import re\nre.match(r'(a+)+$', 'a' * 40 + 'b')"})
    void killsWhatDoesNotStopAndRestoresTheEarlierVariables(String code) {
        notebook.answers(prompts -> List.of("paid"));
        notebook.run("reply = llm_query('q')");
        notebook.run("1/0");
        CellResult killed = notebook.run(code);

        assertThat(killed.outcome()).isIn(Outcome.KILLED, Outcome.TIMEOUT);
        if (killed.outcome() == Outcome.KILLED) {
            assertThat(killed.error()).isEqualTo("the kernel was restarted: time limit of 1 s; variables of turns 1-2 "
                    + "restored, those of turn 3 are gone, this cell's among them");
            assertThat(killed.replayedCells()).isEqualTo(2);
            assertThat(killed.millis()).isBetween(1_900L, 4_000L);
        }
        assertThat(notebook.print("reply, codebase['README.md']")).isEqualTo("paid text");
        assertThat(notebook.asked()).as("a replay asks nobody").hasSize(1);
    }

    @Test
    void aMemoryBombCostsItsCell() {
        notebook.close();
        notebook = new Notebook(patient.open(new InMemoryCodebase(Map.of()), () -> false));
        notebook.run("before = 1");
        CellResult bomb = notebook.run("hoard = []\nwhile True: hoard.append('x' * 10**6)");

        assertThat(bomb.outcome()).isEqualTo(Outcome.MEMORY);
        assertThat(bomb.error()).contains("MemoryError", "The memory limit was reached");
        assertThat(notebook.print("before")).isEqualTo("1");
        assertThat(notebook.run("del hoard\nlen('x' * 10**8)").output()).isEqualTo("100000000\n");
    }

    @Test
    void aCrashIsToldAndRecovered() {
        notebook.run("before = 1");
        CellResult crash = notebook.run(ARM + "kernel['ctypes'].string_at(0)");

        assertThat(crash.outcome()).isEqualTo(Outcome.DIED);
        assertThat(crash.error()).startsWith("the kernel was restarted: it crashed")
                .contains("variables of turn 1 restored");
        assertThat(notebook.print("before")).isEqualTo("1");
    }

    /** Its result is the same as if nothing had been, and nobody is asked twice. */
    @Test
    void aCellWhoseKernelIsKilledFromOutsideIsRunAgain() {
        notebook.run("before = 1");
        notebook.answers(prompts -> {
            if (prompts.equals(List.of("second"))) {
                killKernel();
            }
            return prompts.stream().map(String::toUpperCase).toList();
        });
        CellResult result = notebook
                .run("found = llm_batch(['a', 'b'])\nfound += [llm_query('second')]\nimport random\n"
                        + "print(found, before, random.random(), budget()['sub_calls'])\nanswer['content'] = 'draft'");

        assertThat(result.outcome()).as(result.toString()).isEqualTo(Outcome.OK);
        assertThat(result.output()).isEqualTo("['A', 'B', 'SECOND'] 1 0.32383276483316237 98\n");
        assertThat(result.answer()).isEqualTo("draft");
        assertThat(result.restarted()).contains("killed from outside", "the cell was run again");
        assertThat(result.replayedCells()).isEqualTo(1);
        assertThat(notebook.asked()).containsExactly(List.of("a", "b"), List.of("second"));
        assertThat(notebook.print("found[2], before")).isEqualTo("SECOND 1");
    }

    @Test
    void aKernelThatIsKilledBetweenTwoCellsIsNotMissed() {
        notebook.run("before = 1");
        killKernel();
        CellResult next = notebook.run("print(before + 1)");

        assertThat(next.output()).isEqualTo("2\n");
        assertThat(next.restarted()).contains("killed from outside");
        assertThat(notebook.run("1").restarted()).isNull();
    }

    @Test
    void aCellWhoseKernelIsKilledTwiceIsLost() {
        notebook.run("before = 1");
        notebook.answers(prompts -> {
            killKernel();
            return prompts;
        });
        CellResult lost = notebook.run("llm_query('first')\nllm_query('second')");

        assertThat(lost.outcome()).isEqualTo(Outcome.DIED);
        assertThat(lost.error()).contains("killed from outside", "variables of turn 1 restored");
        assertThat(notebook.print("before")).isEqualTo("1");
        assertThat(notebook.asked()).hasSize(2);
    }

    /** That of the notebook, by the memory that it may have: other classes have kernels too. */
    private static void killKernel() {
        String memory = String.valueOf(MEMORY.toBytes() + 6L * "text".length());
        List<ProcessHandle> kernels = ProcessHandle.current().children()
                .filter(process -> List.of(process.info().arguments().orElse(new String[0])).contains(memory)).toList();
        assertThat(kernels).isNotEmpty();
        kernels.forEach(ProcessHandle::destroyForcibly);
        await().until(() -> kernels.stream().noneMatch(ProcessHandle::isAlive));
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel['os_exit'](3)", "kernel['os_exit'](137)", "kernel['os'].write(1, b'hello, host')",
            "kernel['begin_anew'] = lambda: None\nkernel['run'] = lambda message: kernel['os_exit'](3)"})
    void aCellThatEndsItsKernelOrLeavesATrapIsTheOnlyOneLost(String code) {
        notebook.run("before = 1");
        CellResult lost = notebook.run(ARM + code);

        assertThat(lost.outcome()).as(lost.toString()).isEqualTo(Outcome.DIED);
        assertThat(lost.error()).startsWith("the kernel was restarted: ").contains("variables of turn 1 restored")
                .doesNotContain("from outside");
        assertThat(notebook.print("before")).isEqualTo("1");
        assertThat(notebook.asked()).isEmpty();
    }

    /** A trap that knows the host's own question, and spares it. */
    @Test
    void nothingIsRestoredAfterTwoCellsInARowThatEndedTheirKernels() {
        notebook.run("before = 1");
        CellResult trap = notebook.run(ARM + """
                kernel['begin_anew'] = lambda: None
                execute = kernel['execute']
                kernel['execute'] = lambda name, code: execute(name, code) if code.isdigit() else kernel['os_exit'](3)
                """);
        assertThat(trap.outcome()).isEqualTo(Outcome.OK);
        assertThat(notebook.run("x = 1").error()).contains("variables of turns 1-2 restored");
        assertThat(notebook.run("x = 2").error()).contains("no variables could be restored");
        assertThat(notebook.print("1 + 1")).isEqualTo("2");
    }

    @Test
    void whatACellWasAnsweredIsKeptUpToALimit() {
        var replay = new Replay();
        Cell cell = new Cell(1, 0, "", Instant.EPOCH, 0, Map.of());
        var answer = new Replay.Answer(0,
                new Kernel.Reply(Collections.nCopies(1 << 10, "x".repeat(20 << 10)), Map.of()));
        for (int i = 0; i < 5; i++) {
            replay.add(cell, Outcome.OK, List.of(answer));
        }
        assertThat(replay.size()).isEqualTo(3);
        replay.giveUpLast();
        replay.add(cell, Outcome.OK, List.of(answer));
        assertThat(replay.size()).isEqualTo(3);
        assertThat(replay.account()).contains("turn 1");
    }

    @Test
    void waitingForTheHostIsNotTheCellsTime() {
        notebook.answers(prompts -> {
            var nobody = new CountDownLatch(1);
            try {
                assertThat(nobody.await(2500, TimeUnit.MILLISECONDS)).isFalse();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return prompts;
        });
        CellResult result = notebook.run("llm_query('slow')");

        assertThat(result.outcome()).isEqualTo(Outcome.OK);
        assertThat(result.millis()).isLessThan(1000);
    }

    @Test
    void whatTheHostThrowsReachesTheCallerAndTheNextCellWorks() {
        notebook.run("before = 1");
        notebook.answers(prompts -> {
            throw new IllegalStateException("no more");
        });
        assertThatThrownBy(() -> notebook.run("llm_query('x')")).hasMessage("no more");
        assertThat(notebook.print("before")).isEqualTo("1");
    }

    @Test
    void aReplayThatAsksSomethingElseIsGivenUpAndTold() {
        notebook.run("before = 1");
        notebook.run("llm_query(str(__import__('time').clock_gettime(0)))");
        CellResult killed = notebook.run("sum(range(10**11))");

        assertThat(killed.error()).contains("variables of turn 1 restored, those of turns 2-3 are gone");
        assertThat(notebook.print("before")).isEqualTo("1");
    }

    @Test
    void closingEndsARunningCellAtOnce() {
        Notebook doomed = open();
        CompletableFuture<CellResult> running = CompletableFuture.supplyAsync(() -> doomed.run("while True: pass"),
                Thread::startVirtualThread);
        await().until(() -> doomed.hasBegun());
        doomed.close();

        assertThatThrownBy(running::join).cause().isInstanceOf(ReplException.class).hasMessage("the repl is closed");
        assertThatThrownBy(() -> doomed.run("1")).isInstanceOf(ReplException.class);
        await().atMost(Duration.ofSeconds(1)).until(() -> kernels.running() == 1);
    }

    @Test
    void waitsForAFreePlace() {
        List<Notebook> others = List.of(open(), open(), open());
        CompletableFuture<Notebook> waiting = CompletableFuture.supplyAsync(this::open, Thread::startVirtualThread);
        assertThat(waiting).isNotDone();
        others.getFirst().close();
        Notebook last = waiting.join();
        assertThat(last.print("1")).isEqualTo("1");
        assertThat(kernels.running()).isEqualTo(4);
        last.close();
        others.forEach(Notebook::close);
        await().atMost(Duration.ofSeconds(2)).until(() -> kernels.running() == 1);
    }

    @Test
    void noKernelOutlivesAKilledHost() throws Exception {
        Process host = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
                System.getProperty("java.class.path"), LoneHost.class.getName()).redirectErrorStream(true).start();
        try (var output = host.inputReader(UTF_8)) {
            String line = output.lines().filter(l -> l.startsWith("kernel ")).findFirst().orElseThrow();
            long kernel = Long.parseLong(line.substring(7));
            assertThat(Proc.runs(kernel)).isTrue();
            host.toHandle().destroyForcibly();
            await().atMost(Duration.ofSeconds(1)).until(() -> !Proc.runs(kernel));
        }
    }

    /** A JVM with one busy kernel. */
    static final class LoneHost {

        private LoneHost() {}

        static void main() {
            var kernels = new Kernels(ReplSettings.defaults());
            var notebook = new Notebook(kernels.open(new InMemoryCodebase(Map.of()), () -> false));
            notebook.answers(prompts -> {
                ProcessHandle.current().children().forEach(kernel -> System.out.println("kernel " + kernel.pid()));
                return prompts;
            });
            notebook.run("llm_query('x')\nwhile True: pass");
        }
    }
}
