package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
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

    /** Replies as models really write them, and the code that is to be run of them. */
    private static Stream<Arguments> repliesAsModelsWriteThem() {
        return Stream.of(
                arguments("fence of four around three", "````python\nx = '''\n```\n'''\n````",
                        List.of("x = '''\n```\n'''")),
                arguments("closing fence behind code", "```python\nx = 1\nprint(x)```\nDone.",
                        List.of("x = 1\nprint(x)")),
                arguments("closing fence behind one line", "```python\nprint(1)```", List.of("print(1)")),
                arguments("everything on one line", "```python print(1)```", List.of("print(1)")),
                arguments("everything on one line unlabelled", "```print(1)```", List.of("print(1)")),
                arguments("code behind the label", "```python print(1)\n```", List.of("print(1)")),
                arguments("code behind the label and below", "```python import re\nprint(1)\n```",
                        List.of("import re\nprint(1)")),
                arguments("code tag", "<code>print(1)</code>", List.of("print(1)")),
                arguments("code tag over lines", "I look.\n<code>\nprint(1)\n</code>", List.of("print(1)")),
                arguments("code tag in a sentence", "I call <code>print(1)</code> next.", List.of()),
                arguments("code tag around prose", "<code>\nthe file is large\n</code>", List.of()),
                arguments("python tag", "<python>\nprint(1)\n</python>", List.of("print(1)")),
                arguments("tool name tag", "<execute_python>\nprint(1)\n</execute_python>", List.of("print(1)")),
                arguments("tool name tag around a fence",
                        "<execute_python>\n```python\nprint(1)\n```\n</execute_python>", List.of("print(1)")),
                arguments("tool code tag", "<tool_code>\nprint(1)\n</tool_code>", List.of("print(1)")),
                arguments("tool code fence", "```tool_code\nprint(1)\n```", List.of("print(1)")),
                arguments("tool name fence", "```execute_python\nprint(1)\n```", List.of("print(1)")),
                arguments("repl fence", "```repl\nprint(1)\n```", List.of("print(1)")),
                arguments("code cell fence", "```{code-cell} python\nprint(1)\n```", List.of("print(1)")),
                arguments("pandoc fence", "``` {.python .numberLines}\nprint(1)\n```", List.of("print(1)")),
                arguments("label with a file name", "```python:scan.py\nprint(1)\n```", List.of("print(1)")),
                arguments("label with a version", "```Python 3.12\nprint(1)\n```", List.of("print(1)")),
                arguments("bracket tag", "[PYTHON]\nprint(1)\n[/PYTHON]", List.of("print(1)")),
                arguments("token tag", "<|python_tag|>print(1)<|eom_id|>", List.of("print(1)")),
                arguments("token tag never closed", "<|python_tag|>print(1)", List.of("print(1)")),
                arguments("json call", "{\"name\": \"execute_python\", \"arguments\": {\"code\": \"print(1)\"}}",
                        List.of("print(1)")),
                arguments("json call in words",
                        "I call the tool now: {\"name\": \"execute_python\", \"arguments\": {\"code\": \"print(1)\", \"reasoning\": \"x\"}} and wait.",
                        List.of("print(1)")),
                arguments("json call with arguments as text",
                        "{\"name\": \"execute_python\", \"arguments\": \"{\\\"code\\\": \\\"print(1)\\\"}\"}",
                        List.of("print(1)")),
                arguments("json call in a fence",
                        "```json\n{\"tool\": \"execute_python\", \"input\": {\"code\": \"print(1)\"}}\n```",
                        List.of("print(1)")),
                arguments("json arguments alone", "```json\n{\"code\": \"print(1)\"}\n```", List.of("print(1)")),
                arguments("json call in tags",
                        "<tool_call>\n{\"name\": \"execute_python\", \"arguments\": {\"code\": \"print(1)\"}}\n</tool_call>",
                        List.of("print(1)")),
                arguments("json calls in a list",
                        "[TOOL_CALLS] [{\"name\": \"execute_python\", \"arguments\": {\"code\": \"print(1)\"}}, {\"name\": \"execute_python\", \"arguments\": {\"code\": \"x = 2\"}}]",
                        List.of("print(1)", "x = 2")),
                arguments("json call with function",
                        "{\"type\": \"function\", \"function\": {\"name\": \"execute_python\", \"parameters\": {\"code\": \"print(1)\"}}}",
                        List.of("print(1)")),
                arguments("json call named with its namespace",
                        "<|tool_call_begin|>functions.execute_python:0<|tool_call_argument_begin|>{\"code\": \"print(1)\"}<|tool_call_end|>",
                        List.of("print(1)")),
                arguments("json call in a fence with a token behind",
                        "execute_python\n```json\n{\"code\": \"print(1)\"}\n```<tool_call_end>", List.of("print(1)")),
                arguments("json that is no call", "```json\n{\"code\": \"E42\", \"message\": \"not found\"}\n```",
                        List.of()),
                arguments("json call of another tool",
                        "{\"name\": \"read_file\", \"arguments\": {\"path\": \"a.py\", \"code\": \"print(1)\"}}",
                        List.of()),
                arguments("xml call",
                        "<function_calls>\n<invoke name=\"execute_python\">\n<parameter name=\"code\">print(1)</parameter>\n</invoke>\n</function_calls>",
                        List.of("print(1)")),
                arguments("xml call over lines",
                        "<tool_call>\n<function=execute_python>\n<parameter=code>\nx = 1\nprint(x)\n</parameter>\n</function>\n</tool_call>",
                        List.of("x = 1\nprint(x)")),
                arguments("xml call with fences in its strings",
                        "<invoke name=\"execute_python\">\n<parameter name=\"code\">p = \"\"\"\n```\n{x}\n```\n\"\"\"\nprint(p)</parameter>\n</invoke>",
                        List.of("p = \"\"\"\n```\n{x}\n```\n\"\"\"\nprint(p)")),
                arguments("xml call with keys and values",
                        "<tool_call>execute_python\n<arg_key>code</arg_key>\n<arg_value>print(1)</arg_value>\n</tool_call>",
                        List.of("print(1)")),
                arguments("thoughts",
                        "<think>\nI could run\n```python\nimport os\n```\nbut no.\n</think>\n```python\nprint(1)\n```",
                        List.of("print(1)")),
                arguments("thoughts never opened", "First the tree, then more.\n</think>\n\n```python\nprint(1)\n```",
                        List.of("print(1)")),
                arguments("thoughts never closed", "<think>\nI look first.\n```python\nprint(1)\n```",
                        List.of("print(1)")),
                arguments("thoughts in a string", "```python\nprompt = \"Say </think> now\"\nprint(1)\n```",
                        List.of("prompt = \"Say </think> now\"\nprint(1)")),
                arguments("thoughts of another name",
                        "<scratchpad>```python\nx()\n```</scratchpad>\n```python\nprint(1)\n```", List.of("print(1)")),
                arguments("alternatives", "Option A:\n```python\nx = 1\n```\nOption B:\n```python\nx = 2\n```",
                        List.of("x = 1", "x = 2")),
                arguments("never closed", "Text\n```python\nx = 1\nprint(x)", List.of("x = 1\nprint(x)")),
                arguments("windows line ends", "Text\r\n```python\r\nif x:\r\n    y()\r\n```\r\nMore.\r\n",
                        List.of("if x:\n    y()")),
                arguments("inline code", "I will call `print(1)` and then `set_answer(x)`.", List.of()),
                arguments("inline triple backticks", "Use ```print(1)``` to see it.", List.of()),
                arguments("shell transcript", "```\n$ ls -la\ntotal 4\n```", List.of()),
                arguments("shell fence", "```console\n$ python -c 'print(1)'\n```", List.of()),
                arguments("output", "```\nFound 42 files in src\n```", List.of()),
                arguments("output of numbers", "```\n42\n```", List.of()),
                arguments("traceback",
                        "```\nTraceback (most recent call last):\n  File \"x\", line 1\nNameError: x\n```", List.of()),
                arguments("diff", "```diff\n-x = 1\n+x = 2\n```", List.of()),
                arguments("diff without fence", "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-x = 1\n+x = 2", List.of()),
                arguments("tree", "```\nsrc/\n├── app.py\n└── util.py\n```", List.of()),
                arguments("table", "| a | b |\n|---|---|\n| x | print(1) |", List.of()),
                arguments("list with blocks", "1. First:\n\n   ```python\n   if x:\n       y()\n   ```\n2. Then done.",
                        List.of("if x:\n    y()")),
                arguments("fence behind a bullet", "- ```python\n  if x:\n      y()\n  ```", List.of("if x:\n    y()")),
                arguments("fence behind a number", "1. ```python\n   print(1)\n   ```", List.of("print(1)")),
                arguments("tabs", "\t```python\n\tif x:\n\t\ty()\n\t```", List.of("if x:\n\ty()")),
                arguments("quotation", "> ```python\n> if x:\n>\n>     y()\n> ```", List.of("if x:\n\n    y()")),
                arguments("fence behind words", "Here is the code: ```python\nprint(1)\n```\nDone.",
                        List.of("print(1)")),
                arguments("fence behind bold", "**Step 1** ```python\nprint(1)\n```", List.of("print(1)")),
                arguments("words behind the closing fence", "```python\nprint(1)\n``` This prints one.",
                        List.of("print(1)")),
                arguments("words behind the closing fence and more",
                        "```python\nx = 1\n``` then\n```python\nprint(1)\n```", List.of("x = 1", "print(1)")),
                arguments("closing fence forgotten", "```python\nx = 1\n```python\nprint(1)\n```",
                        List.of("x = 1", "print(1)")),
                arguments("closing fence forgotten before output", "```python\nprint(1)\n```text\n1\n```",
                        List.of("print(1)")),
                arguments("closed by a longer fence", "```python\nprint(1)\n`````", List.of("print(1)")),
                arguments("docstring with an example",
                        "```python\ndef f():\n    \"\"\"Doc.\n\n    ```python\n    f()\n    ```\n    \"\"\"\nf()\n```",
                        List.of("def f():\n    \"\"\"Doc.\n\n    ```python\n    f()\n    ```\n    \"\"\"\nf()")),
                arguments("f string with a fence",
                        "```python\np = f'''Read:\n```{lang}\n{text}\n```\n'''\nprint(p)\n```",
                        List.of("p = f'''Read:\n```{lang}\n{text}\n```\n'''\nprint(p)")),
                arguments("raw report", "```python\nset_answer(r'''# R\n\n```java\nint x;\n```\n\nDon't.\n''')\n```",
                        List.of("set_answer(r'''# R\n\n```java\nint x;\n```\n\nDon't.\n''')")),
                arguments("fence in a plain string", "```python\nfence = '```'\nprint(fence)\n```",
                        List.of("fence = '```'\nprint(fence)")),
                arguments("fence in a comment", "```python\n# ends with ```\nprint(1)\n```",
                        List.of("# ends with ```\nprint(1)")),
                arguments("apostrophe in a comment", "```python\n# don't stop\nprint(1)\n```\nIt's done.",
                        List.of("# don't stop\nprint(1)")),
                arguments("escaped quotes", "```python\nx = '''it\\'''s'''\nprint(x)\n```",
                        List.of("x = '''it\\'''s'''\nprint(x)")),
                arguments("nested f string", "```python\nprint(f\"{d[\"a\"]}\")\n```",
                        List.of("print(f\"{d[\"a\"]}\")")),
                arguments("byte order mark", "\uFEFF```python\nprint(1)\n```", List.of("print(1)")),
                arguments("wrapped in markdown", "````markdown\nText\n```python\nprint(1)\n```\n````",
                        List.of("print(1)")),
                arguments("upper case inside a wrapper", "```\nI look:\n```Python\nprint(1)\n```\n```",
                        List.of("print(1)")),
                arguments("prose in a python fence", "```python\nprint(1)\n```\n\n```text\nthe end\n```",
                        List.of("print(1)")),
                arguments("only comments", "```python\n# nothing yet\n```", List.of("# nothing yet")),
                arguments("typed code without a fence",
                        "found: dict[str, Path] = {}\ndef f(x: Path) -> Counter: return Counter(x)",
                        List.of("found: dict[str, Path] = {}\ndef f(x: Path) -> Counter: return Counter(x)")),
                arguments("numbers before a keyword", "x = f(10) if y else g(2)\nprint(x, 5) if x else None",
                        List.of("x = f(10) if y else g(2)\nprint(x, 5) if x else None")),
                arguments("two statements on a line", "a = 1; B = Counter(); print(a)",
                        List.of("a = 1; B = Counter(); print(a)")),
                arguments("decorators", "@dataclass\nclass A:\n    x: int = 0\nprint(A())",
                        List.of("@dataclass\nclass A:\n    x: int = 0\nprint(A())")),
                arguments("java without a fence", "public static void main(String[] args) {\n  int x = 1;\n}",
                        List.of()),
                arguments("javascript without a fence", "const x = require('a');\nx();", List.of()),
                arguments("sql without a fence", "SELECT a FROM b WHERE c = 1", List.of()),
                arguments("yaml", "```\nname: shop\nversion: 1\n```", List.of()),
                arguments("command line", "pip install requests", List.of()),
                arguments("plan with code in it", "1. print(codebase)\n2. then more", List.of()),
                arguments("heading and bullets", "# Plan\n- Look at the tree\n- Read README.md", List.of()),
                arguments("prose about assignments", "x = 1 means that one thread runs", List.of()),
                arguments("report in markdown",
                        "## Architecture Overview\n\nIt is a shop.\n\n- **High**: `a.py:1` `x = 1`", List.of()),
                arguments("nothing", "", List.of()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("repliesAsModelsWriteThem")
    void runsCodeAndNothingElse(String spelling, String reply, List<String> code) {
        assertThat(Reply.codeIn(reply, "execute_python", false)).as(spelling).isEqualTo(code);
    }

    @Test
    void runsNoCallThatWasCutOff() {
        assertThat(Reply.codeIn("{\"name\": \"execute_python\", \"arguments\": {\"code\": \"print(", "execute_python",
                true)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "```", "```python\n", "<code>\n", "<think>", "[{\"code\":", "\"\"\"", "`", "> ", "- ",
            "x = '''\n", "1. ", "</think>", "<|python_tag|>", "a: B ", "```python x("})
    void readsAnythingInTime(String piece) {
        String reply = piece.repeat(100_000 / piece.length());
        assertTimeout(Duration.ofSeconds(5), () -> Reply.codeIn(reply, "execute_python", false));
        assertTimeout(Duration.ofSeconds(5),
                () -> Reply.codeIn(reply + "\n```python\nprint(1)\n```", "execute_python", false));
    }
}
