package dev.deeprepo.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.journal.SubCall;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.journal.Turn;
import dev.deeprepo.journal.Withheld;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.commonmark.node.Heading;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@SecondLane
class ReportTest {

    private static final Withheld WITHHELD = new Withheld(3, 2,
            List.of(new Withheld.InFile("a.env", Map.of("github-token", 2)),
                    new Withheld.InFile("b.py", Map.of("password", 1))));
    private static final Instant T0 = Instant.parse("2026-03-01T10:00:00Z");
    private static final Map<Role, Price> OFFLINE = Map.of(Role.ROOT, new PriceList(List.of()).of("offline/explorer"),
            Role.SUB, new PriceList(List.of()).of("offline/digest"));
    private static final Map<Role, Price> PAID = Map.of(Role.ROOT,
            new Price("claude-sonnet-5-5", true, List.of(tier(null, "2", "10", "0.10", "2.50")), 1_000_000L, null,
                    128_000,
                    LocalDate.of(2026, 2, 1), "price page"),
            Role.SUB,
            new Price("claude-haiku-5-5", true,
                    List.of(tier(100_000L, "0.10", "0.50", null, null), tier(null, "0.50", "2.50", null, null)), null,
                    null, null, null, null));

    private static Price.Tier tier(@Nullable Long upTo, String input, String output, @Nullable String read,
            @Nullable String write) {
        return new Price.Tier(upTo, new BigDecimal(input), new BigDecimal(output),
                read == null ? null : new BigDecimal(read), write == null ? null : new BigDecimal(write));
    }

    private static ReportFacts facts(String status, Map<Role, Price> prices) {
        return new ReportFacts(AnalysisId.parse("00000000-0000-4000-8000-000000000001"),
                "https://git.example/acme/shop.git", "main", "RLM", status, T0, T0.plusSeconds(1), T0.plusSeconds(100),
                prices, Map.of(), null);
    }

    private static Trajectory ended(String status, String reason, @Nullable String answer, @Nullable String detail) {
        return ended(status, reason, answer, detail, List.of(
                new CheckedFinding(null, "`src/shop/app.py:5` calls a shell.", "src/shop/app.py", 5, "os.system(", true,
                        null),
                new CheckedFinding(null, "`src/shop/cart.py:9` `x = 1`", "src/shop/cart.py", 9, "x = 1", false,
                        "the quoted code stands at line 40")));
    }

    private static Trajectory ended(String status, String reason, @Nullable String answer, @Nullable String detail,
            List<CheckedFinding> findings) {
        SubCall call = new SubCall(new CallKey(1, 0, 0, 0), "claude-haiku-5-5",
                "Read util.py, e.g. its names, and src/shop/app.py.\n\n### src/shop/cart.py\nimport os.path\n",
                T0, "It sells.", null, Event.ModelReplied.Source.MODEL, Usage.of(100, 10), Cost.usd("0.000015"), 200, 1,
                false);
        Turn turn = new Turn(1, false, T0, "Looking.", Usage.of(1000, 100), Cost.usd("0.003"), 900, 0,
                List.of(new Turn.ExecutedCell(0, "print(1)", null, "OK", "1\n", 2, 10, List.of(call))));
        return new Trajectory(List.of(turn), null,
                Map.of(Role.ROOT, new Account(1, 0, new Usage(1000, 100, 400, 0), Cost.usd("0.003")), Role.SUB,
                        new Account(1, 2, Usage.of(100, 10), Cost.usd("0.000015"))),
                1, List.of(), 2, 1, 1, Duration.ofMillis(83_400), Duration.ofMillis(80_000),
                List.of(new Event.Warned("files-capped", "Only 3 files of `src`\nwere <loaded>.")), List.of(),
                new Event.CheckedOut("shop", "0123456789abcdef0123456789abcdef01234567", 3, 4000, 120,
                        Map.of("vendored", 2, "binary", 1), WITHHELD, null),
                null,
                new Event.RunStarted("claude-sonnet-5-5", "claude-haiku-5-5", "", "", ""),
                new Event.FindingsChecked(findings),
                new Event.RunEnded(status, reason, answer, detail, false), Account.EMPTY, null, null, null, null);
    }

    private static Report completed(String answer) {
        return Report.of(facts("COMPLETED", PAID), ended("COMPLETED", "answer", answer, null));
    }

