package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.llm.Tokens;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The modes over real HTTP, real git and a real kernel. The provider counts the tokens of what it gets as a provider
 * does, and every figure is computed here again from what it got.
 */
@Tag("slow")
class ModesIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);

    private static final List<String> TURNS = List.of("print(len(codebase), list(codebase)[:5])",
            "answers = llm_batch([f'Summarise {path}:\\n{codebase[path]}' for path in sorted(codebase)[:10]])\nprint(answers[0])",
            "set_answer('# Explored\\n\\n## Architecture Overview\\n\\nIt plans: `README.md:1` `# Fixture`.\\n\\n## Bug & Issue Audit\\n\\nNone.')");

    private static final String ALONE = """
            # In one call

            ## Architecture Overview

            It starts in `fixture/__main__.py:3` `module_00.plan(1)`, and not in `fixture/__main__.py:1` `import nothing`.
            """;

    @RegisterExtension
    static final Deployment service = Deployment.answering(ModesIT::script);

    @BeforeAll
    static void createRepositories() {
        service.git().create("tiny", Map.of("README.md", "# Tiny\n\nSays hello.\n", "hello.py", "print('hello')\n"));
        Map<String, String> library = new TreeMap<>();
        for (int i = 0; i < 300; i++) {
            library.put("src/part%d/Module%03d.java".formatted(i % 7, i),
                    "package part%d;\n\n/** Part %d. */\nclass Module%03d {\n".formatted(i % 7, i, i)
                            + "    int value = compute(42) + other.get(\"name\");\n".repeat(20 + i % 50) + "}\n");
        }
        service.git().create("library", library);
    }

    @Test
    void baselineIsOneCallWithAllThatFits() {
        JsonNode analysis = run("fixture", Map.of("mode", "BASELINE", "rootModel", "sonnet"));

        assertThat(service.provider().requests()).singleElement().satisfies(request -> {
            assertThat(request.streamed()).isTrue();
            assertThat(request.body().has("tools")).isFalse();
            assertThat(request.lastText()).contains("<file path=\"fixture/module_59.py\">");
        });
        assertThat(analysis.path("models").path("baseline").asString()).isEqualTo("claude-sonnet-5-5");
        assertThat(analysis.path("models").path("root").isNull()).isTrue();
        assertThat(analysis.path("usage").path("baseline").path("calls").asInt()).isEqualTo(1);
        assertThat(analysis.path("usage").path("root").path("calls").asInt()).isZero();
        JsonNode report = report(analysis);
        JsonNode packed = report.path("account").path("packed");
        assertThat(packed.path("files")).hasSize(63);
        assertThat(packed.path("files").path(0).asString()).isEqualTo("fixture/__main__.py");
        assertThat(packed.path("tokens").asLong()).isCloseTo(tokens(service.provider().requests().getFirst()),
                within(tokens(service.provider().requests().getFirst()) / 50));
        assertThat(markdown(analysis)).startsWith("# In one call\n").contains("- Baseline: 63 of 63 files");
    }

    @Test
    void whatTheMoneyDoesNotReachIsNamed() {
        JsonNode analysis = run("library", Map.of("mode", "BASELINE", "rootModel", "sonnet", "maxCostUsd", 0.1));

        assertThat(analysis.path("usage").path("total").path("costUsd").decimalValue())
                .isLessThanOrEqualTo(new BigDecimal("0.1"));
        JsonNode packed = report(analysis).path("account").path("packed");
        assertThat(packed.path("files").size() + packed.path("leftOut").size()).isEqualTo(300);
        assertThat(packed.path("leftOut").size()).isPositive();
        assertThat(packed.path("limit").asString()).isEqualTo("maxCostUsd");
        assertThat(analysis.path("warnings").path(0).path("code").asString()).isEqualTo("baseline-incomplete");
    }

    /** Every number of the table, from what the provider got. */
    @ParameterizedTest
    @CsvSource({"sonnet, opus, 2, 10, 4, 20, claude-sonnet-5-5, claude-opus-5-5",
            "gpt-6-sol, gpt-6-luna, 2, 10, 0.10, 0.50, gpt-6-sol, gpt-6-luna"})
    void compareSetsBothSideBySide(String root, String baseline, BigDecimal rootIn, BigDecimal rootOut,
            BigDecimal baselineIn, BigDecimal baselineOut, String rootName, String baselineName) {
        JsonNode analysis = run("fixture", Map.of("mode", "COMPARE", "rootModel", root, "subModel", "minimax",
                "baselineModel", baseline));

        List<Request> rootCalls = service.provider().requests(rootName);
        List<Request> subCalls = service.provider().requests("minimax/minimax-m2.5");
        List<Request> alone = service.provider().requests(baselineName);
        assertThat(rootCalls).hasSize(3);
        assertThat(subCalls).hasSize(10);
        assertThat(alone).hasSize(1);
        JsonNode sides = report(analysis).path("account").path("comparison");
        BigDecimal explored = cost(rootCalls, rootIn, rootOut)
                .add(cost(subCalls, new BigDecimal("0.20"), new BigDecimal("1.10")));
        assertSide(sides.path("rlm"), explored, Stream.concat(rootCalls.stream(), subCalls.stream()).toList(), 10, 1,
                1);
        assertSide(sides.path("baseline"), cost(alone, baselineIn, baselineOut), alone, 63, 2, 1);
        assertThat(analysis.path("usage").path("total").path("costUsd").decimalValue())
                .isEqualByComparingTo(explored.add(cost(alone, baselineIn, baselineOut)));
        JsonNode took = sides.path("baseline").path("took");
        assertThat(Duration.parse(took.asString())).isBetween(Duration.ofMillis(300), Duration.ofSeconds(20));

        String markdown = markdown(analysis);
        assertThat(markdown).startsWith("# fixture: RLM and baseline side by side\n").containsSubsequence("\n## RLM\n",
                "\n### Architecture Overview\n", "\n### Bug & Issue Audit\n", "\n## Baseline\n",
                "\n### Architecture Overview\n", "\n## Account\n", "| | RLM | Baseline |");
        assertThat(markdown.substring(markdown.indexOf("\n## Account\n"))).contains(
                "| Model | `%s`, `minimax/minimax-m2.5` | `%s` |".formatted(rootName, baselineName),
                "| Cost | $%s | $%s |".formatted(plain(explored), plain(cost(alone, baselineIn, baselineOut))),
                "| Calls | 13 | 1 |", "| Files a model read | 10 | 63 |", "| Places named, that hold | 1, 1 | 2, 1 |");
        assertThat(markdown.substring(0, markdown.indexOf("\n## Account\n"))).doesNotContain("$");
    }

    /** Both reservations at once are more than there is; what both really cost is a tenth of it. */
    @Test
    void aSideWaitsForWhatTheOtherHasOnlySetAside() {
        JsonNode analysis = run("fixture", Map.of("mode", "COMPARE", "rootModel", "sonnet", "subModel", "minimax",
                "baselineModel", "opus", "maxCostUsd", 0.3));

        assertThat(analysis.path("usage").path("root").path("calls").asInt()).isEqualTo(3);
        assertThat(analysis.path("usage").path("baseline").path("calls").asInt()).isEqualTo(1);
        assertThat(analysis.path("usage").path("total").path("costUsd").decimalValue())
                .isLessThanOrEqualTo(new BigDecimal("0.3"));
    }

    @Test
    void noEstimateIsAboveTheBudget() {
        JsonNode estimate = JSON.readTree(service.api().send("POST", "/analyses/estimate",
                json(Map.of("repository", service.url("library"), "rootModel", "sonnet", "maxCostUsd", 0.3))).body());

        assertThat(estimate.path("modes").valueStream().map(mode -> mode.path("costUsd").path("high").decimalValue()))
                .hasSize(4).allSatisfy(high -> assertThat(high).isLessThanOrEqualTo(new BigDecimal("0.3")));
    }

    @Test
    void theOtherSideStandsWhenOneFails() {
        JsonNode analysis = run("fixture", "PARTIAL", Map.of("mode", "COMPARE", "rootModel", "sonnet", "subModel",
                "minimax", "baselineModel", "opus", "focus", "refuse the baseline"));

        assertThat(markdown(analysis)).containsSubsequence("## RLM", "It plans", "## Baseline", "gave no report",
                "## Account", "answered 400");
    }

    @Test
    void comparingNeverUsesTheCache() {
        Map<String, Object> request = Map.of("mode", "COMPARE", "rootModel", "sonnet", "subModel", "minimax",
                "baselineModel", "opus");
        run("fixture", request);
        service.provider().forget();
        run("fixture", request);

        assertThat(service.provider().requests("minimax/minimax-m2.5")).hasSize(10);
    }

    @Test
    void autoTakesTheBaselineWhenAllFits() {
        JsonNode analysis = run("fixture", Map.of("mode", "AUTO", "rootModel", "sonnet", "subModel", "minimax"));

        assertThat(service.provider().requests()).hasSize(1);
        JsonNode choice = analysis.path("choice");
        assertThat(choice.path("mode").asString()).isEqualTo("BASELINE");
        assertThat(choice.path("reason").asString()).contains("all 63 files fit one call of claude-sonnet-5-5");
        assertThat(choice.path("otherEstimatedCostUsd").path("high").decimalValue())
                .isGreaterThan(choice.path("otherEstimatedCostUsd").path("low").decimalValue());
        assertThat(analysis.path("usage").path("total").path("costUsd").decimalValue()).isBetween(
                choice.path("estimatedCostUsd").path("low").decimalValue(),
                choice.path("estimatedCostUsd").path("high").decimalValue());
        assertThat(markdown(analysis)).contains("- Mode: AUTO, which chose BASELINE because all 63 files fit");
    }

    @Test
    void autoExploresWhenItDoesNotFit() {
        JsonNode analysis = run("library", Map.of("mode", "AUTO", "rootModel", "gpt-6-sol", "subModel", "minimax",
                "maxTokens", 150_000));

        assertThat(analysis.path("choice").path("mode").asString()).isEqualTo("RLM");
        assertThat(analysis.path("choice").path("reason").asString()).contains("do not fit", "maxTokens");
        assertThat(analysis.path("usage").path("root").path("calls").asInt()).isEqualTo(3);
        assertThat(analysis.path("usage").path("baseline").path("calls").asInt()).isZero();
    }

    /** An estimate of each repository, then what runs really cost. */
    @ParameterizedTest
    @ValueSource(strings = {"tiny", "fixture", "library"})
    void runsCostWhatWasEstimated(String repository) {
        Map<String, Object> models = Map.of("repository", service.url(repository), "rootModel", "sonnet", "subModel",
                "minimax", "baselineModel", "opus", "cache", false);
        JsonNode estimate = JSON.readTree(
                service.api().send("POST", "/analyses/estimate", json(models)).body());
        assertThat(service.provider().requests()).as("an estimate buys nothing").isEmpty();

        for (String mode : List.of("RLM", "BASELINE", "COMPARE", "AUTO")) {
            Map<String, Object> request = new HashMap<>(models);
            request.put("mode", mode);
            BigDecimal cost = run(repository, request).path("usage").path("total").path("costUsd").decimalValue();
            JsonNode range = estimate.path("modes").path(mode).path("costUsd");
            assertThat(cost).as(mode + " of " + repository + " in " + range)
                    .isBetween(range.path("low").decimalValue(), range.path("high").decimalValue());
            assertThat(estimate.path("modes").path(mode).path("basis").size()).isPositive();
        }
        assertThat(estimate.path("files").asInt()).isEqualTo(Map.of("tiny", 2, "fixture", 63, "library", 300)
                .get(repository));
        assertThat(estimate.path("choice").path("mode").asString()).isEqualTo("BASELINE");
        assertThat(estimate.path("windows").valueStream().filter(row -> row.path("model").asString("")
                .equals("qwen/qwen-2.5-coder-32b-instruct")).findFirst().orElseThrow().path("fits").asBoolean())
                .isEqualTo(repository.equals("tiny"));
    }

    @ParameterizedTest
    @CsvSource({"nothing, , 422, repository-not-found-or-private", "fixture, none, 422, ref-not-found"})
    void anEstimateOfWhatCannotBeFetchedIsAProblem(String repository, String ref, int status, String code) {
        Map<String, Object> request = new LinkedHashMap<>(Map.of("repository", service.url(repository)));
        if (ref != null) {
            request.put("ref", ref);
        }
        var answer = service.api().send("POST", "/analyses/estimate", json(request));

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
    }

    private static Answer script(Request request) {
        long input = tokens(request);
        if (request.lastText().contains("refuse the baseline") && !request.body().has("tools")) {
            return Answer.error(400);
        }
        if (request.lastText().contains("Now write the report")) {
            return Answer.text(ALONE).tokens(input, Tokens.count(ALONE), 0, 0).after(Duration.ofMillis(300));
        }
        if (request.model().startsWith("minimax/")) {
            return Answer.text("It plans.").tokens(input, 4, 0, 0);
        }
        String code = TURNS.get(request.turnsSoFar());
        return Answer.code(code).tokens(input, Tokens.count(code) + 30, 0, 0);
    }

    /** As a provider would count them: all texts of system prompt, messages and tools, in the vocabulary of the one we know. */
    private static long tokens(Request request) {
        return tokens(request.body().path("system")) + tokens(request.body().path("messages"))
                + tokens(request.body().path("tools"));
    }

    private static long tokens(JsonNode node) {
        return node.isString()
                ? Tokens.count(node.asString())
                : node.valueStream().mapToLong(ModesIT::tokens).sum();
    }

    private static BigDecimal cost(List<Request> requests, BigDecimal in, BigDecimal out) {
        return requests.stream().map(request -> {
            Answer answer = script(request);
            return in.multiply(BigDecimal.valueOf(answer.inputTokens()))
                    .add(out.multiply(BigDecimal.valueOf(answer.outputTokens()))).divide(MILLION);
        }).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    private static void assertSide(JsonNode side, BigDecimal cost, List<Request> requests, int files, int places,
            int hold) {
        assertThat(side.path("costUsd").decimalValue()).isEqualByComparingTo(cost);
        assertThat(side.path("calls").asInt()).isEqualTo(requests.size());
        assertThat(side.path("inputTokens").asLong())
                .isEqualTo(requests.stream().mapToLong(request -> script(request).inputTokens()).sum());
        assertThat(side.path("outputTokens").asLong())
                .isEqualTo(requests.stream().mapToLong(request -> script(request).outputTokens()).sum());
        assertThat(side.path("filesSeen").asInt()).isEqualTo(files);
        assertThat(side.path("places").asInt()).isEqualTo(places);
        assertThat(side.path("hold").asInt()).isEqualTo(hold);
    }

    private static JsonNode run(String repository, Map<String, Object> request) {
        return run(repository, "COMPLETED", request);
    }

    private static JsonNode run(String repository, String status, Map<String, Object> request) {
        Map<String, Object> body = new HashMap<>(request);
        body.put("repository", service.url(repository));
        JsonNode analysis = service.api().await(service.api().submit(body), Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo(status);
        return analysis;
    }

    private static JsonNode report(JsonNode analysis) {
        return JSON.readTree(
                service.api().get("/analyses/" + analysis.path("id").asString() + "/report", "application/json"));
    }

    private static String markdown(JsonNode analysis) {
        return service.api().get("/analyses/" + analysis.path("id").asString() + "/report", "text/markdown");
    }

    private static String plain(BigDecimal usd) {
        return usd.stripTrailingZeros().toPlainString();
    }

    private static String json(Map<String, Object> body) {
        return JSON.writeValueAsString(body);
    }
}
