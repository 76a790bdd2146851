package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** How runs end other than well: failed, cancelled, killed. Nothing is lost then, and nothing is left behind. */
class EndsIT {

    @RegisterExtension
    static final Deployment service = Deployment.answering(EndsIT::script);

    @BeforeAll
    static void createRepositories() {
        service.git().create("empty");
        service.git().create("binary", Map.of("image.png", "\u0000\u0001\u0002"));
    }

    @ParameterizedTest
    @CsvSource({"missing,,repository-not-found-or-private", "fixture,no-such-branch,ref-not-found",
            "fixture,0123456789012345678901234567890123456789,commit-not-found", "empty,,repository-empty",
            "binary,,nothing-to-read"})
    void aRepositoryThatCannotBeReadFailsTheAnalysis(String repository, String ref, String code) {
        String id = service.api().submit(ref == null
                ? Map.of("repository", service.url(repository))
                : Map.of("repository", service.url(repository), "ref", ref));

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(30));

        assertThat(analysis.path("status").asString()).isEqualTo("FAILED");
        assertThat(analysis.path("error").path("code").asString()).isEqualTo(code);
        assertThat(analysis.path("error").path("detail").asString()).isNotBlank();
        assertThat(analysis.path("error").has("retryable")).isTrue();
        HttpResponse<String> report = service.api().send("GET", "/analyses/" + id + "/report", "");
        assertThat(report.statusCode()).isEqualTo(409);
        JsonNode problem = new JsonMapper().readTree(report.body());
        assertThat(problem.path("code").asString()).isEqualTo("report-not-available");
        assertThat(service.api().get("/analyses/" + id + "/trajectory").path("ended").path("reason").asString())
                .isEqualTo(code);
    }

    @Test
    void aFailedRootCallKeepsUsageAndTrajectory() {
        String id = submit("fail");

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(30));

        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("PARTIAL");
        assertThat(analysis.path("usage").path("root").path("calls").asInt()).isEqualTo(1);
        JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
        assertThat(trajectory.path("turns")).isNotEmpty();
        assertThat(trajectory.path("ended").path("reason").asString()).isEqualTo("model-failed");
        assertThat(service.api().get("/analyses/" + id + "/report", "text/markdown")).contains("looked");
    }

    @Test
    void aRunWhoseFirstRootCallFailsIsFailedAndKeepsUsageAndTrajectory() {
        String id = submit("broken at once");

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(30));

        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("FAILED");
        assertThat(analysis.path("error").path("code").asString()).isEqualTo("model-failed");
        assertThat(analysis.path("error").path("detail").asString()).contains("400");
        assertThat(analysis.path("usage").path("root").path("calls").isNumber()).as(analysis::toString).isTrue();
        JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
        assertThat(trajectory.path("turns")).as(trajectory::toString).hasSize(1);
        assertThat(trajectory.path("ended").path("reason").asString()).isEqualTo("model-failed");
    }

    @Test
    void cancelEndsARunningCellAndLeavesNoKernel() {
        String id = submit("spin");
        List<ProcessHandle> kernels = awaitKernels();

        assertThat(service.api().send("POST", "/analyses/" + id + "/cancel", "").statusCode()).isEqualTo(202);

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(5));
        assertThat(analysis.path("status").asString()).isEqualTo("CANCELLED");
        awaitGone(kernels);
        assertThat(service.api().send("DELETE", "/analyses/" + id, "").statusCode()).isEqualTo(204);
        assertThat(service.api().send("GET", "/analyses/" + id, "").statusCode()).isEqualTo(404);
    }

    @Test
    void aFinishedRunLeavesNoKernel() {
        String id = submit("answer");

        assertThat(service.api().await(id, Duration.ofSeconds(30)).path("status").asString()).isEqualTo("COMPLETED");

        Awaitility.await("kernels to end").atMost(Duration.ofSeconds(1)).until(() -> kernels().isEmpty());
    }

    /** Whoever asks for a retry may never hear the answer, and asks again: with the same key, it has been done. */
    @Test
    void killingTheServiceKillsItsKernelsAndNoRetryIsDoneTwice() {
        submit("spin");
        List<ProcessHandle> kernels = awaitKernels();
        String failed = submit("broken at once");
        service.api().await(failed, Duration.ofSeconds(30));

        CompletableFuture<Integer> unheard = CompletableFuture.supplyAsync(() -> retry(failed),
                Thread::startVirtualThread);
        Awaitility.await("the retry to be on record").pollInterval(Duration.ofMillis(1))
                .until(() -> !service.api().get("/analyses/" + failed).path("status").asString().equals("FAILED"));
        service.kill();

        awaitGone(kernels);
        service.start();
        assertThat(unheard.handle((status, _) -> status).join()).as("what was heard, if anything").isIn(null, 202);
        assertThat(retry(failed)).isEqualTo(202);
        service.api().await(failed, Duration.ofSeconds(30));
        assertThat(retry(failed)).as("also when it has failed anew").isEqualTo(202);
        assertThat(service.api().events(failed, 0)).extracting(Api.StreamEvent::name)
                .containsOnlyOnce("reopened").endsWith("run-ended");
        service.api().get("/analyses?status=RUNNING").path("items").forEach(
                running -> service.api().send("POST", "/analyses/" + running.path("id").asString() + "/cancel", ""));
        Awaitility.await().atMost(Duration.ofSeconds(10))
                .until(() -> service.api().get("/analyses?status=RUNNING").path("items").isEmpty());
    }

    private static int retry(String id) {
        return service.api().send("POST", "/analyses/" + id + "/retry", "", "Idempotency-Key", "of a lost answer")
                .statusCode();
    }

    @Test
    void twoRunsAtOnceNeverSeeEachOthersData() {
        List<String> ids = List.of(submit("remember alpha"), submit("remember beta"));

        for (int i = 0; i < 2; i++) {
            assertThat(service.api().await(ids.get(i), Duration.ofSeconds(30)).path("status").asString())
                    .isEqualTo("COMPLETED");
            assertThat(service.api().get("/analyses/" + ids.get(i) + "/report", "text/markdown"))
                    .contains(i == 0 ? "secret alpha" : "secret beta")
                    .doesNotContain(i == 0 ? "secret beta" : "secret alpha");
        }
    }

    @Test
    void aReaderThatReconnectsSeesEveryEntryOnce() {
        String id = submit("answer");
        service.api().await(id, Duration.ofSeconds(30));
        List<Api.StreamEvent> all = service.api().events(id, 0);

        for (int cut = 1; cut < all.size(); cut++) {
            assertThat(service.api().events(id, cut)).isEqualTo(all.subList(cut, all.size()));
        }
        assertThat(all).extracting(Api.StreamEvent::name).startsWith("accepted", "attempt-started", "checked-out",
                "run-started", "turn-started", "model-asked", "model-replied", "cell-started", "cell-finished")
                .endsWith("run-ended");
    }

    private static Answer script(Request request) {
        String task = request.body().path("messages").toString();
        if (task.contains("spin")) {
            return Answer.code("while True: pass");
        }
        if (task.contains("broken at once")) {
            return Answer.error(400);
        }
        if (task.contains("fail")) {
            return request.turnsSoFar() == 0 ? Answer.code("print('looked')") : Answer.error(400);
        }
        if (task.contains("remember")) {
            String word = task.contains("alpha") ? "alpha" : "beta";
            return request.turnsSoFar() == 0
                    ? Answer.code("shared = globals().get('shared', []) + ['secret %s']".formatted(word))
                    : Answer.code("set_answer('# Found\\n\\n' + ', '.join(shared))").after(Duration.ofMillis(300));
        }
        return Answer.code("set_answer('# Found\\n\\n' + str(len(codebase)) + ' files')");
    }

    private static String submit(String focus) {
        return service.api().submit(Map.of("repository", service.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "focus", focus));
    }

    private static List<ProcessHandle> kernels() {
        return ProcessHandle.of(service.pid()).stream().flatMap(ProcessHandle::descendants)
                .filter(process -> process.info().command().orElse("").contains("python")).toList();
    }

    private static List<ProcessHandle> awaitKernels() {
        return Awaitility.await("a kernel").atMost(Duration.ofSeconds(20)).until(EndsIT::kernels,
                found -> !found.isEmpty());
    }

    private static void awaitGone(List<ProcessHandle> kernels) {
        Awaitility.await("kernels to end").atMost(Duration.ofSeconds(1)).pollInterval(Duration.ofMillis(20))
                .until(() -> kernels.stream().noneMatch(Proc::runs));
    }
}
