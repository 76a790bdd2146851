package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PromptsTest {

    private static final Pattern HEADINGS = Pattern.compile("(?m)^## .+$");

    @ParameterizedTest
    @EnumSource(Domain.class)
    void systemPromptIsTheOneThatWasReviewed(Domain domain) throws IOException {
        assertThat(Prompts.system(domain, null, 20, 500, 16)).isEqualTo(golden("system-%s.md", domain));
    }

    @ParameterizedTest
    @EnumSource(Domain.class)
    void baselinePromptIsTheOneThatWasReviewed(Domain domain) throws IOException {
        assertThat(Prompts.baselineSystem(domain)).isEqualTo(golden("baseline-system-%s.md", domain));
    }

    @ParameterizedTest
    @EnumSource(Domain.class)
    void theReportOfACutRunHasTheSameSections(Domain domain) {
        String synthesis = Prompts.synthesisSystem(domain, null);
        assertThat(synthesis).doesNotContain("{{").doesNotContain("execute_python");
        assertThat(HEADINGS.matcher(synthesis).results().map(match -> match.group()).toList()).isEqualTo(
                HEADINGS.matcher(Prompts.baselineSystem(domain)).results().map(match -> match.group()).toList());
    }

    @ParameterizedTest
    @CsvSource({"CODE, 4, four", "CONTEXT, 7, seven", "CONTENT, 5, five"})
    void bothPromptsAskForTheSameSections(Domain domain, int size, String number) {
        String system = Prompts.system(domain, null, 20, 500, 16);
        String baseline = Prompts.baselineSystem(domain);
        assertThat(HEADINGS.matcher(baseline).results().map(match -> match.group()))
                .hasSize(size)
                .isEqualTo(HEADINGS.matcher(system).results().map(match -> match.group()).toList());
        assertThat(system).contains("exactly these " + number);
        assertThat(baseline).contains("exactly these " + number).doesNotContain("{{").doesNotContain("execute_python")
                .doesNotContain("sub model");
    }

    @ParameterizedTest
    @CsvSource({"CODE, Audit the repository **demo** at commit `0123456789abcdef0123456789abcdef01234567`.",
            "CONTEXT, Write the project bible of the repository **demo** at commit `0123456789abcdef0123456789abcdef01234567`.",
            "CONTENT, Review the document library in the repository **demo** at commit `0123456789abcdef0123456789abcdef01234567`."})
    void firstLineSaysWhatKindOfReportIsWanted(Domain domain, String line) {
        assertThat(Prompts.firstMessage(domain, Stage.FILES, null, null, 7)).startsWith(line + "\n\nMetadata")
                .contains("You have 7 turns.").doesNotContain("{{");
    }

    @Test
    void fillsInNothingThatTheCallerWrote() {
        assertThat(Prompts.firstMessage(Domain.CODE, Stage.FILES, "what of {{name}}?", null, 7))
                .contains("what of {{name}}?");
    }

    private static String golden(String name, Domain domain) throws IOException {
        try (var in = Objects.requireNonNull(PromptsTest.class
                .getResourceAsStream("/golden/" + name.formatted(domain.name().toLowerCase(Locale.ROOT))))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        }
    }
}
