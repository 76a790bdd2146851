package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/**
 * Rate limits and outages in all roles, calls given up, cache hits: the same figures everywhere, those of the provider
 * that served them; and after a restart still.
 */
@Tag("slow")
class FiguresIT {

    private static final Map<String, String> MODELS = Map.of("root", "claude-sonnet-5-5", "sub",
            "minimax/minimax-m2.5", "baseline", "gpt-6-sol");
    private static final List<String> COUNTS = List.of("calls", "cacheHits", "inputTokens", "outputTokens",
            "cacheReadTokens", "cacheWriteTokens");
    private static final int PROMPTS = 12;

    /** What the provider did, which is where the truth comes from. */
    record Served(String model, Answer answer) {

        boolean failed() {
            return answer.status() > 299;
        }
    }

    private static final Queue<Served> SERVED = new ConcurrentLinkedQueue<>();
    private static final Map<String, AtomicInteger> ATTEMPTS = new ConcurrentHashMap<>();

    @RegisterExtension
    static final Deployment service = Deployment.answering(FiguresIT::serve).with(Map.of("LLM_RETRY_MIN_DELAY",
            "0.001", "LLM_RETRY_MAX_DELAY", "0.02", "DEEPREPO_RETRY_TRANSIENT_BASE_DELAY", "1ms"));

    @Test
    void areTheSameEverywhere() throws IOException {
        Api api = service.api();
        Map<String, Object> request = Map.of("repository", service.url("fixture"), "rootModel", "sonnet",
                "subModel", "minimax", "focus", "storm");
        List<JsonNode> analyses = new ArrayList<>();
        analyses.add(run(api, "COMPLETED", request));
        analyses.add(run(api, "COMPLETED", request));
        analyses.add(run(api, "FAILED", Map.of("repository", service.url("fixture"), "rootModel", "sonnet",
                "subModel", "minimax", "focus", "hopeless")));
        analyses.add(run(api, "COMPLETED",
                Map.of("repository", service.url("fixture"), "mode", "BASELINE", "rootModel", "gpt-6-sol")));
        JsonNode costs = api.get("/actuator/costs");
        JsonNode retries = api.get("/actuator/retries");
        Exposition meters = new Exposition(api.get("/actuator/prometheus", "text/plain"));
        Files.writeString(Path.of("target/prometheus.txt"), meters.text()); // for promtool

        // Of 12 prompts two are refused and two meet an outage, in both runs; the first turn of one run is hopeless.
        assertRole("root", 1, analyses, costs, retries, meters);
        assertRole("sub", 8, analyses, costs, retries, meters);
        assertRole("baseline", 0, analyses, costs, retries, meters);
        assertTotals(api, analyses, costs, retries, meters);
        service.stop();
        service.start();

        assertThat(service.api().get("/actuator/costs")).isEqualTo(costs);
        assertThat(service.api().get("/actuator/retries")).isEqualTo(retries);
    }

    private void assertRole(String role, int givenUp, List<JsonNode> analyses, JsonNode costs, JsonNode retries,
            Exposition meters) {
        List<Served> all = SERVED.stream().filter(one -> one.model().equals(MODELS.get(role))).toList();
        List<Answer> answered = all.stream().filter(one -> !one.failed()).map(Served::answer).toList();
        long failed = all.size() - answered.size();
        assertThat(failed).as("failures of the %s", role).isGreaterThan(givenUp);
        String label = "role=\"" + role + "\"";

        JsonNode line = retries.path("byRole").path(role);
        assertThat(line.path("attempts").asLong()).isEqualTo(all.size());
        assertThat(line.path("failedAttempts").asLong()).isEqualTo(failed);
        assertThat(line.path("givenUp").asLong()).isEqualTo(givenUp);
        assertThat(line.path("retries").asLong()).isEqualTo(failed - givenUp);
        assertThat(retries.path("byModel").path(MODELS.get(role))).isEqualTo(line);
        assertThat(meters.sum("deeprepo_llm_retries_total", label)).isEqualTo(failed);
        assertThat(meters.sum("deeprepo_llm_retries_total", label, "kind=\"given_up\"")).isEqualTo(givenUp);
        assertThat(meters.sum("deeprepo_llm_calls_total", label, "outcome=\"given_up\"")).isEqualTo(givenUp);
        assertThat(meters.sum("deeprepo_llm_retry_wait_seconds_sum", label) * 1000)
                .isCloseTo(line.path("waitMillis").asLong(), within(0.001));

        JsonNode account = costs.path("byRole").path(role);
        Map<String, Long> truth = Map.of("calls", (long) answered.size(), "inputTokens",
                sum(answered, answer -> answer.inputTokens() + answer.cacheReadTokens() + answer.cacheWriteTokens()),
                "outputTokens", sum(answered, Answer::outputTokens), "cacheReadTokens",
                sum(answered, Answer::cacheReadTokens), "cacheWriteTokens", sum(answered, Answer::cacheWriteTokens));
        truth.forEach((count, value) -> assertThat(account.path(count).asLong()).as(count).isEqualTo(value));
        COUNTS.forEach(count -> assertThat(analyses.stream()
                .mapToLong(analysis -> analysis.path("usage").path(role).path(count).asLong()).sum()).as(count)
                .isEqualTo(account.path(count).asLong()));
        assertThat(meters.sum("deeprepo_llm_calls_total", label, "outcome=\"answered\"")).isEqualTo(answered.size());
        assertThat(meters.sum("deeprepo_llm_calls_total", label, "outcome=\"cache\""))
                .isEqualTo(account.path("cacheHits").asInt());
        Map.of("input", "inputTokens", "output", "outputTokens", "cache_read", "cacheReadTokens", "cache_creation",
                "cacheWriteTokens")
                .forEach((type, count) -> assertThat(meters.sum("gen_ai_client_token_usage_tokens_sum", label,
                        "gen_ai_token_type=\"" + type + "\"")).as(type).isEqualTo(account.path(count).asLong()));
        assertThat(meters.sum("deeprepo_llm_cost_usd_total", label))
                .isCloseTo(account.path("costUsd").asDouble(), within(1e-9));
    }

