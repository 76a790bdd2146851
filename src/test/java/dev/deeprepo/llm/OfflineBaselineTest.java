package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.usage.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
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

    /** In the words in which a run asks for it. */
    @Test
    void reportsOnTheFilesAndOnWhatWasFoundWhenARunIsCutShort() throws IOException {
        String head = Files.readString(Path.of("src/main/resources/prompts/synthesis-message.md"))
                .replace("{{task}}", "Audit the repository").replace("{{basis}}", "");
        String found = "## Output of its code\n\nTurn 1, cell 0:\n\n```text\n3 files\n```";
        String file = "<file path=\"a.py\">\n1\t# TODO: add more\n</file>\n";
        String tail = "\nThese were the files. Now write the report: Markdown.";

        assertThat(lastCall(head + "\n" + found + "\n" + file + tail))
                .startsWith("**No language model was used.** Fixed rules wrote this from the 1 files (1 lines)")
                .contains("- **Low**: `a.py:1` `# TODO: add more`").endsWith("\n\n" + found + "\n")
                .doesNotContain("<file", "These were");
        assertThat(lastCall(head + "\n" + found + "\n" + tail)).startsWith("**No language model was used.**")
                .endsWith("\n\n" + found + "\n");
        assertThat(lastCall(head + "\n" + file + tail)).doesNotContain("## Output", "<file", "These were");
    }

    private static String lastCall(String prompt) {
        return new OfflineModel().complete(OfflineRun.call(Role.ROOT, List.of(new Message.User(prompt)), List.of()))
                .text();
    }
}
