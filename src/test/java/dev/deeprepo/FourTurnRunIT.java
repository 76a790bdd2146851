package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The main job over real HTTP, real git and a real kernel: the root prints the metadata, scans every file, asks the sub
 * model about the 40 largest files at once, and answers. What it must cost is computed here by hand.
 */
class FourTurnRunIT {

    private static final List<String> TURNS = List.of("print(metadata)", """
            import re
            hits = {path: len(re.findall(r"^def ", text, re.M)) for path, text in codebase.items()}
            print(sum(hits.values()), "functions in", len(hits), "files")
            """, """
            largest = sorted(codebase, key=lambda path: (-len(codebase[path]), path))[:40]
            answers = llm_batch([f"Summarise {path}:\\n{codebase[path][:2000]}" for path in largest])
            print(len(answers), answers[0])
            """, """
            set_answer("# Fixture\\n\\n## Architecture Overview\\n\\n" + "\\n".join(
                f"- `{path}:1` {answer}" for path, answer in zip(largest, answers)))
            """);

    private static final String SIGNATURE = "c2lnbmF0dXJl/+=\u00e9\u4e16\"\\";

    @RegisterExtension
    static final Deployment service = Deployment.answering(FourTurnRunIT::script)
            .with(Map.of("DEEPREPO_LLM_SUB_CONCURRENCY", "50"));

    @Test
    void anthropicRootWithOpenRouterSub() {
        JsonNode analysis = run("sonnet");

        // root: 4 x (1000 x $2 + 500 x $2.50 + 2000 x $0.10 + 100 x $10) / 1M; sub: 40 x (100 x $0.20 + 10 x $1.10) / 1M
        assertUsage(analysis.path("usage").path("root"), 4, 4 * 3500, 4 * 100, "0.0178");
        assertUsage(analysis.path("usage").path("sub"), 40, 40 * 100, 40 * 10, "0.00124");
        assertUsage(analysis.path("usage").path("total"), 44, 18_000, 800, "0.01904");
        assertThat(analysis.path("usage").path("root").path("cacheReadTokens").asInt()).isEqualTo(8000);
        assertThat(analysis.path("usage").path("root").path("cacheWriteTokens").asInt()).isEqualTo(2000);

        List<Request> root = service.provider().requests("claude-sonnet-5-5");
        assertThat(root).hasSize(4).allSatisfy(request -> {
            assertThat(request.body().propertyNames()).doesNotContain("temperature", "top_p", "top_k", "tool_choice",
                    "thinking");
            assertThat(request.streamed()).isTrue();
            assertThat(request.body().path("tools")).hasSize(1);
            assertThat(request.authorization()).isEqualTo(Fixtures.ANTHROPIC_KEY);
        });
        assertPrefixIsKept(root);
        JsonNode first = root.getLast().body().path("messages").path(1).path("content");
        assertThat(first.path(0).path("type").asString()).isEqualTo("thinking");
        assertThat(first.path(0).path("thinking").asString()).isEqualTo("let me see…");
        assertThat(first.path(0).path("signature").asString()).isEqualTo(SIGNATURE + 0);
        assertThat(first.path(1).path("type").asString()).isEqualTo("tool_use");

        assertThat(service.provider().requests("minimax/minimax-m2.5")).hasSize(40).allSatisfy(request -> {
            assertThat(request.body().propertyNames()).doesNotContain("temperature", "tools", "tool_choice");
            assertThat(request.authorization()).isEqualTo("Bearer " + Fixtures.OPENROUTER_KEY);
        });
    }

