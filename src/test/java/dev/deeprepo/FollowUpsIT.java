package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.checkout.GitRepository;
import dev.deeprepo.checkout.GitServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The packaged service asked for more about what it has analysed: what was paid for is not paid for again. */
@Tag("slow")
class FollowUpsIT {

    private static final String SUB = "minimax/minimax-m2.5";
    /** Root calls and sub-calls of a whole run. */
    private static final int WHOLE = 4 + 3 * 5;

    @TempDir
    private static Path directory;
    private static GitServer git;
    private static ScriptedProvider provider;
    private static ServiceProcess service;
    /** Root calls that the provider refuses before it answers one. */
    private static final AtomicInteger REFUSALS = new AtomicInteger();

    @BeforeAll
    static void start() throws IOException {
        git = GitServer.start();
        provider = new ScriptedProvider(FollowUpsIT::script);
        service = new ServiceProcess(directory, Fixtures.environment(provider)).awaitReady();
    }

    @AfterAll
    static void stop() {
        service.close();
        provider.close();
        git.close();
    }

    @BeforeEach
    void forget() {
        provider.forget();
    }

    /**
     * Four turns; each of the first three asks about five files, and the last reports every call of danger. A question takes
     * two turns. The focus is part of each prompt, so runs with different ones share nothing.
     */
    private static Answer script(Request request) {
        String told = request.body().path("messages").toString();
        if (request.model().equals(SUB)) {
            return Answer.text("reply to " + request.lastText().lines().findFirst().orElseThrow())
                    .after(Duration.ofMillis(30));
        }
        int turn = request.turnsSoFar() + 1;
        if (turn == 3 && REFUSALS.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            return Answer.error(400);
        }
        Answer answer = told.contains("What is asked in particular") ? answering(turn) : exploring(turn, told);
        return answer.thinking("signature-of-" + request.model()).after(Duration.ofMillis(60));
    }

    private static Answer exploring(int turn, String told) {
        String topic = told.contains("from here on: ")
                ? "again"
                : told.replaceAll("(?s).*?(topic-\\w+).*", "$1");
        return Answer.code(turn < 4
                ? """
                        paths = sorted(codebase)[%d:%d]
                        found = globals().get("found", []) + llm_batch([f"%s: {p}\\n{codebase[p]}" for p in paths])
                        print(found[-1], globals().get("changed_files"), diff("app/m00.py") if "diff" in globals() else "")
                        """
                        .formatted((turn - 1) * 5, turn * 5, topic)
                : """
                        places = [f"- {p}:{n} is dangerous: `{p}:{n}` `{l}`" for p in sorted(codebase)
                                  for n, l in enumerate(codebase[p].splitlines(), 1) if "danger" in l]
                        since = "## Since the Earlier Report\\n\\nLess danger.\\n\\n" if "changed_files" in globals() else ""
                        set_answer("# Found\\n\\n" + since + "## Audit\\n\\n" + "\\n".join(places) + "\\n\\n" + str(len(found)))
                        """);
    }

    private static Answer answering(int turn) {
        return Answer.code(turn == 1
                ? "print(earlier_report[:7], len(earlier_findings))\nfound = llm_batch(['is it safe?', 'why?'])"
                : "set_answer('# My own title\\n\\n## Answer\\n\\n' + found[0] + ' `app/m01.py:1` `danger(1)`')");
    }

