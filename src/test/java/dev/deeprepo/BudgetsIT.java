package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.llm.Tokens;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What runs cost, to the cent and beyond, and how they end when the money does. */
class BudgetsIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String REPORT = "## Architecture Overview\n\nIt begins in `fixture/__main__.py:3` `module_00.plan(1)`.";

    private static final String WAIT = "what takes a while?";

    @RegisterExtension
    static final Deployment service = Deployment.answering(BudgetsIT::script);
    /** Whether replies take all the tokens that they may have, at the dearest rate. */
    private static volatile boolean greedy;
    /** The length of the prompt that the root hands to the sub model. */
    private static volatile int words;

    @BeforeAll
    static void createRepositories() {
        Map<String, String> library = new TreeMap<>();
        for (int i = 0; i < 2_000; i++) {
            library.put("src/part%d/deep%d/Module%04d.java".formatted(i % 7, i % 13, i),
                    "class Module%04d {}\n".formatted(i));
        }
        service.git().create("wide", library);
    }

    @BeforeEach
    void reset() {
        greedy = false;
        words = 6_000;
    }

    /** Also where the file tree alone is worth more than the budget. */
    @ParameterizedTest
    @ValueSource(strings = {"fixture", "wide"})
    void fiveCentsAndTheDearestModelEndWithAReport(String repository) {
        greedy = true;
        JsonNode analysis = run(repository, "PARTIAL", Map.of("rootModel", "opus", "maxCostUsd", 0.05));

        BigDecimal cost = analysis.path("usage").path("total").path("costUsd").decimalValue();
        assertThat(cost).isLessThanOrEqualTo(new BigDecimal("0.05")).isPositive();
        assertThat(analysis.path("warnings").path(0).path("code").asString()).isEqualTo("ended-early");
        assertThat(analysis.path("warnings").path(0).path("detail").asString())
                .startsWith("maxCostUsd: a call of up to $");
        assertThat(report(analysis, "text/markdown")).contains("It begins in `fixture/__main__.py:3`", "maxCostUsd");
        // Prompt written to the cache, answer of full length: what the provider might have charged is within the budget.
        BigDecimal most = service.provider().requests().stream()
                .map(request -> new BigDecimal("5").multiply(BigDecimal.valueOf(tokens(request.body())))
                        .add(new BigDecimal("20")
                                .multiply(BigDecimal.valueOf(request.body().path("max_tokens").asInt()))))
                .reduce(BigDecimal.ZERO, BigDecimal::add).movePointLeft(6);
        assertThat(most).isLessThanOrEqualTo(new BigDecimal("0.05"));
    }

    /** Each price by hand: cached, long, unknown, reported; the sum of all runs at the actuator. */
    @Test
    void costsAreThoseOfThePriceList() {
        BigDecimal before = service.api().get("/actuator/costs").path("total").path("costUsd").decimalValue();
        BigDecimal all = BigDecimal.ZERO;
        for (Map.Entry<String, String> sub : Map.of(
                // 120 000 tokens of prompt, more than 100 000: 50 000 x 0.50 + 60 000 x 0.05 + 10 000 x 0.625 + 900 x 2.50
                "claude-haiku-5-5", "0.0365",
                // 1 000 x $1 + 200 x $1
                "some/unheard-of", "0.0012",
                // as it says itself, whatever the list says
                "minimax/minimax-m2.5", "0.00123456789",
                // 300 000 tokens, more than 272 000: 100 000 x 0.20 + 200 000 x 0.02 + 10 x 0.75
                "gpt-6-luna", "0.0240075").entrySet()) {
            words = switch (sub.getKey()) {
                case "claude-haiku-5-5" -> 130_000;
                case "gpt-6-luna" -> 310_000;
                default -> 6_000;
            };
            JsonNode analysis = run("fixture", "COMPLETED", Map.of("rootModel", "sonnet", "subModel", sub.getKey()));

            JsonNode usage = analysis.path("usage");
            assertThat(usage.path("sub").path("costUsd").decimalValue()).as(sub.getKey())
                    .isEqualByComparingTo(sub.getValue());
            // 1 000 fresh x 2 + 8 000 read x 0.10 + 3 000 written x 2.50 + 500 x 10, twice
            assertThat(usage.path("root").path("costUsd").decimalValue()).isEqualByComparingTo("0.0306");
            assertThat(usage.path("total").path("costUsd").decimalValue())
                    .isEqualByComparingTo(new BigDecimal("0.0306").add(new BigDecimal(sub.getValue())));
            assertThat(analysis.path("warnings").valueStream().map(warning -> warning.path("code").asString()).toList())
                    .isEqualTo(sub.getKey().startsWith("some/") ? List.of("price-unknown") : List.of());
            all = all.add(usage.path("total").path("costUsd").decimalValue());
            assertThat(service.api().get("/actuator/costs/" + analysis.path("id").asString()).path("total")
                    .path("costUsd").decimalValue())
                    .isEqualByComparingTo(usage.path("total").path("costUsd").decimalValue());
        }
        assertThat(service.api().get("/actuator/costs").path("total").path("costUsd").decimalValue().subtract(before))
                .isEqualByComparingTo(all);
    }

    @Test
    void bothSidesOfAComparisonCostWhatTheListSays() {
        JsonNode analysis = run("fixture", "COMPLETED", Map.of("mode", "COMPARE", "rootModel", "sonnet", "subModel",
                "minimax", "baselineModel", "opus"));

        JsonNode usage = analysis.path("usage");
        assertThat(usage.path("root").path("costUsd").decimalValue()).isEqualByComparingTo("0.0306");
        assertThat(usage.path("sub").path("costUsd").decimalValue()).isEqualByComparingTo("0.00123456789");
        // 2 000 fresh x 4 + 4 000 read x 0.20 + 1 000 written x 5 + 300 x 20
        assertThat(usage.path("baseline").path("costUsd").decimalValue()).isEqualByComparingTo("0.0198");
        JsonNode sides = JSON.readTree(report(analysis, "application/json")).path("account").path("comparison");
        assertThat(sides.path("rlm").path("costUsd").decimalValue()).isEqualByComparingTo("0.03183456789");
        assertThat(sides.path("baseline").path("costUsd").decimalValue()).isEqualByComparingTo("0.0198");
    }

    @Test
    void runsOutOfTurnsAndOutOfTimeEndWithTheReportOfTheLastCall() {
        String slow = submit("fixture", Map.of("rootModel", "sonnet", "subModel", "minimax", "focus", "Take your time",
                "timeout", "PT8S"));
        JsonNode turns = run("fixture", "PARTIAL",
                Map.of("rootModel", "sonnet", "subModel", "minimax", "focus", "Never be done", "maxTurns", 2));

        assertEndedEarly(turns, "maxTurns", "all 2 turns are used");
        assertThat(turns.path("usage").path("root").path("calls").asInt()).as("two turns and the last call")
                .isEqualTo(3);
        assertThat(turns.path("budget").path("remaining").path("turns").asInt()).isZero();

        JsonNode time = service.api().await(slow, Duration.ofSeconds(30));
        assertThat(time.path("status").asString()).as(() -> time + service.log()).isEqualTo("PARTIAL");
        assertEndedEarly(time, "timeout", "the running time of PT8S is used up");
        assertThat(time.path("usage").path("root").path("calls").asInt()).isEqualTo(2);
    }

    private static void assertEndedEarly(JsonNode analysis, String limit, String detail) {
        assertThat(analysis.path("warnings").valueStream().toList()).filteredOn(
                warning -> warning.path("code").asString().equals("ended-early")).singleElement()
                .satisfies(warning -> assertThat(warning.path("detail").asString()).isEqualTo(limit + ": " + detail));
        assertThat(report(analysis, "text/markdown")).contains("It begins in `fixture/__main__.py:3`", detail);
        JsonNode ended = service.api().get("/analyses/" + analysis.path("id").asString() + "/trajectory").path("ended");
        assertThat(ended.path("reason").asString()).isEqualTo(limit);
        assertThat(ended.path("answer").asString()).isEqualTo(REPORT);
    }

    /** A sub-call fails once and is cancelled under way: nobody knows whether its second attempt was paid. */
    @Test
    void whatAnUncertainCallMayHaveCostIsNotLeftAndADeletedAnalysisLeavesItsSumsBehind() {
        String id = submit("fixture", Map.of("rootModel", "sonnet", "subModel", "minimax", "focus", "Take your time"));
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> service.provider().requests().stream()
                .filter(request -> request.lastText().endsWith(WAIT)).count() == 2);
        assertThat(service.api().send("POST", "/analyses/" + id + "/cancel", "").statusCode()).isEqualTo(202);
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(5));

        assertThat(analysis.path("status").asString()).isEqualTo("CANCELLED");
        assertThat(analysis.path("retries").asInt()).isEqualTo(1);
        BigDecimal spent = analysis.path("usage").path("total").path("costUsd").decimalValue();
        assertThat(spent).isEqualByComparingTo("0.0153");
        BigDecimal setAside = service.api().events(id, 0).stream().filter(event -> event.name().equals("model-asked"))
                .map(Api.StreamEvent::data).filter(asked -> asked.path("model").asString().startsWith("minimax/"))
                .map(asked -> asked.path("reserved").decimalValue()).reduce(BigDecimal.ZERO, BigDecimal::add);
        assertThat(setAside).as("4 096 tokens at 1.10, and the prompt")
                .isBetween(new BigDecimal("0.0045056"), new BigDecimal("0.006"));
        assertThat(analysis.path("budget").path("remaining").path("costUsd").decimalValue())
                .isEqualByComparingTo(new BigDecimal("5").subtract(spent).subtract(setAside));

        JsonNode costs = service.api().get("/actuator/costs");
        JsonNode retries = service.api().get("/actuator/retries");
        assertThat(costs.path("byModel").path("claude-sonnet-5-5").path("costUsd").decimalValue())
                .isGreaterThanOrEqualTo(spent);
        assertThat(retries.path("byModel").path("minimax/minimax-m2.5").path("retries").asInt()).isPositive();
        assertThat(service.api().send("DELETE", "/analyses/" + id, "").statusCode()).isEqualTo(204);
        assertThat(service.api().send("GET", "/analyses/" + id, "").statusCode()).isEqualTo(404);
        assertThat(service.api().get("/actuator/costs").toString()).isEqualTo(costs.toString());
        assertThat(service.api().get("/actuator/retries").toString()).isEqualTo(retries.toString());
    }

    private static Answer script(Request request) {
        String model = request.model();
        boolean last = request.lastText().contains("Now write the report");
        String task = request.body().path("messages").path(0).toString();
        if (task.contains("Never be done")) {
            return last ? Answer.text(REPORT) : Answer.code("print('looked')");
        }
        if (task.contains("Take your time")) {
            return (last ? Answer.text(REPORT) : Answer.code("llm_query('%s')".formatted(WAIT))).tokens(1_000, 500,
                    8_000, 3_000);
        }
        if (request.lastText().endsWith(WAIT)) {
            boolean first = service.provider().requests().stream().filter(it -> it.lastText().endsWith(WAIT))
                    .count() == 1;
            return first ? Answer.error(503) : Answer.text("at last").after(Duration.ofSeconds(30));
        }
        if (greedy) {
            long prompt = tokens(request.body());
            Answer answer = last ? Answer.text(REPORT) : Answer.code("print(file_tree[:200])");
            return answer.tokens(0, request.body().path("max_tokens").asInt(), 0, prompt);
        }
        return switch (model) {
            case "claude-opus-5-5" -> Answer.text(REPORT).tokens(2_000, 300, 4_000, 1_000);
            case "claude-haiku-5-5" -> Answer.text("plans").tokens(50_000, 900, 60_000, 10_000);
            case "some/unheard-of" -> Answer.text("plans").tokens(1_000, 200, 0, 0);
            case "gpt-6-luna" -> Answer.text("plans").tokens(100_000, 10, 200_000, 0);
            case "minimax/minimax-m2.5" -> Answer.error(200, """
                    {"id": "1", "choices": [{"finish_reason": "stop", "message": {"content": "plans"}}],
                    "usage": {"prompt_tokens": 5000, "completion_tokens": 40, "cost": 0.00123456789}}""");
            default -> Answer.code(request.turnsSoFar() == 0
                    ? "print(llm_query('word ' * %d))".formatted(words)
                    : "set_answer('''%s''')".formatted(REPORT)).tokens(1_000, 500, 8_000, 3_000);
        };
    }

    private static long tokens(JsonNode node) {
        return node.isString() ? Tokens.count(node.asString()) : node.valueStream().mapToLong(BudgetsIT::tokens).sum();
    }

    private static String submit(String repository, Map<String, Object> request) {
        Map<String, Object> body = new HashMap<>(request);
        body.put("repository", service.url(repository));
        body.put("cache", false);
        return service.api().submit(body);
    }

    private static JsonNode run(String repository, String status, Map<String, Object> request) {
        JsonNode analysis = service.api().await(submit(repository, request), Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo(status);
        return analysis;
    }

    private static String report(JsonNode analysis, String type) {
        return service.api().get("/analyses/" + analysis.path("id").asString() + "/report", type);
    }
}
