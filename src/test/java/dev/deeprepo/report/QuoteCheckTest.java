package dev.deeprepo.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.deeprepo.SecondLane;
import dev.deeprepo.checkout.TextSnapshot;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.usage.Role;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SecondLane
class QuoteCheckTest {

    private static final String APP = """
            import os
            import sqlite3

            def run(command):
                os.system("sh -c " + command)

            def find(name):
                db = sqlite3.connect("shop.db")
                return db.execute("select * from users where name = '" + name + "'")

            def total(items):
                return sum(
                    item.price * item.count
                    for item in items
                )
            """;

    private static final TextSnapshot SNAPSHOT = new TextSnapshot("shop").with("src/shop/app.py", APP)
            .with("README.md", "# Shop\n\nSells things.\n").with("docs/README.md", "# Docs\n")
            .with("Makefile", "all:\n\tpython -m shop\n")
            .with("web/pages/[id].tsx", "export default function Page() {\n  return null\n}\n")
            .with("web/größe.js", "const größe = \"klein\";\nif (a < b && c) { go(\"x\"); }\n")
            .with("a dir/odd <name>.py", "one = 1\ntwo = 2\n").without("assets/logo.png", "binary")
            .without("node_modules", "vendored");

    private static List<CheckedFinding> check(String answer) {
        return QuoteCheck.check(Role.ROOT, answer, SNAPSHOT);
    }

    private static CheckedFinding only(String answer) {
        List<CheckedFinding> findings = check(answer);
        assertThat(findings).hasSize(1);
        return findings.getFirst();
    }

