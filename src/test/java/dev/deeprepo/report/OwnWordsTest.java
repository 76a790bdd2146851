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
            "No language model was used.", "- Checked by machine, commit x", "Found by rules of this service: none",
            "It is so. **Partial report.** x", "| a | Checked by machine |\n| --- | --- |",
            "<td>Checked by machine</td>",
            "all (found by rules of this service) hold", "1. **Unchanged.** x", "<strong>Unchanged.</strong> x",
            "- Findings: 900 places in the code checked, 900 hold", "x: 7 places named, 7 hold",
            "<p>so</p><p>partial report. x</p>", "&#80;artial report. x", "\u0420artial rep\u043Ert. x",
            "Par\u200Btial\u00A0report. x", "Checked **by** machine", "[Checked](x) by machine",
            "Checked\nby machine: all",
            "We say: No language model was used", "<h3>No language<br> model was used</h3>"})
    void aNoticeOfOursIsSaidByTheAnswer(String notice) {
        assertThat(OwnWords.kept("# T\n\n" + notice + "\n", false)).contains("The answer says: ");
    }

    @Test
    void everythingElseStays() {
        String answer = """
                # Accounts

                ## Account handling

                The account is `## Account`; unchanged. Partial reports are checked by machine.
                Unchanged. What is found by rules, as "no language model was used", is no partial report.
                It prints `No language model was used`, `**Partial report.**`; the rest is checked by machine.

                | file | since |
                | --- | --- |
                | `a.py` | Unchanged. |

                    notices.add("**Partial report.** x");

                ```md
                ## Account
                > **Unchanged.** Checked by machine
                ```
                <h2>Accounts</h2>
                """;
        assertThat(OwnWords.kept(answer, false)).isEqualTo(answer);
        assertThat(OwnWords.kept("**The answer says: Partial report.** x", false))
                .isEqualTo("**The answer says: Partial report.** x");
        assertThat(OwnWords.kept("**No language model was used.**\n", true))
                .isEqualTo("**No language model was used.**\n");
    }
}
