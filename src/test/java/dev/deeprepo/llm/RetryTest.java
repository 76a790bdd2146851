package dev.deeprepo.llm;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import dev.deeprepo.llm.ModelException.Kind;
import dev.deeprepo.llm.ModelException.Permanent;
import dev.deeprepo.llm.ModelException.RateLimited;
import dev.deeprepo.llm.ModelException.Transient;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

class RetryTest {

    private static final String OK = """
            {"id":"gen-1","choices":[{"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":7,"completion_tokens":2}}""";

    @RegisterExtension
    static final WireMockExtension wire = WireMockExtension.newInstance().options(wireMockConfig().dynamicPort())
            .build();

    private Providers providers;

    @BeforeEach
    void open() {
        providers = Providers.at(wire.baseUrl());
    }

    @AfterEach
    void close() {
        providers.close();
    }

    @Test
    void retriesOn500ThenSucceeds() {
        answers(status(500, "{}"), okJson(OK));

        assertThat(ask().text()).isEqualTo("fine");

        assertThat(requests()).isEqualTo(2);
        assertThat(providers.waits).singleElement().satisfies(
                wait -> assertThat(wait).isBetween(Duration.ofSeconds(1), Duration.ofMillis(1500)));
        assertThat(providers.failures).singleElement().satisfies(failure -> {
            assertThat(failure.number()).isEqualTo(1);
            assertThat(failure.kind()).isEqualTo(Kind.TRANSIENT);
            assertThat(failure.status()).isEqualTo(500);
            assertThat(failure.delay()).isEqualTo(providers.waits.getFirst());
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 400, 401, 402, 403, 404, 413, 422, 451})
    void neverRetriesWhatWillNotPass(int status) {
        answers(status(status, """
                {"error":{"type":"invalid_request_error","message":"no such thing"}}"""));

        Permanent e = catchThrowableOfType(Permanent.class, this::ask);

        assertThat(e).hasMessage(
                "openrouter answered %d: invalid_request_error: no such thing (given up after 1 attempt)",
                status);
        assertThat(e.status()).isEqualTo(status);
        assertThat(requests()).isEqualTo(1);
        assertThat(providers.failures).singleElement()
                .satisfies(failure -> assertThat(failure.delay()).isNull());
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 409, 425, 500, 502, 503, 504, 520})
    void givesUpAfterThreeRetriesOfWhatMayPass(int status) {
        answers(status(status, "<html>\nupstream\n</html>"));

        Transient e = catchThrowableOfType(Transient.class, this::ask);

        assertThat(e).hasMessageContaining(status + ": <html> upstream </html> (given up after 4 attempts)");
        assertThat(requests()).isEqualTo(4);
        assertThat(providers.waits).hasSize(3);
        assertThat(providers.waits.get(2)).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
    }