    @Test
    void openAiRootWithOpenRouterSub() {
        JsonNode analysis = run("gpt-6-sol");

        // root: 4 x (1000 x $2 + 2000 x $0.20 + 100 x $10) / 1M
        assertUsage(analysis.path("usage").path("root"), 4, 4 * 3000, 4 * 100, "0.0136");
        assertUsage(analysis.path("usage").path("sub"), 40, 40 * 100, 40 * 10, "0.00124");
        assertThat(service.provider().requests("gpt-6-sol")).hasSize(4).allSatisfy(request -> {
            assertThat(request.body().propertyNames()).contains("max_completion_tokens").doesNotContain("temperature",
                    "max_tokens", "tool_choice");
            assertThat(request.authorization()).isEqualTo("Bearer " + Fixtures.OPENAI_KEY);
        });
        assertPrefixIsKept(service.provider().requests("gpt-6-sol"));
    }

    @Test
    void fencedTextInsteadOfToolCalls() {
        JsonNode analysis = run("haiku");

        assertThat(analysis.path("usage").path("root").path("calls").asInt()).isEqualTo(4);
        assertThat(analysis.path("usage").path("sub").path("calls").asInt()).isEqualTo(40);
        assertPrefixIsKept(service.provider().requests("claude-haiku-5-5"));
    }

    @Test
    void secretsStayInTheService() {
        JsonNode analysis = run("sonnet");

        String id = analysis.path("id").asString();
        String seen = service.log() + analysis + service.api().get("/analyses/" + id + "/trajectory")
                + service.api().events(id, 0) + service.api().get("/analyses/" + id + "/report", "text/markdown")
                + service.provider().requests().stream().map(request -> request.body().toString()).toList();
        assertThat(seen).doesNotContain(Fixtures.ANTHROPIC_KEY, Fixtures.OPENROUTER_KEY, Fixtures.OPENAI_KEY);
    }

    /**
     * 200 prompts of 200 ms, 50 at once: 800 ms if all else took no time. Measured at the provider, from the first prompt's
     * arrival to the root's next request: journal, answers to Python, the rest of the cell and all. Other work on the
     * machine slows everybody down; so a bare client goes first each time, and may take at most a tenth less.
     */
    @Test
    @Tag("slow")
    void fanOutTakesHardlyLongerThanItsReplies() {
        compareWithABareClient(5);
    }

    @Test
    @Tag("long")
    void fanOutTakesHardlyLongerThanItsRepliesManyTimesOver() {
        compareWithABareClient(15);
    }

    private static void compareWithABareClient(int runs) {
        BareClient client = new BareClient();
        List<String> millis = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        for (int run = -4; run < runs; run++) { // the first four warm up
            long bare = client.fanOut(service.provider().chatCompletionsUrl(), "fan 0", 200, 50).toMillis();
            long ours = fanOut().toMillis();
            if (run >= 0) {
                millis.add(ours + "/" + bare);
                ratios.add((double) ours / Math.max(800, bare));
            }
        }
        double median = ratios.stream().sorted().toList().get(ratios.size() / 2);
        System.out.printf("200 sub-calls of 200 ms, 50 at once: %s ms (ours/bare), median ratio %.3f%n", millis,
                median);
        assertThat(median).as("median of " + millis).isLessThanOrEqualTo(1.1);
    }

    private static Duration fanOut() {
        service.provider().forget();
        String id = service.api().submit(Map.of("repository", service.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "focus", "fan out", "cache", false));
        // Looked for at the provider: asking the service again and again would cost it what is measured here.
        Awaitility.await().atMost(Duration.ofSeconds(30))
                .until(() -> service.provider().requests("claude-sonnet-5-5").size() == 2);
        assertThat(service.api().await(id, Duration.ofSeconds(30)).path("status").asString()).isEqualTo("COMPLETED");
        List<Request> prompts = service.provider().requests("minimax/minimax-m2.5");
        assertThat(prompts).hasSize(200);
        long first = prompts.stream().mapToLong(Request::arrivedNanos).min().orElseThrow();
        return Duration.ofNanos(service.provider().requests("claude-sonnet-5-5").getLast().arrivedNanos() - first);
    }

