package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.repl.Attempt;
import dev.deeprepo.repl.Outside;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/**
 * A root model that attacks: one analysis for each category of the table of attempts, each turn an attempt, and in the
 * next turn an honest cell that must work.
 */
@Tag("slow")
class HostileRootIT {

    private static final String TOKEN = "canary-of-the-environment-8e05";
    private static final String SUB = "minimax/minimax-m2.5";
    private static final int MAX_SUB_CALLS = 100;

    private static final Outside OUTSIDE = new Outside();

    @RegisterExtension
    static final Deployment service = Deployment.answering(HostileRootIT::script)
            .with(Map.of("DEEPREPO_REPL_CELL_TIMEOUT", "1s", "CANARY_TOKEN", TOKEN));

    @AfterAll
    static void close() throws IOException {
        OUTSIDE.close();
    }

    private static Answer script(Request request) {
        if (request.model().equals(SUB)) {
            return Answer.text("as ever");
        }
        String task = request.body().path("messages").path(0).toString();
        List<Attempt> attempts = Attempt.categories().stream()
                .filter(category -> task.contains(focus(category))).findFirst().map(Attempt::in).orElseThrow();
        List<String> cells = new ArrayList<>();
        int turn = request.turnsSoFar();
        if (turn > 0) {
            cells.add("hoard = None%nprint(6 * 7, llm_query(\"after %s\"))".formatted(attempts.get(turn - 1)));
        }
        cells.add(turn < attempts.size()
                ? attempts.get(turn).cell(OUTSIDE)
                : "set_answer('# Contained\\n\\nAll of it.')");
        return Answer.code(cells.toArray(String[]::new));
    }

    private static String focus(String category) {
        return "Try <" + category + ">";
    }

    @Test
    void eachAttemptIsContainedTheNextTurnWorksAndTheAccountIsExact() throws IOException {
        long began = System.nanoTime();
        Map<String, String> ids = new LinkedHashMap<>();
        List<String> longestFirst = Attempt.categories().stream()
                .sorted(Comparator.comparing(category -> -Attempt.in(category).size())).toList();
        for (String category : longestFirst) {
            ids.put(category, service.api().submit(Map.of("repository", service.url("fixture"), "rootModel", "sonnet",
                    "subModel", "minimax", "focus", focus(category), "cache", false, "maxTurns",
                    Attempt.in(category).size() + 1, "maxSubCalls", MAX_SUB_CALLS)));
        }
        List<String> table = new ArrayList<>();
        StringBuilder told = new StringBuilder();
        SoftAssertions softly = new SoftAssertions();
        ids.forEach((category, id) -> {
            JsonNode analysis = service.api().await(id, Duration.ofSeconds(120));
            JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
            told.append(analysis).append(trajectory);
            softly.assertThat(analysis.path("status").asString()).as(() -> analysis.toString()).isEqualTo("COMPLETED");
            check(softly, category, analysis, trajectory, table);
        });
        Files.write(Path.of("target/attempts.txt"), table);
        System.out.printf("%d attempts at the kernel in %d analyses, %.1f s; the table is in target/attempts.txt%n",
                table.size(), ids.size(), (System.nanoTime() - began) / 1e9);
        softly.assertAll();

        assertThat(service.api().get("/actuator/health").path("status").asString()).isEqualTo("UP");
        ProcessHandle host = ProcessHandle.of(service.pid()).orElseThrow();
        assertThat(host.isAlive()).isTrue();
        Awaitility.await("no process is left").atMost(Duration.ofSeconds(5))
                .until(() -> host.descendants().findAny().isEmpty());
        OUTSIDE.assertUntouched();
        service.provider().requests().forEach(request -> told.append(request.body()));
        assertThat(new Canary(Outside.SECRET, TOKEN, Fixtures.ANTHROPIC_KEY, Fixtures.OPENROUTER_KEY,
                Fixtures.OPENAI_KEY).in(told + service.log())).isFalse();
    }

    private static void check(SoftAssertions softly, String category, JsonNode analysis, JsonNode trajectory,
            List<String> table) {
        List<Attempt> attempts = Attempt.in(category);
        JsonNode usage = analysis.path("usage");
        int bought = usage.path("sub").path("calls").asInt();
        softly.assertThat(trajectory.path("turns")).as(category).hasSize(attempts.size() + 1);
        for (int i = 0; i < attempts.size(); i++) {
            Attempt attempt = attempts.get(i);
            JsonNode attack = trajectory.path("turns").path(i).path("cells").path(i == 0 ? 0 : 1);
            JsonNode next = trajectory.path("turns").path(i + 1).path("cells").path(0);
            String outcome = attack.path("outcome").asString("");
            softly.assertThat(attempt.result().admits(outcome, attack.path("output").asString("")))
                    .as(() -> attempt + ": " + outcome + ": " + attack.path("output")).isTrue();
            softly.assertThat(next.path("outcome").asString("")).as(() -> "after " + attempt + ": " + next)
                    .isEqualTo("OK");
            softly.assertThat(next.path("output").asString("").strip()).as("after " + attempt)
                    .startsWith(bought < MAX_SUB_CALLS ? "42 as ever" : "42 ");
            table.add("%-60s %-10s %-8s %6d ms".formatted(attempt, attempt.result(), outcome,
                    attack.path("millis").asLong()));
        }
        List<Request> asked = service.provider().requests(SUB).stream()
                .filter(request -> request.lastText()
                        .matches("(?s)(after |as ever|\\[')?" + Pattern.quote(category) + ": .*"))
                .toList();
        softly.assertThat(bought).as(category).isEqualTo(asked.size()).isLessThanOrEqualTo(MAX_SUB_CALLS);
        if (attempts.stream().allMatch(attempt -> attempt.calls() != null)) {
            softly.assertThat(bought).as(category).isEqualTo(attempts.size() + attempts.stream()
                    .mapToInt(attempt -> attempt.calls() == null ? 0 : attempt.calls()).sum());
        }
        // root: 1000 x $2 + 100 x $10 a turn; sub: 100 x $0.20 + 10 x $1.10 a call; both per million
        assertUsage(softly, category, usage.path("root"), attempts.size() + 1, 1000, 100, "0.003");
        assertUsage(softly, category, usage.path("sub"), bought, 100, 10, "0.000031");
    }

    private static void assertUsage(SoftAssertions softly, String category, JsonNode usage, int calls, int input,
            int output, String cost) {
        softly.assertThat(usage.path("calls").asInt()).as(category).isEqualTo(calls);
        softly.assertThat(usage.path("inputTokens").asInt()).as(category).isEqualTo(calls * input);
        softly.assertThat(usage.path("outputTokens").asInt()).as(category).isEqualTo(calls * output);
        softly.assertThat(usage.path("costUsd").decimalValue()).as(category)
                .isEqualByComparingTo(new BigDecimal(cost).multiply(BigDecimal.valueOf(calls)));
    }
}
