package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The packaged service, killed with -9 in the middle of runs and started again on the same data. */
class KillNineIT {

    private static final int ROUNDS = 10;
    private static final long SEED = 20261122;
    private static final int CALLS = 36;

    @RegisterExtension
    static final Deployment service = Deployment.answering(KillNineIT::script);

    @Test
    void aRunKilledAmidstItsCallsCompletesAndBuysNoCommittedReplyAgain() {
        String undisturbed = report(submit());
        service.provider().forget();
        String id = submit();
        Awaitility.await().pollInterval(Duration.ofMillis(5))
                .until(() -> service.provider().requests().size() >= CALLS / 2);
        service.kill();
        assertThat(service.provider().requests()).as("a kill in the middle").hasSizeLessThan(CALLS);
        service.start();

        assertThat(report(id)).isEqualTo(undisturbed);
        assertThat(assertNothingIsBoughtTwice(id)).as("calls that a kill left uncertain").isPositive();
    }

    @Test
    @Tag("long")
    void everyRunCompletesAndNoCommittedReplyIsBoughtAgain() {
        Random random = new Random(SEED);
        String undisturbed = report(submit());
        List<String> table = new ArrayList<>();
        int inside = 0;
        int uncertainInAll = 0;
        try {
            for (int round = 1; round <= ROUNDS; round++) {
                service.provider().forget();
                String id = submit();
                long delay = 150 + random.nextInt(1800);
                LockSupport.parkNanos(Duration.ofMillis(delay).toNanos());
                service.kill();
                int before = service.provider().requests().size();
                service.start();
                assertThat(report(id)).as("report of round %d, killed after %d ms", round, delay)
                        .isEqualTo(undisturbed);
                int uncertain = assertNothingIsBoughtTwice(id);
                inside += before > 0 && before < CALLS ? 1 : 0;
                uncertainInAll += uncertain;
                table.add("%2d  killed after %4d ms and %2d calls: %2d calls in all, %d uncertain".formatted(round,
                        delay, before, service.provider().requests().size(), uncertain));
            }
        } finally {
            table.forEach(System.out::println);
        }
        assertThat(inside).as("kills that fell into the middle of a run").isGreaterThanOrEqualTo(6);
        assertThat(uncertainInAll).as("calls that a kill left uncertain").isPositive();
    }

    /** Six turns; each of the first five asks five sub-prompts. */
    private static Answer script(Request request) {
        if (request.model().startsWith("minimax/")) {
            String prompt = request.lastText();
            return Answer.text("reply to " + prompt)
                    .after(Duration.ofMillis(50 + Math.floorMod(prompt.hashCode(), 100)));
        }
        int turn = request.turnsSoFar() + 1;
        String ask = """
                found = globals().get("found", [])
                found += llm_batch([f"turn %d part {i} of {sorted(codebase)[i]}" for i in range(5)])
                print(len(found), found[-1])
                """.formatted(turn);
        return Answer.code(turn < 6 ? ask : ask + "\nset_answer('# Found\\n\\n' + '\\n'.join('- ' + f for f in found))")
                .after(Duration.ofMillis(100));
    }

    private static int assertNothingIsBoughtTwice(String id) {
        Set<String> replied = new HashSet<>();
        int asked = 0;
        for (Api.StreamEvent event : service.api().events(id, 0)) {
            String key = event.data().path("key").toString();
            if (event.name().equals("model-asked")) {
                asked++;
                assertThat(replied).as("a call is asked again after its reply was committed").doesNotContain(key);
            } else if (event.name().equals("model-replied")) {
                replied.add(key);
            }
        }
        assertThat(replied).hasSize(CALLS);
        int uncertain = asked - replied.size();
        Map<String, Long> bought = service.provider().requests().stream()
                .collect(Collectors.groupingBy(it -> it.model() + it.body().path("messages"), Collectors.counting()));
        long repeats = service.provider().requests().size() - bought.size();
        assertThat(repeats).as("calls that the provider saw twice").isLessThanOrEqualTo(uncertain);
        JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
        assertThat(trajectory.path("uncertain").asInt()).as("uncertain calls, as told").isEqualTo(uncertain);
        return uncertain;
    }

    private static String submit() {
        return service.api().submit(Map.of("repository", service.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "cache", false));
    }

    /** The report above its account, which is all that may differ between two runs of the same thing. */
    private static String report(String id) {
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(() -> analysis.toString()).isEqualTo("COMPLETED");
        String markdown = service.api().get("/analyses/" + id + "/report", "text/markdown");
        return markdown.substring(0, markdown.lastIndexOf("## Account"));
    }
}