    @Test
    void aForkPaysForItsOwnTurnsAlone() {
        git.create("forked", files());
        String parent = run("forked", "topic-fork");
        assertThat(provider.requests()).hasSize(WHOLE);
        JsonNode costs = service.api().get("/actuator/costs").path("total");
        double answered = answered();
        provider.forget();

        JsonNode accepted = post("/analyses/" + parent + "/fork",
                Map.of("fromTurn", 3, "focus", "mind the gaps", "rootModel", "opus", "budget",
                        Map.of("maxTurns", 6, "maxSubCalls", 5)));
        String id = accepted.path("id").asString();
        assertThat(service.api().send("DELETE", "/analyses/" + parent, "").statusCode()).isEqualTo(204);
        JsonNode fork = completed(id);

        assertThat(accepted.path("parent")).isEqualTo(JsonMapper.shared()
                .readTree("{\"id\": \"%s\", \"relation\": \"FORK\", \"turn\": 3}".formatted(parent)));
        assertThat(fork.path("parent").path("id").asString()).isEqualTo(parent);
        saved("fork from turn 3", 2 + 5);
        List<Request> roots = provider.requests().stream().filter(request -> !request.model().equals(SUB)).toList();
        assertThat(roots).extracting(Request::model).containsOnly("claude-opus-5-5").hasSize(2);
        assertThat(roots.getFirst().body().toString()).contains("mind the gaps", "[Turn 3/6 comes now")
                .doesNotContain("signature-of");
        assertUsage(fork, 2, 5);
        JsonNode now = service.api().get("/actuator/costs/" + id).path("total");
        assertThat(now.path("calls").asInt()).isEqualTo(2 + 5);
        assertThat(answered() - answered).isEqualTo(2 + 5);
        assertThat(service.api().get("/actuator/costs").path("total").path("calls").asInt())
                .as("what it inherits is counted once, with its parent")
                .isEqualTo(costs.path("calls").asInt() + 2 + 5);
        assertThat(events(id, "thinking-dropped")).singleElement()
                .satisfies(event -> assertThat(event.path("turn").asInt()).isEqualTo(3));
        assertThat(report(id)).contains("- Parent: `" + parent + "`, of which this is a fork from turn 3 on",
                "- Inherited: 12 replies that the parent paid ");
        JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
        assertThat(trajectory.path("turns").valueStream().map(turn -> turn.path("inherited").asBoolean()))
                .containsExactly(true, true, false, false);
        assertThat(trajectory.path("inherited").path("calls").asInt()).isEqualTo(12);
    }

    @Test
    void aRetryAsksForTheFailedCallAndWhatComesAfterIt() {
        git.create("failed", files());
        REFUSALS.set(1);
        String id = submit("failed", "topic-retry");
        JsonNode ended = service.api().await(id, Duration.ofSeconds(60));
        assertThat(ended.path("status").asString()).as("it had found something").isEqualTo("PARTIAL");
        provider.forget();

        assertThat(post("/analyses/" + id + "/retry", Map.of(), "Idempotency-Key", "retry-1").path("id").asString())
                .isEqualTo(id);
        JsonNode again = completed(id);

        saved("retry of turn 3", 2 + 5);
        assertUsage(again, 4, 15);
        assertThat(events(id, "reopened")).singleElement()
                .satisfies(event -> assertThat(event.path("reason").asString()).isEqualTo("model-failed"));
        assertThat(post("/analyses/" + id + "/retry", Map.of(), "Idempotency-Key", "retry-1").path("status")
                .asString()).as("the same key").isEqualTo("COMPLETED");
        HttpResponse<String> refused = service.api().send("POST", "/analyses/" + id + "/retry", "");
        assertThat(refused.statusCode()).isEqualTo(409);
        assertThat(refused.body()).contains("nothing-to-retry");
    }

    @Test
    void aFailureThatTimeHasRemediedCanBeRetried() {
        String id = submit("later", "topic-later");
        JsonNode failed = service.api().await(id, Duration.ofSeconds(60));
        assertThat(failed.path("error").path("code").asString()).isEqualTo("repository-not-found-or-private");
        git.create("later", files());

        post("/analyses/" + id + "/retry", Map.of());

        assertThat(completed(id).path("error").isNull()).isTrue();
    }

    @Test
    void aQuestionIsAnsweredWithTheEarlierReportInHand() {
        git.create("asked", files());
        String parent = run("asked", "topic-ask");
        String earlier = report(parent);
        int found = json(parent).path("findings").size();
        assertThat(found).isPositive();
        provider.forget();

        JsonNode accepted = post("/analyses/" + parent + "/questions", Map.of("question", "Is it *safe*?"));
        String id = accepted.path("id").asString();
        assertThat(service.api().send("DELETE", "/analyses/" + parent, "").statusCode()).isEqualTo(204);
        JsonNode answered = completed(id);

        saved("question", 2 + 2);
        assertThat(answered.path("parent").path("relation").asString()).isEqualTo("QUESTION");
        assertThat(answered.path("repository").path("commit")).isEqualTo(accepted.path("repository").path("commit"));
        String first = provider.requests().getFirst().body().path("messages").toString();
        assertThat(first).contains("Answer a question on the repository", "Is it *safe*?", "`app/m01.py:1` `danger(1)`",
                "hold:");
        assertThat(provider.requests().get(provider.requests().size() - 1).body().toString())
                .as("in Python").contains("# Found " + found);
        assertThat(earlier).startsWith("# Found");
        assertThat(report(id)).startsWith("# Is it \\*safe\\*?\n\n## Answer").doesNotContain("My own title")
                .contains("- Parent: `" + parent + "`, of which this is a question");
    }

