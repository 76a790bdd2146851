package dev.deeprepo.repl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.springframework.util.unit.DataSize;

/** Each attempt of the table at a kernel: what comes of it is what the table says, and the next cell works. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName("reaches nothing outside by")
@SecondLane
class EscapeTest {

    private final Outside outside = new Outside();
    private final Kernels kernels = kernels(SandboxMode.REQUIRED);

    private static Kernels kernels(SandboxMode mode) {
        return new Kernels(new ReplSettings(Duration.ofSeconds(1), DataSize.ofMegabytes(512), null, 4, null, mode));
    }

    @AfterAll
    void close() throws IOException {
        kernels.close();
        outside.close();
    }

    @TestFactory
    Stream<DynamicContainer> attempts() {
        return Attempt.categories().stream().map(category -> {
            Notebook notebook = open(kernels);
            Stream<DynamicTest> tests = Attempt.in(category).stream()
                    .map(attempt -> DynamicTest.dynamicTest(attempt.name(), () -> contains(notebook, attempt)));
            return DynamicContainer.dynamicContainer(category,
                    Stream.concat(tests, Stream.of(DynamicTest.dynamicTest("(nothing)", notebook::close))));
        });
    }

    private static Notebook open(Kernels kernels) {
        return new Notebook(kernels.open(new InMemoryCodebase(Map.of("a", "b")), () -> false));
    }

    private void contains(Notebook notebook, Attempt attempt) throws IOException {
        CellResult result = notebook.run(attempt.cell(outside));

        String told = result.output() + (result.error() == null ? "" : result.error());
        assertThat(attempt.result().admits(result.outcome().name(), told))
                .as("%s: %.3000s", result.outcome(), told).isTrue();
        assertThat(told).doesNotContain(Outside.SECRET);
        CellResult next = notebook.run("hoard = None\nprint(6 * 7, llm_query('still there'))");
        assertThat(next.output()).as(next.toString()).isEqualTo("42 still there\n");
        outside.assertUntouched();
    }

    /** The same ways are open where there is no boundary: what is tried above is worth trying. */
    @Test
    void wouldReachItWithoutASandbox() throws IOException {
        try (var open = kernels(SandboxMode.NONE); var notebook = open(open)) {
            List<String> told = Attempt.in("files").stream()
                    .filter(attempt -> List.of("io.open", "os.open", "the real open", "FileIO")
                            .contains(attempt.name()))
                    .map(attempt -> notebook.run(attempt.cell(outside)).output()).toList();
            assertThat(told).hasSize(4).allSatisfy(text -> assertThat(text).contains(Outside.SECRET));
            Attempt.all().stream()
                    .filter(attempt -> List.of("C socket", "writing").contains(attempt.name()))
                    .forEach(attempt -> notebook.run(attempt.cell(outside)));
            assertThat(outside.isConnected()).isTrue();
            assertThat(outside.drop()).exists();
            Files.delete(outside.drop());
        }
    }

    @Test
    void triesEverythingThatIsWorthTrying() {
        assertThat(Attempt.all()).hasSizeGreaterThanOrEqualTo(60).doesNotHaveDuplicates();
        assertThat(Attempt.categories()).contains("files", "/proc", "environment", "processes", "sockets", "signals",
                "threads", "raw system calls", "PROT_EXEC", "ptrace", "walked frames", "forged frames",
                "frames out of turn", "sys.stdout",
                "huge output", "huge prompts", "floods", "deep JSON", "NaN", "surrogates", "memory", "CPU", "recursion",
                "parser bombs", "__del__ and atexit", "hooks");
    }
}
