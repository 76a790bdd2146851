package dev.deeprepo.repl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.repl.CellResult.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What model code sees of an honest kernel. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KernelTest {

    private final Kernels kernels = new Kernels(ReplSettings.defaults());
    private final Notebook notebook = new Notebook(
            kernels.open(new InMemoryCodebase(Map.of("a/b.py", "import x\n", "README.md", "Héllo 🚀"))));

    @AfterAll
    void close() {
        notebook.close();
        kernels.close();
    }

    @Test
    void seesTheRepositoryAsData() {
        assertThat(notebook.print("sorted(codebase), codebase['README.md'], file_tree, metadata['files']"))
                .isEqualTo("['README.md', 'a/b.py'] Héllo 🚀 README.md\na/b.py 2");
    }

    @Test
    void keepsVariablesOverExceptions() {
        CellResult failed = notebook.run("kept = 41\nraise ValueError('no')\nkept = 0");

        assertThat(failed.outcome()).isEqualTo(Outcome.ERROR);
        assertThat(failed.error()).contains("line 2", "raise ValueError('no')", "ValueError: no");
        assertThat(notebook.print("kept + 1")).isEqualTo("42");
    }

    @Test
    void asksTheHost() {
        notebook.answers(prompts -> prompts.stream().map(p -> "<" + p + ">").toList());
        assertThat(notebook.print("llm_query('one'), llm_batch(['two', 'three'])"))
                .isEqualTo("<one> ['<two>', '<three>']");
        assertThat(notebook.asked()).isEqualTo(List.of(List.of("one"), List.of("two", "three")));
    }
}