    @Test
    void aRefreshBuysWhatChangedAndTellsWhatBecameOfTheFindings() {
        GitRepository repository = git.create("moving", files());
        String parent = run("moving", "topic-refresh");
        provider.forget();
        repository.commit("main", Map.of("app/m00.py", "safe(0)\n", "app/m03.py", "# moved\n\ndanger(3)\nother()\n"));

        String id = post("/analyses/" + parent + "/refresh", Map.of()).path("id").asString();
        JsonNode refreshed = completed(id);

        saved("refresh after 2 of 15 files changed", 4 + 2);
        assertUsage(refreshed, 4, 2);
        assertThat(refreshed.path("usage").path("sub").path("cacheHits").asInt()).isEqualTo(13);
        assertThat(refreshed.path("parent").path("relation").asString()).isEqualTo("REFRESH");
        String first = provider.requests().getFirst().body().path("messages").toString();
        assertThat(first).contains("2 of the files that are read have changed", "- M `app/m00.py` +1 −1",
                "## Since the Earlier Report");
        JsonNode output = service.api().get("/analyses/" + id + "/trajectory").path("turns").path(0).path("cells")
                .path(0).path("output");
        assertThat(output.asString()).contains("'path': 'app/m03.py', 'status': 'M'", "-danger(0)", "+safe(0)");
        JsonNode since = json(id).path("since");
        assertThat(since.path("gone").findValuesAsString("path")).containsExactly("app/m00.py");
        assertThat(since.path("still").findValuesAsString("path")).containsExactly("app/m01.py", "app/m02.py",
                "app/m03.py", "app/m04.py");
        assertThat(since.path("fresh")).isEmpty();
        assertThat(report(id)).containsSubsequence("## Since the Earlier Report",
                "- Fixed, or moved elsewhere: the quoted code is gone: 1\n  - `app/m00.py:1`",
                "- Still there: the quoted code is as it was: 4", "- New in this report: 0",
                "The answer says:\n\nLess danger.", "## Audit", "## Account");

        provider.forget();
        String same = post("/analyses/" + id + "/refresh", Map.of()).path("id").asString();
        JsonNode unchanged = completed(same);

        assertThat(provider.requests()).as("an unchanged commit costs nothing").isEmpty();
        saved("refresh of an unchanged commit", 0);
        assertUsage(unchanged, 0, 0);
        assertThat(unchanged.path("warnings").findValuesAsString("code")).contains("unchanged");
        assertThat(report(same)).contains("> **Unchanged.**", "`app/m01.py:1` `danger(1)`");
        assertThat(json(same).path("findings")).isNotEmpty().isEqualTo(json(id).path("findings"));
    }

    @Test
    void aRefreshGoesOnWithoutADiffWhenTheEarlierCommitIsGone() throws IOException {
        GitRepository repository = git.create("rewritten", files());
        String parent = run("rewritten", "topic-rewritten");
        repository.commit("other", Map.of("app/m00.py", "danger(0)\n", "app/new.py", "danger(99)\n"));
        repository.git("update-ref", "refs/heads/main", "refs/heads/other");
        repository.git("gc", "--quiet", "--prune=now");
        FileSystemUtils.deleteRecursively(directory.resolve("data/checkouts/kept/" + parent + ".git"));

        String id = post("/analyses/" + parent + "/refresh", Map.of()).path("id").asString();
        JsonNode refreshed = completed(id);

        assertThat(refreshed.path("warnings").findValuesAsString("code")).contains("diff-unavailable");
        assertThat(report(id)).contains("Checked by machine, without a diff: commit ", "can no longer be had",
                "- New in this report: 1\n  - `app/new.py:1`");
    }

