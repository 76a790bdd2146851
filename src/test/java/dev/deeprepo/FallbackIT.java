package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/**
 * One run whose root goes from Claude, out of its rate limit, to GPT, and when that is down to another Claude; whose sub
 * model changes twice as well, between both wire formats; and whose service is killed while GPT thinks.
 */
class FallbackIT {

    private static final String SONNET = "claude-sonnet-5-5";
    private static final String SOL = "gpt-6-sol";
    private static final String OPUS = "claude-opus-5-5";
    private static final String MINIMAX = "minimax/minimax-m2.5";
    private static final String HAIKU = "claude-haiku-5-5";
    private static final String LUNA = "gpt-6-luna";
    private static final String SIGNATURE = "signature-of-sonnet";

    @RegisterExtension
    static final Deployment service = Deployment.answering(FallbackIT::script)
            .with(Map.of("DEEPREPO_RETRY_RATE_LIMIT_MIN_DELAY", "1ms", "DEEPREPO_RETRY_RATE_LIMIT_MAX_DELAY", "1ms",
                    "DEEPREPO_RETRY_TRANSIENT_BASE_DELAY", "1ms"));

    private static volatile boolean killed;
    private static List<Request> before = List.of();
    private static List<Request> after = List.of();
    private static JsonNode analysis;
    private static String id;

    /** Turn 1 is Sonnet's, who is then over its limit; GPT plays 2 and 3, is killed in 3 and down in 4, which is Opus's. */
    private static Answer script(Request request) {
        int turn = request.turnsSoFar() + 1;
        return switch (request.model()) {
            case SONNET -> turn == 1 ? asks("first").thinking(SIGNATURE) : Answer.error(429);
            case SOL -> switch (turn) {
                case 2 -> asks("second");
                case 3 -> killed ? asks("third") : asks("third").after(Duration.ofSeconds(30));
                default -> Answer.error(503);
            };
            case OPUS -> Answer.code("set_answer('# Found\\n\\n' + said)");
            case MINIMAX -> request.lastText().equals("first") ? Answer.text("minimax") : Answer.error(429);
            case HAIKU -> request.lastText().equals("second") ? Answer.text("haiku") : Answer.error(503);
            case LUNA -> Answer.text("luna");
            default -> throw new AssertionError(request);
        };
    }

    private static Answer asks(String prompt) {
        return Answer.code("said = globals().get('said', '') + ' ' + llm_query('%s')\nprint(said)".formatted(prompt));
    }

