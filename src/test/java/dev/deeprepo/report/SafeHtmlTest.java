package dev.deeprepo.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@SecondLane
class SafeHtmlTest {

    private static final String URL = "https://foreign.invalid/canary";

    /** Every tag that may stand in a page, to the letter. Whatever else has an angle bracket is none of these. */
    private static final Pattern TAG = Pattern.compile("</?(?:h[1-6]|p|br|hr|blockquote|ul|ol|li|pre|code|em|strong"
            + "|table|thead|tbody|tr|th|td|a)(?: align=\"(?:left|center|right)\"| start=\"\\d+\"| /)?>"
            + "|<a href=\"https?://[^\"<>]+\" rel=\"noopener noreferrer nofollow\">|<!-- -->");

    static List<String> payloads() {
        return Payloads.leadingTo(URL);
    }

    @ParameterizedTest
    @MethodSource("payloads")
    void aPayloadBecomesTextAndHarmlessMarkup(String payload) {
        for (String around : List.of("%s", "a %s b", "**%s**", "[%s](https://example.org)", "> - %s",
                "| %s |\n|---|\n")) {
            assertHarmless(around.formatted(payload));
        }
    }

    @Test
    void soDoPayloadsCutAndStrungTogetherAtRandom() {
        Random random = new Random(7);
        List<String> payloads = payloads();
        for (int round = 0; round < 3_000; round++) {
            StringBuilder text = new StringBuilder();
            for (int part = 0; part < 4; part++) {
                String payload = payloads.get(random.nextInt(payloads.size()));
                int from = random.nextInt(payload.length());
                text.append(payload, random.nextBoolean() ? 0 : from,
                        random.nextBoolean() ? payload.length() : from + random.nextInt(payload.length() - from));
                text.append(List.of("", "\n", "\n\n", " ", "\u0000", "`", "\t").get(random.nextInt(7)));
            }
            assertHarmless(text.toString());
        }
    }

    private static void assertHarmless(String markdown) {
        String html = SafeHtml.of(markdown);
        Matcher tags = TAG.matcher(html);
        assertThat(tags.replaceAll("")).as("%s\n-> %s", markdown, html).doesNotContain("<", ">");
    }

    @Test
    void nothingOfTheTextIsLostWhereHtmlIsWritten() {
        assertThat(SafeHtml.of("A List<String> and <br> and <!-- why --> here.")).isEqualTo(
                "<p>A List&lt;String&gt; and &lt;br&gt; and &lt;!-- why --&gt; here.</p>\n");
        assertThat(SafeHtml.of("<script>\nalert(1)\n</script>\n"))
                .contains("&lt;script&gt;\nalert(1)\n&lt;/script&gt;");
    }

    @Test
    void whatReportsAreMadeOfIsKept() {
        assertThat(SafeHtml.of("""
                # T *e*

                1. a **b**
                2. `c<d>`

                ```java
                List<String> x;
                ```

                | n | v |
                |:--|--:|
                | a | 1 |

                > said

                ---
                [there](HTTPS://example.org/a?b=1&c=2) ![seen](https://example.org/p.png) [file](src/App.java)
                """)).isEqualTo("""
                <h1>T <em>e</em></h1>
                <ol><li>a <strong>b</strong></li><li><code>c&lt;d&gt;</code></li></ol>
                <pre><code>List&lt;String&gt; x;
                </code></pre>
                <table><thead><tr><th align="left">n</th><th align="right">v</th></tr></thead><tbody>\
                <tr><td align="left">a</td><td align="right">1</td></tr></tbody></table>
                <blockquote>
                <p>said</p>
                </blockquote>
                <hr />
                <p><a href="HTTPS://example.org/a?b&#61;1&amp;c&#61;2" rel="noopener noreferrer nofollow">there</a> \
                <a href="https://example.org/p.png" rel="noopener noreferrer nofollow">seen</a> file</p>
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"*a **b ", "[", "![a](", "> ", "- ", "`", "<", "|", "**", "_a_", "[a](b", "&", "\\", "1. ",
            "<a href=\"", "*a_"})
    void noTextIsTooOddTooLongOrTooDeeplyNested(String piece) {
        String deep = piece.repeat(20_000 / piece.length() * 5);
        assertThat(Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> SafeHtml.of(deep))).isNotNull();
        String closed = piece.repeat(5_000) + "end" + new StringBuilder(piece).reverse().toString().repeat(5_000);
        assertThat(Assertions.assertTimeoutPreemptively(Duration.ofSeconds(10), () -> SafeHtml.of(closed)))
                .contains("end");
    }
}
