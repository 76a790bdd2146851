package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OfflineBaselineTest {

    @ParameterizedTest
    @CsvSource({"CODE, Audit the repository", "CONTEXT, Write the project bible of the repository",
            "CONTENT, Review the document library in the repository"})
    void writesTheSectionsThatTheTaskAsksFor(OfflineScript script, String task) {
        String report = new OfflineBaseline(new OfflineDigest()).report(task + """
                 **x** at commit `c`.

                <file path="docs/a.md">
                1\t# A
                2\t
                3\tThis document has one sentence only.
                </file>
                <file path="a.py">
                1\t\"""Adds things that were apart.\"""
                2\t# TODO: add more
                </file>
                """);
        assertThat(report)
                .startsWith("**No language model was used.** Fixed rules wrote this from the 2 files (5 lines)")
                .containsSubsequence(script.headings().stream().map(heading -> "\n## " + heading + "\n").toList())
                .contains("- **Low**: `a.py:2` `# TODO: add more`", script == OfflineScript.CONTENT
                        ? "`docs/a.md`, 3 lines: This document has one sentence only."
                        : "Adds things that were apart.");
    }
}
