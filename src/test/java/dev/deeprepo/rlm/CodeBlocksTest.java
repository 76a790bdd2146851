package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodeBlocksTest {

    private static final String NESTED = """
            prompts = []
            for name, content in codebase.items():
                prompts.append(f\"""Analyze this file:
            ```
            {content}
            ```
            and that one:
            ```python
            x = 1
            ```
            Return JSON.\""")
            results = llm_batch(prompts)
            answer["ready"] = True""";

    @Test
    void takesABasicBlock() {
        assertThat(CodeBlocks.in("Here is the code:\n```python\nx = 1\nprint(x)\n```\nThat's it.", false))
                .containsExactly("x = 1\nprint(x)");
    }

    @Test
    void keepsFencesInsideAnFString() {
        assertThat(CodeBlocks.in("Here is the analysis:\n```python\n" + NESTED + "\n```\nThat completes it.", false))
                .containsExactly(NESTED);
    }

    @Test
    void leavesProseBeforeCodeOut() {
        assertThat(CodeBlocks.in("""
                Let me analyze this codebase step by step.
                First, I'll look at the file structure.

                ```python
                for f in codebase:
                    print(f)
                ```
                """, false)).containsExactly("for f in codebase:\n    print(f)");
    }

    @Test
    void takesSeveralBlocksInTheirOrder() {
        assertThat(CodeBlocks.in("Step 1:\n```python\nx = 1\n```\n\nStep 2:\n```python\ny = 2\n```\n", false))
                .containsExactly("x = 1", "y = 2");
    }

    @Test
    void rejectsPureProse() {
        assertThat(CodeBlocks.in("""
                Let me explain the architecture.
                The codebase uses a modular design.
                It has several entry points including main.py.
                Here is how the data flows through the system.
                """, false)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"import json\nfor f in codebase:\n    print(f)\n", "set_answer(report)", "x = 1",
            "prompts = [\n  'a b c',\n  f'{x} y z',\n]\nprint(llm_batch(prompts))",
            "text = '''\nLet me say something. Really?\n'''\nprint(text)",
            "# Let me look at the files first.\nprint(file_tree)",
            "a, *b = [1, 2]\nprint(a, b, ...)", "if x != 1 and not y is None:\n    pass",
            "answer[\"content\"] = 'The report'\nanswer[\"ready\"] = True"})
    void acceptsCodeWithoutAFence(String code) {
        assertThat(CodeBlocks.in(code, false)).containsExactly(code.strip());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Let me analyze this.", "Here is the code:", "The function returns True.", "* bullet point",
            "- another one", "1. numbered list", "I'll start with the tree", "What does it do?", "Done.",
            "for example, a file that is too large", "return to the list of files"})
    void knowsProse(String line) {
        assertThat(PythonLine.isProse(line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"import os", "x = 1", "    indented_code()", "", "# a comment in plain English.",
            "for path, text in codebase.items():", "print('Let me say hello.')", "x = y if y else z",
            "from collections import Counter as C", "raise ValueError('no such thing') from e", "print(x,",
            "    'a string that goes on',", "async def f(): pass", "print(*args, **options)", "x = 1.5", "})"})
    void knowsPython(String line) {
        assertThat(PythonLine.isProse(line)).isFalse();
    }

    @Test
    void splitsAWrappedBlockIntoItsInnerBlocks() {
        assertThat(CodeBlocks.in("""
                ```python
                Let me analyze the v1 compatibility layer:

                ```python
                v1_files = [f for f in codebase.keys()]
                print(v1_files)
                ```

                Now let me check deprecated modules:

                ```python
                dep = [f for f in codebase.keys() if 'deprecated' in f]
                print(dep)
                ```
                ```
                """, false)).containsExactly("v1_files = [f for f in codebase.keys()]\nprint(v1_files)",
                "dep = [f for f in codebase.keys() if 'deprecated' in f]\nprint(dep)");
    }

    @Test
    void splitsProseAndCodeWrappedAsMarkdown() {
        assertThat(CodeBlocks.in("```markdown\nI'd look first:\n```python\nprint(1)\n```\n```\n", false))
                .containsExactly("print(1)");
    }

    @Test
    void doesNotSplitCodeWithFencesInItsStrings() {
        String code = "prompts = {}\nprompts['a'] = f\"\"\"Analyze:\n```\n{content}\n```\nReturn JSON.\"\"\"\n\nresults = llm_batch(prompts)";
        assertThat(CodeBlocks.in("Here is the code:\n```python\n" + code + "\n```\nDone.", false))
                .containsExactly(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"~~~python\nprint(1)\n~~~", "```py\nprint(1)\n```", "```python3\nprint(1)\n```",
            "```Python\nprint(1)\n```", "```python\r\nprint(1)\r\n```\r\n", "- a step\n  ```python\n  print(1)\n  ```",
            "Text\n```python\nprint(1)", "```\nprint(1)\n```", "````python\nprint(1)\n````", "```repl\nprint(1)\n```",
            "```{python}\nprint(1)\n```", "```python title=\"x\"\nprint(1)\n```", "``` python\nprint(1)\n```   "})
    void takesEverySpellingOfAFence(String text) {
        assertThat(CodeBlocks.in(text, false)).containsExactly("print(1)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"```json\n{\"a\": 1}\n```", "```text\nprint(1)\n```", "```bash\nls -la\n```",
            "```\nsrc/\n  main\n```",
            "```python\n\n```", "```java\nint x = 1;\n```", ""})
    void ignoresOtherFences(String text) {
        assertThat(CodeBlocks.in(text, false)).isEmpty();
    }

    @Test
    void takesThePythonBetweenOtherFences() {
        assertThat(CodeBlocks.in("```json\n{\"a\": 1}\n```\nthen\n```python\nprint(1)\n```\nand\n```bash\nls\n```\n",
                false))
                .containsExactly("print(1)");
    }

    @Test
    void keepsTheIndentationOfTheFirstLineRelativeToTheFence() {
        assertThat(CodeBlocks.in("  ```python\n  if x:\n      y()\n  ```", false)).containsExactly("if x:\n    y()");
    }

    @Test
    void endsABlockWhoseStringIsNeverClosed() {
        assertThat(CodeBlocks.in("```python\nx = '''oops\n```\nSome words.", false)).containsExactly("x = '''oops");
    }

    @Test
    void dropsABlockThatWasCutOff() {
        assertThat(CodeBlocks.in("```python\nx = 1\n```\n```python\nrm(", true)).containsExactly("x = 1");
    }
}
