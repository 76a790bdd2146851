package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The offline explorer's project bible and its review of a document library. */
@SecondLane
@Tag("slow")
class OfflineDomainsTest {

    private static final Path FIXTURES = Path.of("src/test/resources/offline");
    private static final Map<String, String> PROJECT = OfflineRun.directory(FIXTURES.resolve("project"));
    private static final Map<String, String> LIBRARY = OfflineRun.directory(FIXTURES.resolve("library"));

    @ParameterizedTest
    @ValueSource(strings = {"context", "content"})
    void reportIsTheOneThatWasReviewed(String domain) throws IOException {
        assertThat(run(domain).play(20).report()).isEqualToNormalizingNewlines(golden(domain));
    }

    @ParameterizedTest
    @ValueSource(strings = {"context", "content"})
    void saysInItsFirstLinesThatNoModelWasUsed(String domain) {
        String report = run(domain).play(20).report();
        assertThat(report.lines().limit(3)).anyMatch(line -> line.contains("No language model was used"));
        assertThat(report).containsSubsequence(headings(domain));
    }

    @ParameterizedTest
    @CsvSource({"context, 1", "context, 3", "context, 50", "content, 1", "content, 3", "content, 50"})
    void answersWithTheSameWithinTheTurnsThereAre(String domain, int maxTurns) throws IOException {
        OfflineRun.Played played = run(domain).play(maxTurns);
        assertThat(played.turns()).isEqualTo(Math.min(maxTurns, script(domain).steps().size()));
        assertThat(played.report()).isEqualToNormalizingNewlines(golden(domain));
    }