    @Test
    void rateLimitedTwiceThenSuccessIsThreeCalls() {
        answers(status(429, "{}"), status(529, "{}"), okJson(OK));

        assertThat(ask().text()).isEqualTo("fine");

        assertThat(requests()).isEqualTo(3);
        assertThat(providers.waits).containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(9));
    }

    @Test
    void alwaysRateLimitedIsSixCallsAndTheLastCause() {
        answers(status(429, "{\"error\":{\"message\":\"slow down\"}}"));

        RateLimited e = catchThrowableOfType(RateLimited.class, this::ask);

        assertThat(e).hasMessage("openrouter answered 429: slow down (given up after 6 attempts)");
        assertThat(requests()).isEqualTo(6);
        assertThat(providers.waits).containsExactly(seconds(2, 9, 16, 23, 30));
        assertThat(providers.failures).extracting(FailedAttempt::number).containsExactly(1, 2, 3, 4, 5, 6);
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void everyRetryIsLoggedAsOneLine(CapturedOutput output) {
        answers(status(429, "{}"), status(529, "{}"), okJson(OK));

        ask();

        assertThat(output.getAll().lines().filter(line -> line.contains("ModelRetry"))).satisfiesExactly(
                first -> assertThat(first)
                        .contains("attempt 1 of 6 failed, the next in 2000 ms: openrouter answered 429"),
                second -> assertThat(second)
                        .contains("attempt 2 of 6 failed, the next in 9000 ms: openrouter answered 529"));
    }

    @Test
    void classesCountTheirOwnSteps() {
        answers(status(429, "{}"), status(500, "{}"), status(429, "{}"), okJson(OK));

        assertThat(ask().text()).isEqualTo("fine");

        assertThat(providers.waits.get(0)).isEqualTo(Duration.ofSeconds(2));
        assertThat(providers.waits.get(1)).isBetween(Duration.ofSeconds(1), Duration.ofMillis(1500));
        assertThat(providers.waits.get(2)).isEqualTo(Duration.ofSeconds(9));
    }

    @Test
    void retryAfterWinsInAllItsForms() {
        answers(status(429, "{}").withHeader("Retry-After", "17"),
                status(503, "{}").withHeader("Retry-After", "Sun, 22 Nov 2026 12:01:00 GMT"),
                status(500, "{}").withHeader("retry-after-ms", "1500").withHeader("Retry-After", "60"),
                status(429, "{}").withHeader("Retry-After", "soon"), okJson(OK));

        assertThat(ask().text()).isEqualTo("fine");

        assertThat(providers.waits).containsExactly(Duration.ofSeconds(17), Duration.ofSeconds(43),
                Duration.ofMillis(1500), Duration.ofSeconds(16));
        assertThat(providers.failures.get(1).kind()).isEqualTo(Kind.RATE_LIMITED);
    }

    @Test
    void aWaitBeyondTheCeilingEndsTheCall() {
        answers(status(429, "{}").withHeader("Retry-After", "121"));

        RateLimited e = catchThrowableOfType(RateLimited.class, this::ask);

        assertThat(e).hasMessageContaining("the provider asks to wait 121 s, at most 120 s are allowed");
        assertThat(requests()).isEqualTo(1);
    }

    @Test
    void xShouldRetryFalseStops() {
        answers(status(500, "{}").withHeader("x-should-retry", "false"));

        assertThat(catchThrowableOfType(Permanent.class, this::ask).status()).isEqualTo(500);
        assertThat(requests()).isEqualTo(1);
    }

    @Test
    void allAttemptsShareOneDeadline() {
        answers(status(429, "{}").withHeader("Retry-After", "120"));
        try (Providers hurried = Providers.at(wire.baseUrl(), "deeprepo.retry.total-deadline=300s")) {
            RateLimited e = catchThrowableOfType(RateLimited.class,
                    () -> hurried.openRouter().complete(hurried.sub("hi")));

            assertThat(e).hasMessageContaining("the 300 s for all attempts are over");
            assertThat(hurried.waits).containsExactly(seconds(120, 120));
        }
    }

    @Test
    void eachClassCanTakeTheOtherStrategy() {
        answers(status(429, "{}"), status(429, "{}"), status(500, "{}"), okJson(OK));
        try (Providers other = Providers.at(wire.baseUrl(), "deeprepo.retry.rate-limit.strategy=exponential",
                "deeprepo.retry.transient.strategy=linear", "deeprepo.retry.transient.retries=1",
                "LLM_RETRY_COUNT=2", "LLM_RETRY_MIN_DELAY=4", "LLM_RETRY_MAX_DELAY=5.5")) {
            other.openRouter().complete(other.sub("hi"));

            assertThat(other.waits.get(0)).isBetween(Duration.ofSeconds(4), Duration.ofSeconds(6));
            assertThat(other.waits.get(1)).isBetween(Duration.ofMillis(5500), Duration.ofMillis(8250));
            assertThat(other.waits.get(2)).isEqualTo(Duration.ofSeconds(1));
        }
    }

    @Test
    void errorObjectInside200IsJudgedByItsCode() {
        answers(okJson("{\"error\":{\"code\":429,\"message\":\"busy\"}}"),
                okJson("{\"error\":{\"code\":502,\"message\":\"host down\",\"metadata\":{\"raw\":\"boom\"}}}"),
                okJson("{\"choices\":null}"), okJson(OK));

        assertThat(ask().text()).isEqualTo("fine");

        assertThat(providers.failures).extracting(FailedAttempt::kind).containsExactly(Kind.RATE_LIMITED,
                Kind.TRANSIENT, Kind.TRANSIENT);
        assertThat(providers.failures.get(1).cause()).endsWith("host down (boom)");
    }

    @Test
    void brokenAnswersAreTriedAgain() {
        answers(aResponse().withStatus(200).withHeader("Content-Type", "text/html").withBody("<h1>Welcome</h1>"),
                okJson("{\"choices\":[{\"mess"), aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER), okJson(OK));

        assertThat(ask().text()).isEqualTo("fine");

        assertThat(providers.failures).extracting(FailedAttempt::cause).satisfiesExactly(
                html -> assertThat(html).contains("200 with text/html instead of JSON: <h1>Welcome</h1>"),
                cut -> assertThat(cut).contains("not JSON, or is cut"), reset -> assertThat(reset).isNotBlank());
    }

    @Test
    void aRefusedConnectionIsTriedAgain() throws Exception {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        try (Providers nobody = Providers.at("http://127.0.0.1:" + closed)) {
            Transient e = catchThrowableOfType(Transient.class,
                    () -> nobody.anthropic().complete(nobody.sub("hi")));

            assertThat(e).hasMessageContaining("given up after 4 attempts");
        }
    }

    @Test
    void aTimeoutIsTriedAgain() {
        answers(okJson(OK).withFixedDelay(5_000), okJson(OK));
        try (Providers hurried = Providers.at(wire.baseUrl(), "deeprepo.llm.total-timeout=300ms")) {
            assertThat(hurried.openRouter().complete(hurried.sub("hi")).text()).isEqualTo("fine");
            assertThat(hurried.failures).singleElement().satisfies(
                    failure -> assertThat(failure.cause())
                            .isEqualTo("openrouter answered nothing whole within 300 ms"));
        }
    }

    @Test
    void errorTextsHoldNoKeyAndOneLine() {
        answers(status(401, "{\"error\":{\"message\":\"bad key or-secret-key,\\nor sk-abc-123456\\u202e\"}}"));

        Permanent e = catchThrowableOfType(Permanent.class, this::ask);

        assertThat(e.getMessage()).startsWith("openrouter answered 401: bad key [key], or [key]")
                .doesNotContain("\n", "\u202e");
    }

    @Test
    void whatTheListenerThrowsEndsTheCallAsItIs() {
        answers(status(500, "{}"));
        IllegalStateException fenced = new IllegalStateException("a newer attempt owns this run");
        ModelCall call = providers.sub("hi");
        ModelCall listened = new ModelCall(call.run(), call.role(), call.model(), null, call.messages(), List.of(), 1,
                false, a -> {
                    throw fenced;
                }, call.cancellation());

        assertThat(catchThrowableOfType(IllegalStateException.class,
                () -> providers.openRouter().complete(listened))).isSameAs(fenced);
        assertThat(requests()).isEqualTo(1);
    }

    @Test
    void sixtyFourThreadsAtOnceKeepTheirOwnCounts() {
        answers(status(429, "{}"));

        List<RateLimited> all = new CopyOnWriteArrayList<>();
        // They share one clock, which all of them move.
        try (Providers many = Providers.at(wire.baseUrl(), "deeprepo.retry.total-deadline=10h");
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 64; i++) {
                threads.execute(() -> all.add(catchThrowableOfType(RateLimited.class,
                        () -> many.openRouter().complete(many.sub("hi")))));
            }
        }

        assertThat(all).hasSize(64).allSatisfy(e -> assertThat(e).hasMessageContaining("given up after 6 attempts"));
        assertThat(requests()).isEqualTo(64 * 6);
    }

    private Completion ask() {
        return providers.openRouter().complete(providers.sub("hi"));
    }

    private static ResponseDefinitionBuilder status(int status, String body) {
        return aResponse().withStatus(status).withBody(body);
    }

    private static Duration[] seconds(int... seconds) {
        return IntStream.of(seconds).mapToObj(Duration::ofSeconds).toArray(Duration[]::new);
    }

    private static int requests() {
        return wire.findAll(postRequestedFor(urlEqualTo("/chat/completions"))).size();
    }

    /** These answers in order; the last stays. */
    private static void answers(ResponseDefinitionBuilder... answers) {
        for (int i = 0; i < answers.length; i++) {
            wire.stubFor(post("/chat/completions").inScenario("answers")
                    .whenScenarioStateIs(i == 0 ? Scenario.STARTED : "after " + i)
                    .willSetStateTo(
                            answers.length == 1 ? Scenario.STARTED : "after " + Math.min(i + 1, answers.length - 1))
                    .willReturn(answers[i]));
        }
    }
}