    @BeforeAll
    static void run() {
        id = service.api().submit(Map.of("repository", service.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "cache", false, "fallbackModels",
                Map.of("root", List.of(SOL, "opus"), "sub", List.of("haiku", LUNA))));
        Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20))
                .until(() -> service.provider().requests(SOL).size() == 2);
        service.kill();
        killed = true;
        before = service.provider().requests();
        service.provider().forget();
        service.start();
        analysis = service.api().await(id, Duration.ofSeconds(60));
        after = service.provider().requests();
    }

    @Test
    void theReportIsThereAndSaysWhoTookOver() {
        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo("COMPLETED");
        assertThat(analysis.path("attempt").asInt()).isEqualTo(2);
        String report = service.api().get("/analyses/" + id + "/report", "text/markdown");
        assertThat(report).contains("# Found\n\n minimax haiku luna", SOL, OPUS, HAIKU, LUNA, "took over");
        assertThat(analysis.path("warnings").valueStream().map(warning -> warning.path("code").asString()).toList())
                .containsExactlyInAnyOrder("model-fell-back", "model-fell-back", "model-fell-back", "model-fell-back",
                        "call-uncertain");
        assertThat(analysis.path("warnings").valueStream().map(warning -> warning.path("detail").asString()).toList())
                .anySatisfy(detail -> assertThat(detail).contains("root", SONNET, "429", SOL + " took over"))
                .anySatisfy(detail -> assertThat(detail).contains("root", SOL, "503", OPUS + " took over"))
                .anySatisfy(detail -> assertThat(detail).contains("sub", MINIMAX, "429", HAIKU + " took over"))
                .anySatisfy(detail -> assertThat(detail).contains("sub", HAIKU, "503", LUNA + " took over"));
    }

    @Test
    void eventsAndTrajectoryTellOfEachChange() {
        assertThat(service.api().events(id, 0)).filteredOn(event -> event.name().equals("model-fell-back"))
                .extracting(event -> fallback(event.data())).isEqualTo(service.api()
                        .get("/analyses/" + id + "/trajectory").path("fallbacks").valueStream()
                        .map(FallbackIT::fallback).toList())
                .containsExactly(List.of("ROOT", SONNET, SOL), List.of("SUB", MINIMAX, HAIKU),
                        List.of("SUB", HAIKU, LUNA), List.of("ROOT", SOL, OPUS));
    }

    private static List<String> fallback(JsonNode event) {
        return List.of(event.path("role").asString(), event.path("from").asString(), event.path("to").asString());
    }

    /** What Claude thought is for nobody but the very model: it gets it back unchanged, others not at all. */
    @Test
    void thinkingStaysWithTheModelThatThought() {
        assertThat(before.stream().filter(request -> request.model().equals(SONNET)).skip(1)).hasSize(6)
                .allSatisfy(request -> {
                    JsonNode block = request.body().path("messages").path(1).path("content").path(0);
                    assertThat(block.path("type").asString()).isEqualTo("thinking");
                    assertThat(block.path("signature").asString()).isEqualTo(SIGNATURE);
                });
        assertThat(before).filteredOn(request -> request.model().equals(SOL)).hasSize(2).allSatisfy(this::knowsTurn1);
        assertThat(after).filteredOn(request -> request.model().equals(SOL) || request.model().equals(OPUS))
                .extracting(Request::model).containsExactly(SOL, SOL, SOL, SOL, SOL, OPUS);
        assertThat(after).filteredOn(request -> request.model().equals(SOL) || request.model().equals(OPUS))
                .allSatisfy(this::knowsTurn1);
    }

    private void knowsTurn1(Request request) {
        assertThat(request.body().toString()).contains("llm_query('first')").doesNotContain(SIGNATURE, "let me see…");
        assertThat(request.anthropic()).isEqualTo(request.model().equals(OPUS));
        assertThat(request.authorization())
                .isEqualTo(request.anthropic() ? Fixtures.ANTHROPIC_KEY : "Bearer " + Fixtures.OPENAI_KEY);
    }

    /** After the kill nobody asks those that had been given up, and what was paid is not asked again. */
    @Test
    void theResumedRunGoesOnWithTheModelThatHadTakenOver() {
        assertThat(before).extracting(Request::model).containsOnly(SONNET, MINIMAX, SOL, HAIKU);
        assertThat(after).extracting(Request::model).containsOnly(SOL, HAIKU, LUNA, OPUS);
        assertThat(after).filteredOn(request -> request.model().equals(HAIKU)).hasSize(4).extracting(Request::lastText)
                .containsOnly("third");
        assertThat(after.getFirst()).extracting(Request::model, Request::turnsSoFar).isEqualTo(tuple(SOL, 2).toList());
        assertThat(after.getFirst().body().path("messages").equals(before.getLast().body().path("messages")))
                .as("the question that was cut off is asked again").isTrue();
    }

    /** 1 000 tokens in and 100 out for each turn, 100 and 10 for each sub-call, each at its own model's price. */
    @Test
    void eachModelIsPaidItsOwnPrice() {
        Map<String, BigDecimal> costs = new TreeMap<>();
        service.api().get("/actuator/costs").path("byModel").properties()
                .forEach(model -> costs.put(model.getKey(), model.getValue().path("costUsd").decimalValue()));
        assertThat(costs).usingComparatorForType(BigDecimal::compareTo, BigDecimal.class)
                .usingRecursiveComparison().isEqualTo(new TreeMap<>(Map.of(SONNET, new BigDecimal("0.003"), SOL,
                        new BigDecimal("0.006"), OPUS, new BigDecimal("0.006"), MINIMAX, new BigDecimal("0.000031"),
                        HAIKU, new BigDecimal("0.000015"), LUNA, new BigDecimal("0.000015"))));
        assertThat(analysis.path("usage").path("root").path("costUsd").decimalValue()).isEqualByComparingTo("0.015");
        assertThat(analysis.path("usage").path("sub").path("costUsd").decimalValue()).isEqualByComparingTo("0.000061");
        assertThat(analysis.path("usage").path("total").path("calls").asInt()).isEqualTo(7);
        JsonNode retries = service.api().get("/actuator/retries");
        assertThat(retries.path("byModel").properties().stream().filter(
                model -> model.getValue().path("failedAttempts").asInt() > 0))
                .extracting(Map.Entry::getKey, model -> model.getValue().path("retries").asInt(),
                        model -> model.getValue().path("givenUp").asInt())
                .containsExactlyInAnyOrder(tuple(SONNET, 5, 1), tuple(MINIMAX, 5, 1), tuple(SOL, 3, 1),
                        tuple(HAIKU, 3, 1));
        assertThat(analysis.path("retries").asInt()).isEqualTo(16);
    }
}
