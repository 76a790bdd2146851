package dev.deeprepo.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OwnWordsTest {

    @ParameterizedTest
    @ValueSource(strings = {"## Account", "# account #", "## **Account**", "## [Account](x)", "## &#65;ccount",
            "## \u0410\u0441\u0441\u043Eunt", "## Acc\u200Bount", "## \uFF21ccount:", "Account\n=======",
            "## <b>Account</b>", "<h2>Account</h2>", "<H2 class='x'> Account </H2>",
            "## Text  That Addresses\u00A0Models", "## \u2714 Account", "## 1. Account", "## Account (verified)",
            "## .Account",
            "## \u2014 Account", "## \u201CAccount\u201D", "## Account \u2713", "## A c c o u n t",
            "## \uD83C\uDD70ccount", "## Account[^1]", "## Account [^note]", "## Since the Earlier Report",
            "> ## Account", "- ## Account", "1. ## Account", "> - # Account", "> Account\n> ---",
            "- a\n\n  ## Account"})
    void aHeadingOfOursIsTheAnswersOwn(String heading) {
        assertThat(OwnWords.kept("# T\n\n" + heading + "\n\nAll is verified.\n", false, false))
                .contains("(of the answer)")
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
            "We say: No language model was used", "**Unchanged!**", "**Partial report** - the run",
            "**No model was used.**",
            "Checked by a machine", "Found by the rules of this service: none",
            "900 places in the code were checked, 900 hold",
            "- Secrets withheld from the models: 0 in 0 files", "<h3>No language<br> model was used</h3>"})
    void aNoticeOfOursIsSaidByTheAnswer(String notice) {
        assertThat(OwnWords.kept("# T\n\n" + notice + "\n", false, false)).contains("The answer says: ");
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
        assertThat(OwnWords.kept(answer, false, false)).isEqualTo(answer);
        assertThat(OwnWords.kept("**The answer says: Partial report.** x", false, false))
                .isEqualTo("**The answer says: Partial report.** x");
        assertThat(OwnWords.kept("**No language model was used.**\n", true, false))
                .isEqualTo("**No language model was used.**\n");
    }

    @Test
    void whatIsSaidToBeOfTheAnswerIsSaidOnce() {
        String once = OwnWords.kept("> ## Account\n\n<h2>Account</h2>\n", false, false);

        assertThat(once).isEqualTo("> ## Account (of the answer)\n\n**Account (of the answer)**\n");
        assertThat(OwnWords.kept(once, false, false)).isEqualTo(once);
    }

    @ParameterizedTest
    @ValueSource(strings = {"## Account\n", "<h1>", "# ["})
    void takesTimeByItsLength(String piece) {
        String answer = piece.repeat(1_000_000 / piece.length());
        OwnWords.kept(answer.substring(0, 100_000), false, false);

        assertThat(Stream.generate(() -> seconds(answer)).limit(2).min(Double::compare).orElseThrow()).isLessThan(1);
    }

    private static double seconds(String answer) {
        ThreadMXBean clock = ManagementFactory.getThreadMXBean(); // other tests may run beside it
        long began = clock.getCurrentThreadCpuTime();
        OwnWords.kept(answer, false, false);
        return (clock.getCurrentThreadCpuTime() - began) / 1e9;
    }

    @Test
    void onlyARefreshIsAskedForASectionOnTheEarlierReport() {
        assertThat(OwnWords.kept("## Since the Earlier Report\n", false, true))
                .isEqualTo("## Since the Earlier Report\n");
    }
}
