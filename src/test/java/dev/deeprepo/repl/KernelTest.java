package dev.deeprepo.repl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import dev.deeprepo.repl.CellResult.Outcome;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What model code sees of an honest kernel. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@SecondLane
class KernelTest {

    private final Kernels kernels = new Kernels(ReplSettings.defaults());
    private final Notebook notebook = new Notebook(
            kernels.open(new InMemoryCodebase(Map.of("a/b.py", "import x\n", "README.md", "Héllo 🚀")), () -> false));

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

    @Test
    void importsWhatTheLibraryOffersAndHintsAtTheRest() {
        assertThat(notebook.print("__import__('os').path.splitext('a/b.py')[1]")).isEqualTo(".py");
        assertThat(notebook.run("import os, re, json\nfrom collections import Counter\nprint(json.dumps({'a': 1}))")
                .output())
                .isEqualTo("{\"a\": 1}\n");
        assertThat(notebook.run("import os\nprint(list(os.walk('.')))").error()).contains("os.walk is refused here",
                "`codebase`");
        assertThat(notebook.run("import threading").error()).contains("llm_batch(prompts)");
        assertThat(notebook.run("import numpy").error()).contains("'numpy' is not available here");
        assertThat(notebook.run("print(open('README.md').read())").error()).contains("open() is refused here",
                "`codebase`");
        assertThat(notebook.run("try:\n    import yaml\nexcept ImportError:\n    print('none')").output())
                .isEqualTo("none\n");
    }

    @Test
    void echoesALastExpressionAsAReplDoes() {
        assertThat(notebook.run("x = 20\nx + 1").output()).isEqualTo("21\n");
        assertThat(notebook.run("None").output()).isEmpty();
        assertThat(notebook.run("'a'; 'b'").output()).isEqualTo("'b'\n");
    }

    @Test
    void keepsClassesAndClosuresOverCells() {
        notebook.run("""
                from dataclasses import dataclass
                @dataclass
                class Point:
                    x: int
                    y: "int" = 2
                def adder(n):
                    return lambda m: n + m
                """);
        assertThat(notebook.print("Point(1), adder(2)(3), [Point(i).x for i in range(3)]"))
                .isEqualTo("Point(x=1, y=2) 5 [0, 1, 2]");
        assertThat(notebook.run("if __name__ == '__main__':\n    print('main')").output()).isEqualTo("main\n");
    }

    @Test
    void showsOnlyTheFramesOfCells() {
        notebook.run("import json\ndef parse(text):\n    return json.loads(text)");
        CellResult failed = notebook.run("value = 1\nparse('{')");

        assertThat(failed.error()).startsWith("Traceback (most recent call last):")
                .contains("line 2, in <module>", "line 3, in parse", "return json.loads(text)", "JSONDecodeError")
                .doesNotContain("kernel.py", "decoder.py", "in execute");
        assertThat(notebook.run("a = 1\nb = = 2").error()).contains("line 2", "SyntaxError");
        assertThat(
                notebook.run("try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise KeyError('k') from e").error())
                .contains("ZeroDivisionError", "direct cause", "KeyError: 'k'");
    }

    @Test
    void capturesBothStreamsAndKeepsBothEndsOfALongOutput() {
        assertThat(notebook.run("import sys\nprint('out')\nprint('err', file=sys.stderr)").output())
                .isEqualTo("out\nerr\n");
        CellResult longOne = notebook.run("print('first')\nfor i in range(300000): print(i)\nprint('last')");
        assertThat(longOne.output()).startsWith("first\n0\n1\n").endsWith("299999\nlast\n")
                .contains("characters cut").hasSizeLessThanOrEqualTo(200_000);
        assertThat(longOne.outputLength()).isEqualTo(1_988_901);
        assertThat(notebook.run("print('x' * 50_000_000)").outputLength()).isEqualTo(50_000_001);
    }

    @Test
    void answersByFunctionOrByDict() {
        try (var own = new Notebook(kernels.open(new InMemoryCodebase(Map.of()), () -> false))) {
            assertThat(own.run("answer['content'] = 'draft'")).extracting(CellResult::answer, CellResult::ready)
                    .containsExactly("draft", false);
            assertThat(own.run("set_answer('  ')").error()).contains("the answer is empty");
            assertThat(own.run("answer = 'shadowed'").answer()).isEqualTo("draft");
            assertThat(own.run("answer = {'content': 'mine', 'ready': False}").answer()).isEqualTo("mine");
            assertThat(own.run("set_answer('# Report')")).extracting(CellResult::answer, CellResult::ready)
                    .containsExactly("# Report", true);
        }
    }

    @Test
    void timeAndChanceAreThoseOfTheCell() {
        String look = "__import__('datetime').datetime.now(), __import__('time').strftime('%F'), "
                + "__import__('datetime').date.today(), __import__('random').random(), "
                + "__import__('random').Random().random(), __import__('os').urandom(4), hash('x')";
        String first = notebook.print(look);

        assertThat(first).startsWith("2026-01-02 03:04:05").contains("2026-01-02 2026-01-02");
        assertThat(notebook.print(look)).isEqualTo(first);
        assertThat(
                notebook.run("import time\nt = time.time()\ntime.sleep(3600)\nprint(round(time.time() - t))").output())
                .isEqualTo("3600\n");
    }

    @Test
    void carriesAnyText() {
        notebook.answers(prompts -> List.of("a\0b \ud800 🚀"));
        assertThat(notebook.print("ascii(llm_query('\\ud83d\\ude00 \\udead \\0'))"))
                .isEqualTo("'a\\ufffdb \\ufffd \\U0001f680'");
        assertThat(notebook.asked().getLast()).containsExactly("😀 \ufffd \ufffd");
        assertThat(notebook.run("print('\\udead', '\\0')").output()).isEqualTo("\ufffd \ufffd\n");
        assertThat(notebook
                .run("metadata['deep'] = x = []\nfor i in range(5000): x.append([]); x = x[0]\nprint(float('nan'))")
                .output())
                .isEqualTo("nan\n");
        notebook.answers(prompts -> prompts);
    }

    @Test
    void anExitEndsOnlyTheCell() {
        assertThat(notebook.run("import sys\nleft = 1\nsys.exit()")).extracting(CellResult::outcome)
                .isEqualTo(Outcome.OK);
        assertThat(notebook.print("left")).isEqualTo("1");
    }

    @Test
    void hasTheSameTextAfterStreamingManyBatches() {
        Map<String, String> files = new TreeMap<>();
        for (int i = 0; i < 300; i++) {
            files.put("f%03d".formatted(i), ("é" + i).repeat(5_000));
        }
        files.put("large", "z".repeat(3_000_000));
        try (var own = new Notebook(kernels.open(new InMemoryCodebase(files), () -> false))) {
            assertThat(own.print("len(codebase), sum(map(len, codebase.values())), codebase['f299'][:8]"))
                    .isEqualTo("301 %d é299é299".formatted(files.values().stream().mapToInt(String::length).sum()));
        }
    }
}
