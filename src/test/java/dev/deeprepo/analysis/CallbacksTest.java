package dev.deeprepo.analysis;

import static dev.deeprepo.webhook.Receiver.SILENCE;
import static dev.deeprepo.webhook.Receiver.assertSigned;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.webhook.Receiver;
import dev.deeprepo.webhook.Receiver.Call;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/** From a request with a callbackUrl to what its receiver hears, over HTTP. */
@ExtendWith(OutputCaptureExtension.class)
class CallbacksTest {

    @TempDir
    private static Path data;
    private static Receiver receiver;
    private static TestService service;

    @BeforeAll
    static void start() {
        receiver = new Receiver(CallbacksTest::answer);
        service = TestService.start(data, "deeprepo.webhook.secret=" + Receiver.SECRET,
                "deeprepo.webhook.allowed-schemes=http,https", "deeprepo.webhook.allow-private-addresses=true",
                "deeprepo.webhook.base-delay=50ms", "deeprepo.webhook.timeout=1s", "deeprepo.webhook.attempts=3",
                "deeprepo.webhook.public-url=https://deeprepo.dev/");
    }

    @AfterAll
    static void stop() {
        service.close();
        receiver.close();
    }

    private static int answer(Call call, int before) {
        String path = call.target();
        if (path.startsWith("/broken")) {
            return 500;
        }
        if (path.startsWith("/held")) {
            return SILENCE;
        }
        if (path.startsWith("/gone")) {
            return 410;
        }
        if (path.startsWith("/moved")) {
            return 302;
        }
        if (path.startsWith("/shaky")) {
            return before == 0 ? 500 : before == 1 ? SILENCE : 204;
        }
        return 204;
    }

    @ParameterizedTest
    @CsvSource({"complete,COMPLETED,", "partial,PARTIAL,", "fail model-failed,FAILED,model-failed"})
    void tellsOfEveryEnd(String focus, String status, String error) {
        String id = submit("/ends/" + status, focus);
        JsonNode analysis = awaitCallback(id, "DELIVERED");

        assertThat(analysis.get("status").asString()).isEqualTo(status);
        assertThat(analysis.get("callback").get("attempts").asInt()).isEqualTo(1);
        assertThat(analysis.get("callback").get("deliveredAt").asString()).isNotBlank();
        assertThat(receiver.calls("/ends/" + status)).singleElement().satisfies(call -> {
            assertSigned(call);
            assertThat(call.json().get("type").asString()).isEqualTo("analysis." + status.toLowerCase(Locale.ROOT));
            JsonNode end = call.json().get("data");
            assertThat(end.get("id").asString()).isEqualTo(id);
            assertThat(end.get("status").asString()).isEqualTo(status);
            assertThat(end.get("analysis").asString()).isEqualTo("https://deeprepo.dev/analyses/" + id);
            assertThat(end.get("finishedAt")).isEqualTo(analysis.get("finishedAt"));
            assertThat(end.get("costUsd")).isEqualTo(analysis.get("usage").get("total").get("costUsd"));
            if (error == null) {
                assertThat(end.get("error").isNull()).isTrue();
                assertThat(end.get("report").asString()).isEqualTo("https://deeprepo.dev/analyses/" + id + "/report");
            } else {
                assertThat(end.get("error").get("code").asString()).isEqualTo(error);
                assertThat(end.get("report").isNull()).isTrue();
            }
        });
    }

    @Test
    void tellsOfACancelledAnalysisAndWaitsUntilThen() {
        String id = submit("/ends/CANCELLED", "wait");
        JsonNode running = service.await(id, "RUNNING");
        assertThat(running.get("callback").get("status").asString()).isEqualTo("WAITING");

        service.post("/analyses/" + id + "/cancel", "");
        awaitCallback(id, "DELIVERED");

        assertThat(receiver.calls("/ends/CANCELLED")).singleElement().satisfies(
                call -> assertThat(call.json().get("data").get("status").asString()).isEqualTo("CANCELLED"));
    }

    @Test
    void repeatsUnderTheSameIdUntilItIsAnswered(CapturedOutput output) {
        String id = submit("/shaky?token=canary-query", "complete");
        JsonNode callback = awaitCallback(id, "DELIVERED").get("callback");

        assertThat(callback.get("attempts").asInt()).isEqualTo(3);
        assertThat(callback.get("lastError").isNull()).isTrue();
        List<Call> calls = receiver.calls("/shaky?");
        assertThat(calls).hasSize(3).allSatisfy(Receiver::assertSigned);
        assertThat(calls).extracting(Call::id).containsOnly(calls.getFirst().id());
        assertThat(calls).extracting(Call::body).containsOnly(calls.getFirst().body());
        assertThat(output.getAll()).contains("the receiver answered 500", "no answer within 1000 ms")
                .doesNotContain("canary-query", "/shaky");
        // The address is its receiver's business: it is told to nobody who may read the analysis.
        for (String path : List.of("", "/events", "/trajectory")) {
            assertThat(service.get("/analyses/" + id + path).body()).doesNotContain("canary-query");
        }
    }

