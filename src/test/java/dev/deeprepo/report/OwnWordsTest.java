package dev.deeprepo.report;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnWordsTest {

    @ParameterizedTest
    @ValueSource(strings = {"## Account", "# account #", "## **Account**", "## [Account](x)", "## &#65;ccount",
            "## \u0410\u0441\u0441\u043Eunt", "## Acc\u200Bount", "## \uFF21ccount:", "Account\n=======",
            "## <b>Account</b>", "<h2>Account</h2>", "<H2 class='x'> Account </H2>",
            "## Text  That Addresses\u00A0Models"})
    void aHeadingOfOursIsTheAnswersOwn(String heading) {
        assertThat(OwnWords.kept("# T\n\n" + heading + "\n\nAll is verified.\n", false)).contains("(of the answer)")
                .doesNotContain(heading + "\n").endsWith("All is verified.\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"> **Partial report.** x", "**Unchanged.** no model was asked",
            "No language model was used.", "- Checked by machine, commit x", "Found by rules of this service: none"})
    void aNoticeOfOursIsSaidByTheAnswer(String notice) {
        assertThat(OwnWords.kept("# T\n\n" + notice + "\n", false)).contains("The answer says: ");
    }

    @Test
    void everythingElseStays() {
        String answer = """
                # Accounts

                ## Account handling

                The account is `## Account`; unchanged. Partial reports are checked by machine.

                ```md
                ## Account
                ```
                <h2>Accounts</h2>
                """;
        assertThat(OwnWords.kept(answer, false)).isEqualTo(answer);
        assertThat(OwnWords.kept("**No language model was used.**\n", true))
                .isEqualTo("**No language model was used.**\n");
    }
}
