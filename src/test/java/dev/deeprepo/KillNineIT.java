package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.checkout.GitServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The packaged service, killed with -9 in the middle of runs and started again on the same data. */
class KillNineIT {

    private static final int ROUNDS = 10;
    private static final long SEED = 20261122;

    @TempDir
    Path directory;

    @Test
    void everyRunCompletesAndNoCommittedReplyIsBoughtAgain() throws IOException {
        Random random = new Random(SEED);
        try (GitServer git = Fixtures.gitServer();
                ScriptedProvider provider = new ScriptedProvider(KillNineIT::script)) {
            Map<String, String> environment = Fixtures.environment(provider);
            ServiceProcess service = new ServiceProcess(directory, environment).awaitReady();
            String undisturbed = report(service, submit(service, git));
            List<String> table = new ArrayList<>();
            int inside = 0;
            int uncertainInAll = 0;
            try {
                for (int round = 1; round <= ROUNDS; round++) {
                    provider.forget();
                    String id = submit(service, git);
                    long delay = 150 + random.nextInt(1800);
                    LockSupport.parkNanos(Duration.ofMillis(delay).toNanos());
                    service.kill();
                    int before = provider.requests().size();
                    service = new ServiceProcess(directory, environment).awaitReady();
                    assertThat(report(service, id)).as("report of round %d, killed after %d ms", round, delay)
                            .isEqualTo(undisturbed);
                    int uncertain = assertNothingIsBoughtTwice(service, provider, id);
                    inside += before > 0 && before < 36 ? 1 : 0;
                    uncertainInAll += uncertain;
                    table.add("%2d  killed after %4d ms and %2d calls: %2d calls in all, %d uncertain".formatted(round,
                            delay, before, provider.requests().size(), uncertain));
                }
            } finally {
                service.close();
                table.forEach(System.out::println);
            }
            assertThat(inside).as("kills that fell into the middle of a run").isGreaterThanOrEqualTo(6);
            assertThat(uncertainInAll).as("calls that a kill left uncertain").isPositive();
        }
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

    private static int assertNothingIsBoughtTwice(ServiceProcess service, ScriptedProvider provider, String id) {
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
        assertThat(replied).hasSize(36);
        int uncertain = asked - replied.size();
        Map<String, Long> bought = provider.requests().stream()
                .collect(Collectors.groupingBy(it -> it.model() + it.body().path("messages"), Collectors.counting()));
        long repeats = provider.requests().size() - bought.size();
        assertThat(repeats).as("calls that the provider saw twice").isLessThanOrEqualTo(uncertain);
        JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
        assertThat(trajectory.path("uncertain").asInt()).as("uncertain calls, as told").isEqualTo(uncertain);
        return uncertain;
    }

    private static String submit(ServiceProcess service, GitServer git) {
        return service.api().submit(Map.of("repository", git.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "cache", false));
    }

    /** The report above its account, which is all that may differ between two runs of the same thing. */
    private static String report(ServiceProcess service, String id) {
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(() -> analysis.toString()).isEqualTo("COMPLETED");
        String markdown = service.api().get("/analyses/" + id + "/report", "text/markdown");
        return markdown.substring(0, markdown.lastIndexOf("## Account"));
    }
}