    @ParameterizedTest
    @CsvSource({"/broken,3,the receiver answered 500", "/gone,1,the receiver answered 410",
            "/moved,3,the receiver answered 302; redirects are not followed"})
    void givesUpAndSaysWhy(String path, int attempts, String error) {
        JsonNode callback = awaitCallback(submit(path, "complete"), "FAILED").get("callback");

        assertThat(callback.get("attempts").asInt()).isEqualTo(attempts);
        assertThat(callback.get("lastError").asString()).isEqualTo(error);
        assertThat(callback.get("deliveredAt").isNull()).isTrue();
        assertThat(receiver.calls(path)).hasSize(attempts);
        assertThat(receiver.calls("/redirected")).isEmpty();
        assertThat(service.get("/actuator/prometheus").body())
                .contains("deeprepo_webhook_attempts_total{result=\"given_up\"}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"fork|'\"fromTurn\": 1,'", "questions|'\"question\": \"why?\",'",
            "refresh|''"})
    void followUpsTellTheirOwnReceiverAndNotTheParents(String kind, String fields) {
        String parent = submit("/parent/" + kind, "complete");
        awaitCallback(parent, "DELIVERED");
        String path = "/analyses/" + parent + "/" + kind;

        HttpResponse<String> answer = service.post(path,
                "{%s \"callbackUrl\": \"%s\"}".formatted(fields, receiver.url("/child/" + kind)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        String id = TestService.json(answer).get("id").asString();
        awaitCallback(id, "DELIVERED");

        assertThat(receiver.calls("/child/" + kind)).singleElement().satisfies(
                call -> assertThat(call.json().get("data").get("id").asString()).isEqualTo(id));
        assertThat(receiver.calls("/parent/" + kind)).hasSize(1);
        HttpResponse<String> silent = service.post(path, "{%s}".formatted(fields.replace(",", "")));
        assertThat(TestService.json(silent).get("callback").isNull()).as(silent.body()).isTrue();
        HttpResponse<String> refused = service.post(path,
                "{%s \"callbackUrl\": \"ftp://hooks.dev/x\"}".formatted(fields));
        assertThat(TestService.json(refused).get("code").asString()).isEqualTo("callback-refused");
    }

    @Test
    void deletingTheAnalysisStopsIt() {
        String id = submit("/held", "complete");
        Awaitility.await().until(() -> !receiver.calls("/held").isEmpty());
        assertThat(service.delete("/analyses/" + id).statusCode()).isEqualTo(204);

        awaitCallback(submit("/shaky/later", "complete"), "DELIVERED"); // takes longer than the next attempt would

        assertThat(receiver.calls("/held")).hasSize(1);
        assertThat(service.bean(Callbacks.class).find(AnalysisId.parse(id))).isEmpty();
    }

    /** Two workers that both believe that it is their turn, as after a stop of one that outlasted its lease. */
    @Test
    void nobodySendsWhileAnotherMayBeSending() {
        String id = submit("/shaky/once", "complete");
        Awaitility.await().until(() -> receiver.calls("/shaky/once").size() == 2); // the second is not answered
        var analysis = AnalysisId.parse(id);
        var callbacks = service.bean(Callbacks.class);

        assertThat(callbacks.begin(analysis, 2, Instant.now().plusSeconds(9))).isFalse();
        assertThat(service.bean(CallbackDelivery.class).deliver(analysis)).isNotNull();
        callbacks.settle(analysis, 1, CallbackStatus.FAILED, "a stale worker");

        assertThat(awaitCallback(id, "DELIVERED").get("callback").get("attempts").asInt()).isEqualTo(3);
        assertThat(receiver.calls("/shaky/once")).hasSize(3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"ftp://hooks.dev/x", "http://u:secret@127.0.0.1/x", "http://127.1/x",
            "http://0x7f000001/", "/x", "http://127.0.0.1/a#b", "http://127.0.0.1/%0d%0a"})
    void refusesAHostileAddressBeforeAnythingIsSaved(String url) {
        HttpResponse<String> answer = service.post("/analyses",
                "{\"repository\": \"https://github.com/a/b\", \"callbackUrl\": \"%s\"}".formatted(url));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(TestService.json(answer).get("code").asString()).isEqualTo("callback-refused");
        assertThat(TestService.json(answer).get("field").asString()).isEqualTo("callbackUrl");
        assertThat(answer.body()).doesNotContain("secret");
    }

    private static String submit(String target, String focus) {
        HttpResponse<String> answer = service.post("/analyses",
                "{\"repository\": \"https://github.com/a/b\", \"focus\": \"%s\", \"callbackUrl\": \"%s\"}".formatted(
                        focus,
                        receiver.url(target)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return TestService.json(answer).get("id").asString();
    }

    private static JsonNode awaitCallback(String id, String status) {
        return Awaitility.await().atMost(Duration.ofSeconds(15)).pollInterval(Duration.ofMillis(20)).until(
                () -> service.analysis(id),
                analysis -> analysis.get("callback").get("status").asString().equals(status));
    }
}