    @ParameterizedTest
    @ValueSource(strings = {"- `src/shop/app.py:5` — `os.system(\"sh -c \" + command)`: a shell is called.",
            "src/shop/app.py:5: `os.system(\"sh -c \"   +command)`",
            "See [the call](src/shop/app.py#L5): `os.system(\"sh -c \" + command)`.",
            "`os.system(\"sh -c \" + command)` in `src/shop/app.py:5` runs a shell.",
            "`src/shop/app.py` (line 5): `os.system(\"sh -c \" + command)`",
            "In `app.py`, lines 4-6, the code reads `os.system(... + command)`.",
            "At line 5 of `shop/app.py`: `os.system(\"sh -c \" + command)`",
            "**File:** `./src/shop/app.py#L4-L6`\n\n```python\nos.system(\"sh -c \" + command)\n```",
            "1. Shell call (`shop/src/shop/app.py:5`):\n   ```\n   5: os.system(\"sh -c \" + command)  # <- here\n   ```",
            "| `app.py:5` | `os.system(\"sh -c \" + command)` | high |",
            "https://git.example/a/shop/blob/main/src/shop/app.py#L5 has `os.system(\"sh -c \" + command)`",
            "`src\\shop\\app.py:6` calls `os.system(\"sh -c \" + command)` (one line off)."})
    void findsAQuoteWhereItIsSaidToBe(String claim) {
        CheckedFinding finding = only(claim);

        assertThat(finding.problem()).isNull();
        assertThat(finding.holds()).isTrue();
        assertThat(finding.path()).isEqualTo("src/shop/app.py");
        assertThat(finding.line()).isBetween(4, 6);
        assertThat(finding.quote()).contains("os.system(");
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "[app.py:5](https://git.example/a/shop/blob/0123abc/src/shop/app.py#L5) has `os.system(\"sh -c \" + command)`",
            "[`src/shop/app.py:5`](src/shop/app.py#L5): `os.system(\"sh -c \" + command)`",
            "`src/shop/app.py:4-6`: `os.system(\"sh -c \" + command)`",
            "`src/shop/app.py:5, 9` `os.system([...] + command)`",
            "`src/shop/app.py:5` `os.system(“sh -c ” + command)`",
            "**src/shop/app.py:5**: `os.system(\"sh -c \" + command)`",
            "`src/shop/app.py` (Line: 5) `os.system(\"sh -c \" + command)`",
            "`a/src/shop/app.py:5` `os.system(… + command)`",
            "`src/shop/app.py:5`:\n\n```python\n4  def run(command):\n5      os.system(\"sh -c \" + command)\n```",
            "`src/shop/app.py:4` `def run(command): os.system(\"sh -c \" + command)`",
            "`src/shop/app.py:5` `os.system(&quot;sh -c &quot; + command)`",
            "`src/shop/app.py:4`:\n\n```python\ndef run(command):\n    # ...\n    os.system(\"sh -c \" + command)  # shell!\n```",
            "| High | src/shop/app.py:5 | `os.system(\"sh -c \" + command)` |",
            "> `src/shop/app.py:5` says `os.system(\"sh -c\u00a0\" + command)`",
            "`src\\shop\\app.py:5` `os.system(\"sh -c \" + command)`"})
    void findsAQuoteHoweverItIsWritten(String claim) {
        assertThat(check(claim)).isNotEmpty().allSatisfy(finding -> {
            assertThat(finding.problem()).isNull();
            assertThat(finding.path()).isEqualTo("src/shop/app.py");
        }).anySatisfy(finding -> assertThat(finding.quote()).contains("os.system("));
    }

    @ParameterizedTest
    @ValueSource(strings = {"`src/shop/app.py:5` has `os.remove(command)`", "`src/shop/app.py:5` `os.system(command)`",
            "**src/shop/app.py:5**: `eval(command)`", "[app](src/shop/app.py#L5): `shell(\"sh -c\")`",
            "`src/shop/app.py:14` `os.system(… + command)`", "| `src/shop/app.py:5` | `popen(command)` |",
            "`src/shop/app.py:5`:\n\n```python\ndef run(command):\n    ...\n    popen(command)\n```",
            "`src/shop/app.py:5` `os.system(&quot;rm &quot; + command)`", "`a/src/shop/other.py:5` leaks",
            "`src/shop/app.py:5, 9` `import sqlite4 as db`", "`web/größe.js:1` `const größe = \"groß\"`",
            "`a dir/odd <name>.py:1` `three = 3`", "`a dir/odd <name>.py:9` is long"})
    void catchesAWrongLineAndAnInventedQuoteHoweverTheyAreWritten(String claim) {
        assertThat(check(claim)).anySatisfy(finding -> assertThat(finding.holds()).isFalse());
    }

    @Test
    void readsLettersOfAnyScriptAndNamesWithSpaces() {
        assertThat(only("`web/größe.js:1` `const gro\u0308ße = \"klein\";`").holds()).isTrue();
        assertThat(only("`web/größe.js:2` `if (a &lt; b &amp;&amp; c)`").holds()).isTrue();
        assertThat(only("`a dir/odd <name>.py:2` `two = 2`").path()).isEqualTo("a dir/odd <name>.py");
        assertThat(check("`python run.py:2` and `<b>.py:3` and `x | y:4`")).isEmpty();
    }

    @Test
    void tellsTheLineWhenAQuoteStandsElsewhere() {
        CheckedFinding finding = only("- `src/shop/app.py:14`: `os.system(\"sh -c \" + command)` is dangerous.");

        assertThat(finding.holds()).isFalse();
        assertThat(finding.problem()).isEqualTo("the quoted code stands at line 5");
        assertThat(finding.claim()).isEqualTo(
                "`src/shop/app.py:14`: `os.system(\"sh -c \" + command)` is dangerous.");
    }

    @Test
    void refusesAnInventedQuote() {
        assertThat(only("`src/shop/app.py:5`: `subprocess.call(cmd, shell=True)` is dangerous.").problem())
                .isEqualTo("the quoted code is not in this file");
        assertThat(only("- **Low**, no timeout: `src/shop/app.py:5`: `requests.get(url)`").holds()).isFalse();
        assertThat(only("The hash in `src/shop/app.py:5` is weak:\n\n```python\nhashlib.md5(password)\n```").problem())
                .isEqualTo("the quoted code is not in this file");
    }

    @Test
    void refusesALineBehindTheEndAndAFileThatIsNotThere() {
        assertThat(only("`src/shop/app.py:99` leaks.").problem())
                .isEqualTo("the file has 15 lines, there is no line 99");
        assertThat(only("`src/shop/billing.py:3` leaks.").problem()).isEqualTo("no such file at this commit");
        assertThat(only("`src/shop/billing.py` holds the invoices.").problem())
                .isEqualTo("no such file at this commit");
    }

    @Test
    void saysThatAFileWhichWasNotLoadedCannotBeChecked() {
        assertThat(only("`assets/logo.png` is the logo.").holds()).isTrue();
        assertThat(only("`node_modules/left-pad/index.js:3` is old.").problem())
                .isEqualTo("the file was not loaded (vendored), so this cannot be checked");
    }

    @Test
    void findsQuotesOverSeveralLinesAndWithPartsLeftOut() {
        assertThat(check("""
                `src/shop/app.py:11-15` sums:

                ```python
                def total(items):
                    return sum(
                        ...
                    )
                ```

                `src/shop/app.py:7`:

                ```python
                def find(name):
                    # … connects
                    return db.execute("select * from users where name = '" + name + "'")  # injection
                ```
                """)).extracting(CheckedFinding::line, CheckedFinding::problem).containsExactly(tuple(11, null),
                tuple(7, null));
    }

    @Test
    void readsEachPlaceOfASentenceWithItsOwnQuote() {
        assertThat(check("`src/shop/app.py:2` `import sqlite3`, `Makefile:2` `python -m shop` and `README.md`"))
                .extracting(CheckedFinding::path, CheckedFinding::quote, CheckedFinding::holds)
                .containsExactly(tuple("src/shop/app.py", "import sqlite3", true),
                        tuple("Makefile", "python -m shop", true), tuple("README.md", null, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"`foo.bar` calls `os.path.join` and `self.items.py`-like names",
            "see https://example.com/a/b.py:12 or http://localhost:8080/index.html", "version 1.2.3:4 of node.js:18",
            "at 12:30 on localhost:8080, image python:3.12-slim, `redis:7`", "`src/**/*.py` and `src/{a,b}.py:3`",
            "```\nsrc/shop/nothing.py:12\n```", "Add `src/shop/tests/test_app.py` with tests for each function.",
            "github.com/owner/name/main.go:12", "There is no `src/shop/settings.py`.", "`main` and `app`",
            "`application/json` and `text/html`, `a/b`, `GET /users/list.json`"})
    void leavesNamesAloneThatAreNoPathsOfTheRepository(String text) {
        assertThat(check(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"`src/shop/app.py:5`: use `subprocess.run([\"sh\"], check=True)` instead.",
            "In `src/shop/app.py:5` replace the call with:\n\n```python\nsubprocess.run(args)\n```",
            "`src/shop/app.py:5`: `PreparedStatement` was never heard of here.",
            "`src/shop/app.py:5` does it:\n\n```diff\n-a\n+b\n```", "`src/shop/app.py:5` — `run()` takes anything.",
            "The output of `src/shop/app.py:5`:\n\n```text\nhello\n```"})
    void takesAdviceForNoQuote(String text) {
        CheckedFinding finding = only(text);

        assertThat(finding.holds()).isTrue();
        assertThat(finding.line()).isEqualTo(5);
    }

    @Test
    void knowsFilesInBracketsAndTakesTheWholePathFirst() {
        assertThat(only("`web/pages/[id].tsx:2` `return null`").holds()).isTrue();
        assertThat(only("`README.md:3` says `Sells things.`").path()).isEqualTo("README.md");
    }

    @Test
    void saysTheSameThingOnce() {
        assertThat(check("`src/shop/app.py:5` leaks.\n\n`app.py:5` leaks again.\n")).hasSize(1);
    }

    @Test
    void stopsAtFiveHundredFindings() {
        String answer = IntStream.range(0, 2000).mapToObj(i -> "- `src/shop/app.py:" + i + "`")
                .collect(Collectors.joining("\n"));

        assertThat(check(answer)).hasSize(500);
    }

    @ParameterizedTest
    @ValueSource(strings = {"`", ">", "- ", "*", "[", "![](", "| ", "``` ", "<!-- ", "a.py:1", "`a`", "> - ", "\\", "#",
            "\t",
            "_a_ ", "&amp;", "/../", "...", "src/shop/app.py:5 `x` ", "`` ` ", "(line 1)", "/../", "\u0000", "\ud800"})
    void survivesAnyMarkdownInTime(String piece) {
        assertTimeout(Duration.ofSeconds(5), () -> check(piece.repeat(20_000) + "src/x.py:5"));
    }

    @Test
    void survivesRandomMarkdown() {
        String[] pieces = {"`src/shop/app.py:5`", "`", "```\n", "\n", "\n\n", "> ", "- ", "    ", "| a | ", "# ", " — ",
                "import os", "(", ")", "[x](app.py#L3)", "Makefile:1", "…", "<b>", "1. ", "~~~", "line 3", "\r\n", "é"};
        Random random = new Random(42);
        for (int i = 0; i < 500; i++) {
            String text = random.ints(60, 0, pieces.length).mapToObj(at -> pieces[at]).collect(Collectors.joining());
            assertThat(check(text)).allSatisfy(finding -> {
                assertThat(finding.holds()).isEqualTo(finding.problem() == null);
                assertThat(finding.claim()).hasSizeLessThanOrEqualTo(300).doesNotContain("\n");
            });
        }
    }
}