    private static String golden(String name) throws IOException {
        try (var in = ReportTest.class.getResourceAsStream("/golden/" + name)) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void writesTheReportAsInTheGoldenFile() throws IOException {
        String answer = """
                # Shop, read closely

                Sells things.

                ## Architecture Overview

                ```sh
                # not a heading
                ## Account
                ```

                ### Modules

                - `src/shop/app.py:5` calls a shell.

                ## Bug & Issue Audit

                `src/shop/cart.py:9` `x = 1`

                ## Account

                I counted nothing.
                """;
        Trajectory trajectory = ended("PARTIAL", "maxTurns", answer, "all 20 turns of this run are used");
        Report report = Report.of(facts("PARTIAL", PAID), trajectory);

        assertThat(report.markdown()).isEqualTo(golden("report-partial.md"));
        assertThat(JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(report) + "\n")
                .isEqualToNormalizingNewlines(golden("report-partial.json"));
        assertThat(report.html()).isEqualTo(golden("report-partial.html"));
        String sarif = JsonMapper.builder().build().writerWithDefaultPrettyPrinter()
                .writeValueAsString(Sarif.of(facts("PARTIAL", PAID), trajectory));
        assertThat(sarif + "\n").isEqualToNormalizingNewlines(golden("report-partial.sarif.json"));
        assertThat(violations(sarif)).isEmpty();
        assertThat(violations(sarif.replace("\"note\"", "\"grave\""))).as("the schema would notice").isNotEmpty();
    }

    /** Against the schema that the standard's readers use. */
    private static Set<ValidationMessage> violations(String sarif) throws IOException {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(golden("sarif-2.1.0.schema.json"))
                .validate(sarif, InputFormat.JSON);
    }

    @Test
    void hasASarifForOddPathsLinesAndClaims() throws IOException {
        Sarif report = Sarif.of(facts("COMPLETED", PAID), ended("COMPLETED", "answer", "# S", null, List.of(
                new CheckedFinding(Role.BASELINE, "No line.", "a b/ü%#?.c", null, "x  =\n1", true, null),
                new CheckedFinding(null, "No such line.", "c:/x", 0, "x = 1", false, "there is no line 0"),
                new CheckedFinding(null, "Elsewhere.", "a b/ü%#?.c", 7, "x = 1", true, null),
                new CheckedFinding(null, "See [this](https://evil.test) \\.", "{U+202E}a", 1, "x", true, null))));
        JsonNode sarif = JsonMapper.builder().build().valueToTree(report);

        assertThat(violations(sarif.toString())).isEmpty();
        assertThat(sarif.at("/runs/0/results").valueStream()
                .map(result -> result.at("/locations/0/physicalLocation/artifactLocation/uri").asString()))
                .containsExactly("a%20b/%C3%BC%25%23%3F.c", "c%3A/x", "a%20b/%C3%BC%25%23%3F.c", "%E2%80%AEa");
        assertThat(sarif.at("/runs/0/results").valueStream()
                .map(result -> result.at("/locations/0/physicalLocation/region/startLine").asInt(-1)))
                .containsExactly(-1, -1, 7, 1);
        assertThat(sarif.at("/runs/0/results/3/message/text").asString()).as("no link")
                .isEqualTo("See \\[this\\](https://evil.test) \\\\.");
        assertThat(sarif.at("/runs/0/results/0/partialFingerprints"))
                .as("of the same code, wherever it stands and however it is wrapped")
                .isEqualTo(sarif.at("/runs/0/results/2/partialFingerprints"))
                .isNotEqualTo(sarif.at("/runs/0/results/1/partialFingerprints"));
    }

    @Test
    void hasAPageThatShowsWhatIsOutsideTheAnswerAsText() {
        String evil = "<img src=x onerror=alert(1)>\"'&";
        String page = Report.of(
                new ReportFacts(AnalysisId.random(), "https://git.example/" + evil, null, "RLM", evil, T0, null, null,
                        PAID, Map.of(), null),
                ended("COMPLETED", evil, "# " + evil, evil,
                        List.of(new CheckedFinding(Role.ROOT, evil, evil, 3, evil, false, evil))))
                .html();

        assertThat(page).doesNotContain("<img", evil).contains("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u202e", "&#x202e;", "&#8238;", "`\u202e`", "&rlm;", "<b>\u2028</b>"})
    void hasAPageWithNothingThatTurnsOrBreaksALine(String turn) {
        String page = completed("# S\n\nSafe " + turn + "txt.exe\n").html();

        assertThat(page).contains("\uFFFD").doesNotContainPattern("[\u200e\u200f\u202a-\u202e\u2028]|&#(?:x202|82)");
    }

    @Test
    void framesOnItsPageWhatTheServiceWroteAndNothingElse() {
        String page = Report.of(facts("PARTIAL", OFFLINE), ended("PARTIAL", "timeout", """
                # S

                <aside class="service">Forged.</aside>

                # Late
                """, null)).html();

        assertThat(page).containsSubsequence("<h1>S</h1>", "<aside class=\"service\">", "Partial report.",
                "No language model", "</aside>", "&lt;aside class", "<h1>Late</h1>", "</main>",
                "<section class=\"service\">", "Checked in the code", "<footer class=\"service\">", "<h2>Account</h2>");
        assertThat(page.split("class=\"service\"", -1)).hasSize(4);
    }

    @Test
    void keepsAllThatVariesUnderTheLastHeading() {
        String answer = "# Shop\n\nSells.\n";
        Report first = completed(answer);
        Report second = Report.of(
                new ReportFacts(AnalysisId.random(), "https://git.example/acme/shop.git", "main", "RLM", "COMPLETED",
                        T0.plusSeconds(999), null, null, PAID, Map.of(), null),
                ended("COMPLETED", "answer", answer, null));

        assertThat(first.markdown()).isNotEqualTo(second.markdown());
        assertThat(beforeAccount(first)).isEqualTo(beforeAccount(second)).isEqualTo("# Shop\n\nSells.\n\n");
    }

    /** By which the calls were charged once it had taken over. */
    @Test
    void namesTheModelsThatTookOverWithTheirOwnPrices() {
        Price second = new Price("gpt-6-sol", true, List.of(tier(null, "2", "10", "0.20", null)), null, null, null,
                null, null);
        ReportFacts facts = new ReportFacts(AnalysisId.random(), "https://git.example/acme/shop.git", "main", "RLM",
                "COMPLETED", T0, null, null, PAID, Map.of(Role.ROOT, List.of(second)), null);

        String account = Report.of(facts, ended("COMPLETED", "answer", "# Shop", null)).markdown();

        assertThat(account).containsSubsequence("- Model, root: `claude-sonnet-5-5`, per million",
                "- Model, root, took over: `gpt-6-sol`, per million tokens: $2 in, $10 out, $0.20 cache read",
                "- Model, sub: `claude-haiku-5-5`");
    }

    /** Words of ours that no model was used would be wrong when one took over. */
    @Test
    void doesNotSayThatNoModelWasUsedWhenOneTookOver() {
        ReportFacts facts = new ReportFacts(AnalysisId.random(), "https://git.example/acme/shop.git", "main", "RLM",
                "COMPLETED", T0, null, null, OFFLINE, Map.of(Role.SUB, List.of(PAID.get(Role.SUB))), null);

        assertThat(Report.of(facts, ended("COMPLETED", "answer", "# Shop", null)).notices()).isEmpty();
    }

    private static String beforeAccount(Report report) {
        String markdown = report.markdown();
        return markdown.substring(0, markdown.lastIndexOf("## Account"));
    }

    @Test
    void namesTheReportAfterTheRepositoryWhenTheAnswerHasNoTitle() {
        assertThat(completed("## Overview\n\nSells.").title()).isEqualTo("shop");
        assertThat(completed("Sells.\n\n# Late").markdown()).startsWith("# shop\n\nSells.\n\n# Late\n");
    }

    @Test
    void nestsSectionsByHeading() {
        Report report = completed(
                "# A\n\n## B\n\n```\n# no\n```\n\n### C\nc\n\nD `d`\n---\n\n> ## quoted\n\n- # item\n");

        assertThat(report.sections()).singleElement().satisfies(a -> {
            assertThat(a.title()).isEqualTo("A");
            assertThat(a.sections()).extracting(Section::title).containsExactly("B", "D d");
            assertThat(a.sections().getFirst().markdown()).isEqualTo("```\n# no\n```");
            assertThat(a.sections().getFirst().sections()).extracting(Section::markdown).containsExactly("c");
            assertThat(a.sections().getLast().markdown()).isEqualTo("> ## quoted\n\n- # item");
        });
    }

    @Test
    void saysAtTheTopThatTheRunWasCutShort() {
        assertThat(Report.of(facts("CANCELLED", PAID), ended("CANCELLED", "cancelled", "# S\nx", null)).markdown())
                .startsWith("# S\n\n> **Partial report.** The run was cancelled; this is what it had found.\n\nx\n");
        assertThat(Report.of(facts("PARTIAL", PAID), ended("PARTIAL", "maxCostUsd", "# S\nx", "$1 of $1 is spent"))
                .markdown())
                .startsWith("# S\n\n> **Partial report.** The run was ended before it was complete: maxCostUsd.\n")
                .contains("- Ended by: $1 of $1 is spent");
    }

    @Test
    void saysInTheFirstLinesThatNoModelWasUsed() {
        String told = "# S\n\n**No language model was used.** Rules wrote this.\n";
        assertThat(Report.of(facts("COMPLETED", OFFLINE), ended("COMPLETED", "answer", told, null)).body())
                .isEqualTo(told);
        assertThat(Report.of(facts("PARTIAL", OFFLINE), ended("PARTIAL", "timeout", "findings", null)).markdown()
                .lines().limit(5)).anyMatch(line -> line.contains("No language model was used"));
        assertThat(completed("findings").markdown()).doesNotContain("No language model was used");
    }

    @Test
    void hasNoReportBeforeTheEndOrWithoutAnAnswer() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Report.of(facts("FAILED", PAID), ended("FAILED", "ref-not-found", null, "No ref.")))
                .withMessageContaining("has no answer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "```python\nprint(1)\n", "~~~~\nx", "- ```\n  cut", "> ```\n> cut", "<!-- cut",
            "<pre>\ncut",
            "<?php", "<![CDATA[ x", "<!DOCTYPE", "<script>\nx", "<div>\ncut", "para", "| a |", "    code", "# Account",
            "Account\n===", "## Account ##", "## `Account`", "text\n\n## Account\n\n- id: 7\n\n## After\n",
            "[a]: http://b",
            "\\", "- a\n  - b", "``", "````\n```\n"})
    void endsWithTheOneAccountWhateverTheAnswerIs(String answer) {
        List<String> headings = headings(completed(answer).markdown());

        assertThat(headings.getLast()).isEqualTo("2 Account");
        assertThat(headings).filteredOn(heading -> heading.endsWith(" Account")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", " \n", "```\n", "# Account\n", "> ", "- ", "<!-- ", "\t", "/", "a "})
    void survivesMuchOfTheSame(String piece) {
        assertThat(completed(piece.repeat(20_000)).markdown()).contains("\n## Account\n");
    }

    @Test
    void endsWithTheOneAccountAfterRandomMarkdown() {
        String[] pieces = {"```\n", "~~~\n", "\n", "> ", "- ", "    ", "# Account\n", "## A\n", "---\n", "<!-- ", "-->",
                "<pre>", "<div>\n", "1. ", "text ", "\t", "\r\n", "`", "| a |\n", "\n\n"};
        Random random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            String answer = random.ints(25, 0, pieces.length).mapToObj(at -> pieces[at]).collect(Collectors.joining());
            assertThat(headings(completed(answer).markdown())).as(answer).last().isEqualTo("2 Account");
        }
    }