    @Test
    void theOfflineModelsDoTheirPartHonestly() {
        GitRepository repository = git.create("offline", files());
        String parent = post("/analyses", Map.of("repository", git.url("offline"), "rootModel", "offline/explorer",
                "subModel", "offline/digest")).path("id").asString();
        completed(parent);
        String question = post("/analyses/" + parent + "/questions", Map.of("question", "Who calls danger?"))
                .path("id").asString();
        completed(question);
        assertThat(report(question)).startsWith("# Who calls danger?").contains("No language model was used",
                "Fixed rules cannot answer a question", "`app/m00.py:1`");

        repository.commit("main", Map.of("app/m00.py", "safe(0)\n"));
        String refreshed = post("/analyses/" + parent + "/refresh", Map.of()).path("id").asString();
        completed(refreshed);
        assertThat(report(refreshed)).containsSubsequence("No language model was used", "## Since the Earlier Report",
                "Checked by machine", "- M `app/m00.py`: 1 added, 1 removed");
        String fork = post("/analyses/" + parent + "/fork", Map.of("fromTurn", 4, "focus", "danger ahead"))
                .path("id").asString();
        completed(fork);
        assertThat(report(fork)).contains("### What was asked for", "danger ahead");
    }

    @Test
    void followUpsThatAreKilledGoOnAndBuyNoRecordedReplyTwice() {
        GitRepository repository = git.create("killed", files());
        String parent = run("killed", "topic-killed");
        repository.commit("main", Map.of("app/m00.py", "safe(0)\n", "app/m07.py", "pass\npass\n"));
        provider.forget();
        Map<String, Integer> expected = new TreeMap<>();
        String fork = post("/analyses/" + parent + "/fork", Map.of("fromTurn", 2, "focus", "again"), "Idempotency-Key",
                "killed").path("id").asString();
        expected.put(fork, 3 + 10);
        expected.put(post("/analyses/" + parent + "/questions", Map.of("question", "Safe?")).path("id").asString(),
                2 + 2);
        expected.put(post("/analyses/" + parent + "/refresh", Map.of()).path("id").asString(), 4 + 2);
        LockSupport.parkNanos(Duration.ofMillis(900).toNanos());

        service.kill();
        int before = provider.requests().size();
        service = new ServiceProcess(directory, Fixtures.environment(provider)).awaitReady();

        assertThat(post("/analyses/" + parent + "/fork", Map.of("fromTurn", 2, "focus", "again"), "Idempotency-Key",
                "killed").path("id").asString()).isEqualTo(fork);
        int uncertain = 0;
        int replies = 0;
        for (String id : expected.keySet()) {
            completed(id);
            JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
            uncertain += trajectory.path("uncertain").asInt();
            JsonNode usage = service.api().get("/actuator/costs/" + id).path("total");
            replies += usage.path("calls").asInt();
        }
        System.out.printf("killed after %d calls: %d calls in all, %d replies, %d uncertain%n", before,
                provider.requests().size(), replies, uncertain);
        assertThat(replies).isLessThanOrEqualTo(expected.values().stream().mapToInt(calls -> calls).sum());
        assertThat(provider.requests().size()).isLessThanOrEqualTo(replies + uncertain);
    }

