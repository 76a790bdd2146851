package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The packaged service asked for the same thing again: what its sub model said once is not bought twice. */
@Tag("slow")
class CacheIT {

    private static final String SUB = "minimax/minimax-m2.5";
    private static final Pattern TOPIC = Pattern.compile("topic-\\w+");
    private static final int PROMPTS = 40;

    @RegisterExtension
    static final Deployment service = Deployment.answering(CacheIT::script);

    /** Four turns; each of the first three asks about a part of the files. Prompts differ from topic to topic. */
    private static Answer script(Request request) {
        if (request.model().equals(SUB)) {
            return Answer.text("reply to " + request.lastText().lines().findFirst().orElseThrow())
                    .after(Duration.ofMillis(30));
        }
        Matcher topic = TOPIC.matcher(request.body().path("messages").toString());
        assertThat(topic.find()).isTrue();
        int turn = request.turnsSoFar();
        return Answer.code(turn < 3
                ? """
                        paths = sorted(codebase)[:%d][%d::3]
                        found = globals().get("found", []) + llm_batch([f"%s: {p}\\n{codebase[p]}" for p in paths])
                        print(found[-1])
                        """.formatted(PROMPTS, turn, topic.group())
                : "set_answer('# Found\\n\\n' + '\\n'.join(found))").after(Duration.ofMillis(100));
    }

    @Test
    void theSecondRunOfTheSameRequestBuysNoSubCallAndTheAccountSaysSo() {
        JsonNode first = run("topic-second", true);
        assertUsage(first, PROMPTS, 0);
        assertThat(bought()).isEqualTo(PROMPTS);
        double hitsBefore = cacheOutcomes();
        service.provider().forget();

        JsonNode second = run("topic-second", true);

        assertThat(bought()).isZero();
        assertThat(service.provider().requests()).as("the root is asked as before").hasSize(4);
        assertUsage(second, 0, PROMPTS);
        assertThat(second.path("usage").path("sub").path("costUsd").decimalValue()).isZero();
        assertThat(second.path("progress").path("subCalls").asInt()).isEqualTo(PROMPTS);
        String id = second.path("id").asString();
        assertThat(report(id)[0]).isEqualTo(report(first.path("id").asString())[0]);
        assertThat(report(id)[1]).contains("| sub | 0 | 40 | 0 | 0 | 0 | 0 | $0 |");
        assertThat(service.api().get("/actuator/costs/" + id).path("byRole").path("sub").path("cacheHits").asInt())
                .isEqualTo(PROMPTS);
        assertThat(cacheOutcomes() - hitsBefore).isEqualTo(PROMPTS);
        JsonNode subCall = service.api().get("/analyses/" + id + "/trajectory").path("turns").path(0).path("cells")
                .path(0).path("subCalls").path(0);
        assertThat(subCall.path("source").asString()).isEqualTo("CACHE");
        assertThat(subCall.path("prompt").asString()).startsWith("topic-second: README.md");
    }

    @Test
    void aRequestWithoutTheCacheBuysAgainAndLeavesNothing() {
        run("topic-off", false);
        assertUsage(run("topic-off", true), PROMPTS, 0);
        assertUsage(run("topic-off", false), PROMPTS, 0);
        assertThat(bought()).isEqualTo(3 * PROMPTS);
    }

    @Test
    void runsAtTheSameTimeShareWhatTheyBuy() {
        List<String> ids = List.of(submit("topic-atonce", true), submit("topic-atonce", true),
                submit("topic-atonce", true));

        int calls = 0;
        for (String id : ids) {
            JsonNode usage = service.api().await(id, Duration.ofSeconds(60)).path("usage").path("sub");
            assertThat(usage.path("calls").asInt() + usage.path("cacheHits").asInt()).isEqualTo(PROMPTS);
            calls += usage.path("calls").asInt();
        }
        assertThat(calls).isEqualTo(PROMPTS);
        assertThat(bought()).isEqualTo(PROMPTS);
    }

    @Test
    void anAnalysisThatIsDeletedTakesItsRepliesAlong() {
        String id = run("topic-deleted", true).path("id").asString();
        assertUsage(run("topic-deleted", true), 0, PROMPTS);

        assertThat(service.api().send("DELETE", "/analyses/" + id, "").statusCode()).isEqualTo(204);

        assertUsage(run("topic-deleted", true), PROMPTS, 0);
    }

    @Test
    void aRunOfHitsThatIsKilledGoesOnAndBuysNoSubCall() {
        kill(1);
    }

    @Test
    @Tag("long")
    void aRunOfHitsIsKilledAtFiveInstants() {
        kill(5);
    }

    private static void kill(int rounds) {
        String undisturbed = report(run("topic-killed", true).path("id").asString())[0];
        Random random = new Random(3);
        for (int round = 0; round < rounds; round++) {
            service.provider().forget();
            String id = submit("topic-killed", true);
            LockSupport.parkNanos(Duration.ofMillis(150 + random.nextInt(700)).toNanos());
            service.kill();
            service.start();

            JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));

            assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("COMPLETED");
            assertUsage(analysis, 0, PROMPTS);
            assertThat(bought()).isZero();
            assertThat(report(id)[0]).isEqualTo(undisturbed);
            assertEveryHitIsAskedAndRepliedOnce(id);
        }
    }

    private static void assertEveryHitIsAskedAndRepliedOnce(String id) {
        Set<String> asked = new HashSet<>();
        Set<String> replied = new HashSet<>();
        service.api().events(id, 0).stream().filter(event -> event.data().path("role").asString("").equals("SUB"))
                .forEach(event -> {
                    String key = event.data().path("key").toString();
                    if (event.name().equals("model-asked")) {
                        assertThat(event.data().path("cached").asBoolean()).isTrue();
                        assertThat(replied).as("asked after its reply").doesNotContain(key);
                        asked.add(key);
                    } else {
                        assertThat(replied.add(key)).as("replied once").isTrue();
                    }
                });
        assertThat(asked).isEqualTo(replied).hasSize(PROMPTS);
        JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
        assertThat(trajectory.findValues("uncertain")).as("only a root call may be").filteredOn(JsonNode::isBoolean)
                .noneMatch(JsonNode::asBoolean);
    }

    private static String submit(String topic, boolean cache) {
        return service.api().submit(Map.of("repository", service.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "focus", topic, "cache", cache));
    }

    private static JsonNode run(String topic, boolean cache) {
        JsonNode analysis = service.api().await(submit(topic, cache), Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo("COMPLETED");
        return analysis;
    }

    private static void assertUsage(JsonNode analysis, int calls, int cacheHits) {
        JsonNode usage = analysis.path("usage").path("sub");
        assertThat(usage.path("calls").asInt()).isEqualTo(calls);
        assertThat(usage.path("cacheHits").asInt()).isEqualTo(cacheHits);
    }

    private static int bought() {
        return service.provider().requests(SUB).size();
    }

    /** The report above its account, and the account. */
    private static String[] report(String id) {
        return service.api().get("/analyses/" + id + "/report", "text/markdown").split("\n## Account\n", 2);
    }

    private static double cacheOutcomes() {
        return new Exposition(service.api().get("/actuator/prometheus", "text/plain")).sum("deeprepo_llm_calls_total",
                "outcome=\"cache\"");
    }
}