    @ParameterizedTest
    @ValueSource(strings = {"context", "content"})
    void keepsEachObservationBelowItsCut(String domain) {
        assertThat(run(domain).play(20).outputs())
                .allSatisfy(output -> assertThat(output.length()).isLessThan(4_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"context", "content"})
    void goesOnWithoutACellThatFails(String domain) {
        for (int broken = 1; broken < script(domain).steps().size(); broken++) {
            int failing = broken;
            OfflineRun.Played played = run(domain)
                    .cells((number, code) -> number == failing ? "raise RuntimeError('broken')" : code).play(20);
            assertThat(played.report()).as("without cell %d", failing).containsSubsequence(headings(domain))
                    .contains("because the step did not finish").doesNotContain("A part of this section");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"context", "content"})
    void fallsBackWhenTheReportItselfFails(String domain) {
        int last = script(domain).steps().size();
        OfflineRun.Played played = run(domain).cells((number, code) -> number == last ? "1 / 0" : code).play(20);
        assertThat(played.turns()).isEqualTo(last + 1);
        assertThat(played.report()).startsWith("**No language model was used**").containsSubsequence(headings(domain));
    }

    @ParameterizedTest
    @ValueSource(strings = {"context", "content"})
    void saysSoWhenTheSubModelIsARealOne(String domain) {
        String report = run(domain).subModel(prompt -> "It *does* things.").play(20).report();
        assertThat(report).contains("are a sub model's", "It \\*does\\* things.");
    }

    @ParameterizedTest
    @CsvSource({"context, Where are orders shipped?, - `shop/worker.py:1`",
            "content, Who is woken by alerts?, - `guide/alerts.md:1`"})
    void showsWhereTheWordsOfTheFocusStand(String domain, String focus, String place) {
        assertThat(run(domain).focus(focus).play(20).report()).contains("### What was asked for", place);
    }

    @Test
    void bibleOfARepositoryWithoutCodeClaimsNothing() {
        String report = new OfflineRun(Map.of("notes.txt", "hello")).domain("context").play(20).report();
        assertThat(report).containsSubsequence(headings("context")).contains("No command was found to set up",
                "No route, table, schema or setting was recognised", "None was recognised by these rules.");
    }

    @Test
    void reviewOfARepositoryWithoutDocumentsSaysSo() {
        String report = new OfflineRun(Map.of("a.c", "int main(void) { return 0; }\n")).domain("content").play(20)
                .report();
        assertThat(report).containsSubsequence(headings("content"))
                .contains("There are no documents among the 1 loaded file", "Nothing was found by these rules");
    }

    @Test
    void takesARenderedPageForTheDocumentThatItShows() {
        String text = "Every word of this page is said again in the page that was rendered from it, and that is no fault.";
        String report = library("docs/start.md", "# Start\n\n" + text + "\n", "site/start.html",
                "<html><title>Start</title><body><h1>Start</h1>\n<p>" + text + "</p>\n<a href='gone.html'>x</a></body>")
                .play(20).report();
        assertThat(report).contains("1 document with", "1 HTML page that shows", "`site/start.html:3`")
                .doesNotContain("Title that several documents bear", "there more than once");
    }

    @Test
    void followsLinksAsReadersWrite() {
        String report = library("README.md", """
                # Guide

                [a](docs/a) [b](./docs/a.md#one-thing) [c](docs/) [d](/docs/a.md) [e](docs/a.html) [f](mailto:a@b.c)
                [g](docs/big.md) [h](docs/picture.png) [i](../elsewhere.md) `[j](gone.md)` [k](docs/a.md#no-such-thing)
                [l](docs/gone.md "title") {{ [m](also-gone.md) }}

                ```
                [n](gone.md)
                ```
                """, "docs/a.md", "# A\n\n## One thing\n\nThis one thing has a heading, and a text below it.\n")
                .fileTree("README.md\ndocs/\n  a.md\n  big.md (too-large)\n  picture.png (binary)\n").play(20).report();
        assertThat(report).contains("Relative link that leads nowhere | 2 |",
                "- `docs/gone.md` is missing and linked 1 time",
                "- `also-gone.md` is missing and linked 1 time", "Link to a heading that is not there | 1 |");
    }

    @Test
    void commandsAreThoseThatTheRepositoryWritesDown() {
        String report = new OfflineRun(Map.of("package.json", """
                {"name": "x", "scripts": {"test": "vitest", "build": "tsc -p .", "prebuild": "rm -rf out",
                 "lint": "eslint ."}}
                """, "README.md", "# X\n\nA thing that is built and tested here.\n\n```\nnpm ci\nnot a command\n```\n",
                "build.sh", "make all\n")).domain("context").play(20).report();
        String commands = section(report, "## Build, Test & Run");
        assertThat(commands)
                .contains("- `npm ci` (`README.md:6`)", "- `npm test`: `package.json:1`: ", "- `npm run lint`: ",
                        "- `npm run build`: ", "No command was found to run, to release.")
                .doesNotContain("prebuild`",
                        "not a command", "make all");
    }

    @Test
    void conventionsAreWhatMostFilesDo() {
        Map<String, String> files = new TreeMap<>();
        for (int i = 0; i < 9; i++) {
            files.put("src/my_file_%d.js".formatted(i),
                    "const value = 'text'\nfunction doThing() {\n  if (value) {\n    return 'one'\n  }\n}\nmodule.exports = require('x')\n");
        }
        files.put("src/other-file.js",
                "const value = \"text\";\nfunction do_it() {\n\tif (value) {\n\t\treturn \"one\";\n\t}\n}\n");
        String report = new OfflineRun(files).domain("context").play(20).report();
        assertThat(section(report, "## Conventions & Patterns")).contains("- Indent by 2 spaces (9 of 10 files).",
                "- Keep lines within 72 characters (99 % of them are, the longest has 29).",
                "- Name files in snake_case (9 of 10 names).",
                "- Quote strings with single quotes (27 of 29",
                "- End statements without a semicolon (18 of 20).",
                "- Name functions in camelCase (9 of 10 of several words).");
    }

    @Test
    void repositoryTextIsShownAndNotObeyed() {
        Map<String, String> odd = new HashMap<>(
                Map.of("a `b` | c.md", "# <img src=x onerror=y> | **x**\n\n[x](gone.md)\n",
                        "naïve 文件/ü.md", "# Ü\n\n[x](gone.md)\n", "empty.md", "", "CLAUDE.md",
                        "# Do\n\n<script>alert(1)</script>\n"));
        for (String domain : List.of("context", "content")) {
            String report = new OfflineRun(odd).domain(domain).metadata(Map.of()).play(20).report();
            assertThat(report).containsSubsequence(headings(domain)).doesNotContain("could not be written")
                    .doesNotContainPattern("(?m)^[^`\\n]*<(?:img|script)");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"((", "<<A\n", "<!--", "[", "![](", "<a href=", "a\n===\n", ".. toctree::\n   a\n", "run: ",
            "Github "})
    void staysQuickAndWholeOnHostileText(String piece) {
        String text = piece.repeat(60_000 / piece.length());
        Map<String, String> files = new TreeMap<>();
        for (String path : List.of("README.md", "docs/a.rst", "docs/b.adoc", "docs/c.html", "docs/d.txt", "mkdocs.yml",
                "Makefile", "package.json", "justfile", "tox.ini", ".github/workflows/x.yml", "scripts/build.sh",
                "a.py",
                "a.ts", "A.java", "x.sql", "x.proto", "application.yml", "tests/test_a.py", "CLAUDE.md")) {
            files.put(path, text);
        }
        for (String domain : List.of("context", "content")) {
            String report = Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60),
                    () -> new OfflineRun(files).domain(domain).play(20).report());
            assertThat(report).containsSubsequence(headings(domain)).doesNotContain("could not be written",
                    "because the step did not finish");
        }
    }

    private static OfflineRun run(String domain) {
        return new OfflineRun(domain.equals("context") ? PROJECT : LIBRARY).domain(domain);
    }

    private static OfflineRun library(String... pathsAndTexts) {
        Map<String, String> files = new TreeMap<>();
        for (int i = 0; i < pathsAndTexts.length; i += 2) {
            files.put(pathsAndTexts[i], pathsAndTexts[i + 1]);
        }
        return new OfflineRun(files).domain("content");
    }

    private static OfflineScript script(String domain) {
        return domain.equals("context") ? OfflineScript.CONTEXT : OfflineScript.CONTENT;
    }

    private static String[] headings(String domain) {
        return script(domain).headings().stream().map(heading -> "\n## " + heading + "\n").toArray(String[]::new);
    }

    private static String section(String report, String heading) {
        int start = report.indexOf(heading + "\n");
        int end = report.indexOf("\n## ", start + 1);
        return report.substring(start, end < 0 ? report.length() : end);
    }

    private static String golden(String domain) throws IOException {
        try (var in = Objects.requireNonNull(
                OfflineDomainsTest.class.getResourceAsStream("/golden/offline-" + domain + ".md"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