    private static Answer script(Request request) {
        if (request.lastText().startsWith("fan ")) {
            return Answer.text("done").after(Duration.ofMillis(200));
        }
        if (request.body().path("messages").toString().contains("fan out")) {
            return Answer.code(request.turnsSoFar() == 0
                    ? "replies = llm_batch([f'fan {i}' for i in range(200)])"
                    : "set_answer('# Fanned\\n\\n' + str(len(replies)))");
        }
        if (request.model().startsWith("minimax/")) {
            return Answer.text("It plans.").after(Duration.ofMillis(20));
        }
        String code = TURNS.get(request.turnsSoFar());
        Answer answer = request.model().contains("haiku")
                ? Answer.text("Let me run this.\n\n```python\n" + code.strip() + "\n```\n")
                : Answer.code(code);
        if (request.anthropic()) {
            answer = answer.thinking(SIGNATURE + request.turnsSoFar()).tokens(1000, 100, 2000, 500);
        } else {
            answer = answer.tokens(1000, 100, 2000, 0);
        }
        return answer;
    }

    /** Runs to the end and checks all that is the same whichever way the root speaks. */
    private static JsonNode run(String rootModel) {
        String id = service.api().submit(
                Map.of("repository", service.url("fixture"), "rootModel", rootModel, "subModel", "minimax", "cache",
                        false));
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo("COMPLETED");
        assertThat(analysis.path("retries").asInt()).isZero();

        JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
        JsonNode turns = trajectory.path("turns");
        assertThat(turns).hasSize(4);
        IntStream.range(0, 4).forEach(turn -> assertThat(
                turns.path(turn).path("cells").path(0).path("code").asString().strip())
                .isEqualTo(TURNS.get(turn).strip()));
        assertThat(turns.path(0).path("cells").path(0).path("output").asString()).contains("fixture/__main__.py");
        assertThat(turns.path(1).path("cells").path(0).path("output").asString())
                .contains("1830 functions in 63 files");
        assertThat(turns.path(2).path("cells").path(0).path("output").asString()).contains("40 It plans.");
        JsonNode subCalls = turns.path(2).path("cells").path(0).path("subCalls");
        assertThat(subCalls).hasSize(40);
        assertThat(subCalls.path(0).path("prompt").asString()).contains("Summarise fixture/module_59.py");

        String report = service.api().get("/analyses/" + id + "/report", "text/markdown");
        assertThat(report).contains("- `fixture/module_59.py:1` It plans.").contains("\n## Account\n");
        return analysis;
    }

    /** From turn to turn the system prompt and all earlier messages are the same, cache marks apart. */
    private static void assertPrefixIsKept(List<Request> requests) {
        for (int turn = 1; turn < requests.size(); turn++) {
            JsonNode before = withoutCacheMarks(requests.get(turn - 1).body());
            JsonNode after = withoutCacheMarks(requests.get(turn).body());
            assertThat(after.path("system")).isEqualTo(before.path("system"));
            assertThat(after.path("tools")).isEqualTo(before.path("tools"));
            for (int i = 0; i < before.path("messages").size(); i++) {
                assertThat(after.path("messages").path(i)).isEqualTo(before.path("messages").path(i));
            }
        }
    }

    private static JsonNode withoutCacheMarks(JsonNode body) {
        JsonNode copy = body.deepCopy();
        copy.findParents("cache_control")
                .forEach(parent -> ((ObjectNode) parent).remove("cache_control"));
        return copy;
    }

    private static void assertUsage(JsonNode usage, int calls, int input, int output, String cost) {
        assertThat(usage.path("calls").asInt()).isEqualTo(calls);
        assertThat(usage.path("inputTokens").asInt()).isEqualTo(input);
        assertThat(usage.path("outputTokens").asInt()).isEqualTo(output);
        assertThat(usage.path("costUsd").decimalValue()).isEqualByComparingTo(new BigDecimal(cost));
    }
}
