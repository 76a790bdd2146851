package dev.deeprepo.analysis;

import static dev.deeprepo.webhook.Receiver.SILENCE;
import static dev.deeprepo.webhook.Receiver.assertSigned;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.webhook.Receiver;
import dev.deeprepo.webhook.Receiver.Call;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/** From a request with a callbackUrl to what its receiver hears, over HTTP, on any database. */
@ExtendWith(OutputCaptureExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CallbacksContract {

    static final String[] SETTINGS = {"deeprepo.webhook.secret=" + Receiver.SECRET,
            "deeprepo.webhook.allowed-schemes=http,https", "deeprepo.webhook.allow-private-addresses=true",
            "deeprepo.webhook.base-delay=50ms", "deeprepo.webhook.timeout=1s", "deeprepo.webhook.attempts=3",
            "deeprepo.webhook.public-url=https://deeprepo.dev/"};

    static Receiver receiver;

    @AutoClose
    final TestService service;

    CallbacksContract(TestService service) {
        this.service = service;
    }

    @BeforeAll
    static void listen() {
        receiver = new Receiver(CallbacksContract::answer);
    }

    @AfterAll
    static void hangUp() {
        receiver.close();
    }

    private static int answer(Call call, int before) {
        String path = call.target();
        if (path.startsWith("/broken")) {
            return 500;
        }
        if (path.startsWith("/held") || path.startsWith("/mute")) {
            return SILENCE;
        }
        if (path.startsWith("/gone")) {
            return 410;
        }
        if (path.startsWith("/moved")) {
            return 302;
        }
        if (path.startsWith("/twice")) {
            return receiver.calls(path).isEmpty() ? SILENCE : 204;
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

        Instant end = end(analysis);

        assertThat(callbacks.begin(analysis, end, 2, Instant.now().plusSeconds(9))).isFalse();
        assertThat(service.bean(CallbackDelivery.class).deliver(MessageId.of(analysis, end))).isNotNull();
        callbacks.settle(analysis, end, 1, CallbackStatus.FAILED, "a stale worker");

        assertThat(awaitCallback(id, "DELIVERED").get("callback").get("attempts").asInt()).isEqualTo(3);
        assertThat(receiver.calls("/shaky/once")).hasSize(3);
    }

    /** The message of the first end is still being sent when the second comes. */
    @Test
    void whatEndsAgainIsToldAgainUnderAnotherId(CapturedOutput output) {
        String id = submit("/twice", "fail model-failed");
        Awaitility.await().until(() -> receiver.calls("/twice").size() == 1);
        Awaitility.await().until(() -> service.post("/analyses/" + id + "/retry", "").statusCode() == 202);

        JsonNode told = awaitCallback(id, "DELIVERED");
        assertThat(told.get("callback").get("attempts").asInt()).as("of this message").isEqualTo(1);
        List<Call> calls = receiver.calls("/twice");
        assertThat(calls).hasSize(2).allSatisfy(Receiver::assertSigned);
        assertThat(calls).extracting(Call::id).doesNotHaveDuplicates();
        assertThat(calls.getLast().json().get("data").get("finishedAt")).isEqualTo(told.get("finishedAt"));

        Awaitility.await().until(() -> Pattern.compile(id + ": .* could not be told of the end")
                .matcher(output.getAll()).find());
        assertThat(service.analysis(id).get("callback")).as("once the first request has ended, too")
                .isEqualTo(told.get("callback"));
        assertThat(receiver.calls("/twice")).hasSize(2);
    }

    /** Both are the first attempt, each at its own message. */
    @Test
    void whatCameOfTheMessageOfAnEarlierEndSettlesNothing() {
        String id = submit("/mute", "fail model-failed");
        var analysis = AnalysisId.parse(id);
        var callbacks = service.bean(Callbacks.class);
        Awaitility.await().until(() -> !receiver.calls("/mute").isEmpty());
        Instant first = end(analysis);
        Awaitility.await().until(() -> service.post("/analyses/" + id + "/retry", "").statusCode() == 202);
        Awaitility.await().until(() -> receiver.calls("/mute").size() == 2);

        callbacks.settle(analysis, first, 1, CallbackStatus.DELIVERED, null);

        assertThat(callbacks.find(analysis).orElseThrow().status()).isEqualTo(CallbackStatus.PENDING);
        assertThat(service.delete("/analyses/" + id).statusCode()).isEqualTo(204);
    }

    private Instant end(AnalysisId id) {
        return Objects.requireNonNull(service.bean(Analyses.class).find(id).orElseThrow().finishedAt());
    }

    String submit(String target, String focus) {
        HttpResponse<String> answer = service.post("/analyses",
                "{\"repository\": \"https://github.com/a/b\", \"focus\": \"%s\", \"callbackUrl\": \"%s\"}".formatted(
                        focus,
                        receiver.url(target)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return TestService.json(answer).get("id").asString();
    }

    JsonNode awaitCallback(String id, String status) {
        return Awaitility.await().atMost(Duration.ofSeconds(15)).pollInterval(Duration.ofMillis(20)).until(
                () -> service.analysis(id),
                analysis -> analysis.get("callback").get("status").asString().equals(status));
    }
}