    private void assertTotals(Api api, List<JsonNode> analyses, JsonNode costs, JsonNode retries, Exposition meters) {
        assertThat(costs.path("byRole").path("sub").path("cacheHits").asInt()).as("the second run buys nothing twice")
                .isEqualTo(PROMPTS - 4);
        assertThat(retries.path("total").path("attempts").asLong()).isEqualTo(SERVED.size());
        assertThat(retries.path("byReason").propertyNames()).containsExactly("permanent", "rate_limited",
                "transient");
        for (String reason : retries.path("byReason").propertyNames()) {
            JsonNode line = retries.path("byReason").path(reason);
            assertThat(line.path("retries").asLong())
                    .isEqualTo(line.path("failedAttempts").asLong() - line.path("givenUp").asLong())
                    .isEqualTo((long) meters.sum("deeprepo_llm_retries_total", "reason=\"" + reason + "\"",
                            "kind=\"retry\""));
        }
        assertThat(analyses.stream().mapToLong(analysis -> analysis.path("retries").asLong()).sum())
                .isEqualTo(retries.path("total").path("retries").asLong());
        for (JsonNode analysis : analyses) {
            String id = analysis.path("id").asString();
            JsonNode usage = analysis.path("usage").path("total");
            if (usage.path("calls").asInt() > 0) {
                assertThat(api.get("/actuator/costs/" + id).path("total")).isEqualTo(usage);
            }
        }
    }

    private static long sum(List<Answer> answers, ToLongFunction<Answer> count) {
        return answers.stream().mapToLong(count).sum();
    }

    private static JsonNode run(Api api, String status, Map<String, Object> request) {
        JsonNode analysis = api.await(api.submit(request), Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo(status);
        return analysis;
    }

    private static Answer serve(Request request) {
        int attempt = ATTEMPTS.computeIfAbsent(request.model() + request.body().path("messages"),
                _ -> new AtomicInteger()).incrementAndGet();
        Answer answer = switch (request.model()) {
            case "claude-sonnet-5-5" -> root(request, attempt);
            case "minimax/minimax-m2.5" ->
                sub(Integer.parseInt(request.lastText().replaceFirst("(?s).* p", "")), attempt);
            default -> attempt == 1
                    ? Answer.error(502)
                    : Answer.text("# Found\n\nAll of it.").tokens(7_000, 700, 0, 0);
        };
        SERVED.add(new Served(request.model(), answer));
        return answer;
    }

    private static Answer root(Request request, int attempt) {
        if (request.body().path("messages").toString().contains("hopeless")) {
            return Answer.error(429);
        }
        return switch (request.turnsSoFar()) {
            case 0 -> attempt < 3
                    ? Answer.error(429)
                    : Answer.code("found = llm_batch([f'storm p{i}' for i in range(%d)])\nprint(found)"
                            .formatted(PROMPTS)).tokens(1_000, 100, 500, 250);
            default -> attempt < 2
                    ? Answer.error(529)
                    : attempt < 3
                            ? Answer.error(500)
                            : Answer.code("set_answer('# Found')").tokens(2_000, 200, 1_500, 0);
        };
    }

    private static Answer sub(int prompt, int attempt) {
        return switch (prompt % 6) {
            case 0 -> attempt == 1 ? Answer.error(429) : Answer.text("after a limit");
            case 1 -> attempt <= 2 ? Answer.error(503) : Answer.text("after an outage");
            case 2 -> Answer.error(500);
            case 3 -> Answer.error(400);
            case 4 -> attempt == 1 ? Answer.error(529) : attempt == 2 ? Answer.error(504) : Answer.text("after both");
            default -> Answer.text("at once").tokens(123, 45, 6, 0);
        };
    }
}