    @Test
    void whatCannotBeIsRefusedAndTheSameKeyIsTheSameAnalysis() {
        git.create("refused", files());
        String parent = run("refused", "topic-refused");
        assertRefused("/fork", Map.of("fromTurn", 5), 422, "turn-out-of-range");
        assertRefused("/fork", Map.of(), 400, "invalid-request");
        assertRefused("/fork", Map.of("fromTurn", 4, "budget", Map.of("maxTurns", 3)), 400, "invalid-request");
        assertRefused("/fork", Map.of("fromTurn", 1, "rootModel", "nobody"), 422, "model-unknown");
        assertRefused("/fork", Map.of("fromTurn", 1, "turns", 2), 400, "unknown-field");
        assertRefused("/questions", Map.of("question", " "), 400, "invalid-request");
        HttpResponse<String> unknown = service.api().send("POST",
                "/analyses/00000000-0000-4000-8000-000000000000/refresh", "");
        assertThat(unknown.statusCode()).isEqualTo(404);
        String baseline = post("/analyses", Map.of("repository", git.url("refused"), "mode", "BASELINE", "rootModel",
                "offline/explorer")).path("id").asString();
        completed(baseline);
        assertThat(service.api().send("POST", "/analyses/" + baseline + "/fork", "{\"fromTurn\": 1}").body())
                .contains("no-turns");

        String first = post("/analyses/" + parent + "/fork", Map.of("fromTurn", 4), "Idempotency-Key", "fork-1")
                .path("id").asString();
        HttpResponse<String> running = service.api().send("POST", "/analyses/" + first + "/fork",
                "{\"fromTurn\": 1}");
        assertThat(running.body()).containsAnyOf("analysis-running", "\"relation\":\"FORK\"");
        assertThat(post("/analyses/" + parent + "/fork", Map.of("fromTurn", 4), "Idempotency-Key", "fork-1")
                .path("id").asString()).isEqualTo(first);
        HttpResponse<String> other = service.api().send("POST", "/analyses/" + parent + "/fork",
                "{\"fromTurn\": 3}", "Idempotency-Key", "fork-1");
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(other.body()).contains("idempotency-key-reused");
        completed(first);
    }

    private static void assertRefused(String path, Map<String, Object> body, int status, String code) {
        String parent = service.api().get("/analyses?limit=1").path("items").path(0).path("id").asString();
        HttpResponse<String> answer = service.api().send("POST", "/analyses/" + parent + path,
                JsonMapper.shared().writeValueAsString(body));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(JsonMapper.shared().readTree(answer.body()).path("code").asString()).isEqualTo(code);
    }

    /** Fifteen modules, of which the first five call what is dangerous. */
    private static Map<String, String> files() {
        Map<String, String> files = new TreeMap<>();
        for (int i = 0; i < 15; i++) {
            files.put("app/m%02d.py".formatted(i),
                    (i < 5 ? "danger(" + i + ")\n" : "") + "pass\n".repeat(i == 0 ? 0 : i));
        }
        return files;
    }

    private static String submit(String repository, String topic) {
        return post("/analyses", Map.of("repository", git.url(repository), "rootModel", "sonnet", "subModel",
                "minimax", "focus", topic)).path("id").asString();
    }

    private static String run(String repository, String topic) {
        String id = submit(repository, topic);
        completed(id);
        return id;
    }

    private static JsonNode completed(String id) {
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo("COMPLETED");
        return analysis;
    }

    private static JsonNode post(String path, Map<String, Object> body, String... headers) {
        HttpResponse<String> answer = service.api().send("POST", path,
                body.isEmpty() ? "" : JsonMapper.shared().writeValueAsString(body), headers);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        JsonNode analysis = JsonMapper.shared().readTree(answer.body());
        assertThat(answer.headers().firstValue("Location")).contains("/analyses/" + analysis.path("id").asString());
        return analysis;
    }

    /** States what a whole run would have taken beside what was bought. */
    private static void saved(String what, int calls) {
        assertThat(provider.requests()).as(what).hasSize(calls);
        System.out.printf("%s: %d provider calls of %d, %d saved%n", what, calls, WHOLE, WHOLE - calls);
    }

    private static void assertUsage(JsonNode analysis, int root, int sub) {
        assertThat(analysis.path("usage").path("root").path("calls").asInt()).isEqualTo(root);
        assertThat(analysis.path("usage").path("sub").path("calls").asInt()).isEqualTo(sub);
    }

    private static double answered() {
        return new Exposition(service.api().get("/actuator/prometheus", "text/plain")).sum("deeprepo_llm_calls_total",
                "outcome=\"answered\"");
    }

    private static String report(String id) {
        return service.api().get("/analyses/" + id + "/report", "text/markdown");
    }

    private static JsonNode json(String id) {
        return JsonMapper.shared().readTree(service.api().get("/analyses/" + id + "/report", "application/json"));
    }

    private static List<JsonNode> events(String id, String name) {
        return service.api().events(id, 0).stream().filter(event -> event.name().equals(name))
                .map(Api.StreamEvent::data).toList();
    }
}