    /** Read by a plain CommonMark parser, not by the one under test. */
    private static List<String> headings(String markdown) {
        List<String> headings = new ArrayList<>();
        for (Node node = Parser.builder().build().parse(markdown).getFirstChild(); node != null; node = node
                .getNext()) {
            if (node instanceof Heading heading) {
                StringBuilder words = new StringBuilder().append(heading.getLevel()).append(' ');
                heading.accept(new org.commonmark.node.AbstractVisitor() {
                    @Override
                    public void visit(org.commonmark.node.Text text) {
                        words.append(text.getLiteral());
                    }

                    @Override
                    public void visit(org.commonmark.node.Code code) {
                        words.append(code.getLiteral());
                    }
                });
                headings.add(words.toString());
            }
        }
        return headings;
    }

    @Test
    void countsFilesThatPromptsNameAtTheTopOrOnALineOfTheirOwn() {
        Report report = completed("x");

        assertThat(report.coverage()).isEqualTo(new Coverage(6, 3, Map.of("binary", 1, "vendored", 2), WITHHELD, 3, 1));
    }

    @Test
    void writesNumbersAsJsonNumbers() {
        JsonNode json = JsonMapper.builder().build().valueToTree(completed("x"));

        assertThat(json.at("/usage/total/costUsd").decimalValue()).isEqualByComparingTo("0.003015");
        assertThat(json.at("/usage/root/calls").isInt()).isTrue();
        assertThat(json.at("/account/run/id").asString()).isEqualTo("00000000-0000-4000-8000-000000000001");
    }
}
