package dev.deeprepo.llm;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import dev.deeprepo.llm.ModelException.Permanent;
import dev.deeprepo.llm.ModelException.RateLimited;
import dev.deeprepo.llm.ModelException.Transient;
import dev.deeprepo.llm.RetrySettings.Backoff;
import dev.deeprepo.llm.RetrySettings.Strategy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Delays, and what else surrounds the attempts at a call; what counts as which failure is in the table of calls. */
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

    @ParameterizedTest
    @CsvSource(textBlock = """
            # status, settings below deeprepo.retry,                           chance, waits in ms
            429,      '',                                                            0, 2000 9000 16000 23000 30000
            429,      '',                                                          0.9, 2000 9000 16000 23000 30000
            429,      rate-limit.retries=4,                                          0, 2000 11333 20666 30000
            429,      rate-limit.retries=2,                                          0, 2000 30000
            429,      rate-limit.retries=1,                                          0, 2000
            429,      rate-limit.retries=0,                                          0, ''
            429,      rate-limit.min-delay=30s,                                      0, 30000 30000 30000 30000 30000
            429,      rate-limit.strategy=exponential,                               0, 2000 4000 8000 16000 30000
            429,      rate-limit.strategy=exponential,                             0.5, 2500 5000 10000 20000 37500
            429,      rate-limit.strategy=exponential rate-limit.retries=1,          0, 2000
            429,      rate-limit.strategy=exponential rate-limit.retries=0,          0, ''
            500,      '',                                                            0, 1000 2000 4000
            500,      '',                                                          0.5, 1250 2500 5000
            500,      '',                                                     0.999999, 1500 3000 6000
            500,      transient.jitter=0,                                          0.9, 1000 2000 4000
            500,      transient.jitter=1,                                          0.5, 1500 3000 6000
            500,      transient.retries=8,                                           0, 1000 2000 4000 8000 16000 30000 30000 30000
            500,      transient.retries=6,                                    0.999999, 1500 3000 6000 12000 24000 45000
            500,      transient.retries=1,                                           0, 1000
            500,      transient.retries=0,                                           0, ''
            500,      transient.strategy=linear transient.retries=5 transient.base-delay=2s, 0.9, 2000 9000 16000 23000 30000
            500,      transient.strategy=linear,                                     0, 1000 15500 30000
            500,      transient.strategy=linear transient.retries=1,                 0, 1000
            500,      transient.strategy=linear transient.retries=0,                 0, ''
            # of the model that is called, of another, and beside those of all
            429,      models[some/model].rate-limit.retries=2,                       0, 2000 30000
            500,      models[some/model].rate-limit.retries=2,                       0, 1000 2000 4000
            429,      models[another/model].rate-limit.retries=2,                    0, 2000 9000 16000 23000 30000
            429,      rate-limit.min-delay=4s models[some/model].rate-limit.retries=2, 0, 4000 30000
            429,      models[some/model].rate-limit.min-delay=4s models[some/model].rate-limit.max-delay=60s, 0, 4000 18000 32000 46000 60000
            429,      models[some/model].rate-limit.strategy=exponential,            0, 2000 4000 8000 16000 30000
            429,      models[some/model].total-deadline=20s,                         0, 2000 9000
            500,      models[some/model].transient.strategy=linear,                  0, 1000 15500 30000
            500,      models[some/model].transient.base-delay=2s models[some/model].transient.jitter=1, 0.5, 3000 6000 12000
            500,      models[some/model].transient.max-delay=2s models[some/model].transient.retries=4, 0, 1000 2000 2000 2000
            """)
    void waitsByItsStrategy(int status, String settings, double chance, String waits) {
        answers(status(status));
        String[] properties = settings.isEmpty()
                ? new String[0]
                : Stream.of(settings.split(" ")).map("deeprepo.retry."::concat).toArray(String[]::new);

        assertThat(waits(status, chance, properties)).isEqualTo(millis(waits));

        assertThat(requests()).isEqualTo(millis(waits).size() + 1);
    }

    @Test
    void theOlderVariablesAreTheRateLimitedClass() {
        answers(status(429));
        assertThat(waits(429, 0, "LLM_RETRY_COUNT=3", "LLM_RETRY_MIN_DELAY=4", "LLM_RETRY_MAX_DELAY=5.5"))
                .isEqualTo(millis("4000 4750 5500"));
    }

    @Test
    void jitterAddsAtMostItsPartOfTheDelay() {
        Backoff backoff = new Backoff(Strategy.EXPONENTIAL, 10, Duration.ofSeconds(1), Duration.ofSeconds(30), 0.5);
        for (int step = 1; step <= 10; step++) {
            Duration least = Duration.ofSeconds(Math.min(1L << (step - 1), 30));
            for (double chance = 0; chance < 1; chance += 0.01) {
                assertThat(backoff.delay(step, chance)).isBetween(least, least.multipliedBy(3).dividedBy(2));
            }
        }
    }

    /** Steps are counted per class; the call is given up when either class has none left. */
    @ParameterizedTest
    @CsvSource(textBlock = """
            429 500 429 200,                     2000 1250 9000
            500 429 503 429 504 200,             1250 2000 2500 9000 5000
            429 529 500 429 502 429 429 503 200, 2000 9000 1250 16000 2500 23000 30000 5000
            429 429 500 429 429 429 429,         2000 9000 1250 16000 23000 30000
            500 429 500 500 500,                 1250 2000 2500 5000
            429 500 400,                         2000 1250
            """)
    void classesCountTheirOwnSteps(String statuses, String waits) {
        List<Integer> all = Stream.of(statuses.split(" ")).map(Integer::valueOf).toList();
        answers(all.stream().map(status -> status == 200 ? okJson(OK) : status(status))
                .toArray(ResponseDefinitionBuilder[]::new));

        if (all.getLast() == 200) {
            assertThat(ask().text()).isEqualTo("fine");
        } else {
            assertThat(catchThrowableOfType(ModelException.class, this::ask)).satisfies(
                    e -> assertThat(e.status()).isEqualTo(all.getLast()),
                    e -> assertThat(e).hasMessageContaining("given up after %d attempts", all.size()));
        }

        assertThat(providers.waits).isEqualTo(millis(waits));
        assertThat(requests()).isEqualTo(all.size());
    }

    @Test
    void theFinalErrorHasTheLastCauseAndTheNumberOfAttempts() {
        answers(aResponse().withStatus(429).withBody("{\"error\":{\"message\":\"slow down\"}}"));

        assertThat(catchThrowableOfType(RateLimited.class, this::ask))
                .hasMessage("openrouter answered 429: slow down (given up after 6 attempts)");
    }

    @Test
    void theFinalErrorSaysWhatCutTheRetriesShort() {
        answers(status(429).withHeader("Retry-After", "121"));
        assertThat(catchThrowableOfType(RateLimited.class, this::ask))
                .hasMessageContaining("the provider asks to wait 121 s, at most 120 s are allowed");

        answers(okJson(OK));
        assertThat(catchThrowableOfType(RateLimited.class, this::ask))
                .hasMessageContaining("it lets no call in for now")
                .hasMessageContaining("(given up after 1 attempt; the provider asks to wait 121 s");
        assertThat(requests()).as("nothing is sent that would have to wait for longer than any does").isEqualTo(1);

        providers.later();
        answers(status(429).withHeader("Retry-After", "120"));
        assertThat(catchThrowableOfType(RateLimited.class, this::ask))
                .hasMessageContaining("the 600 s for all attempts are over");

        answers(status(503).withHeader("x-should-retry", "false"));
        assertThat(catchThrowableOfType(Transient.class, this::ask)).hasMessageContaining("not to be tried again");
        answers(status(429).withHeader("x-should-retry", "false"));
        assertThat(catchThrowableOfType(RateLimited.class, this::ask)).hasMessageContaining("not to be tried again");
    }

    @Test
    void aRefusedKeyIsNotTriedAgainForAMinuteWhoeverAsks() {
        answers(status(401));
        assertThat(catchThrowableOfType(Permanent.class, this::ask)).hasMessageContaining("openrouter answered 401");
        assertThat(catchThrowableOfType(Permanent.class, this::ask)).hasMessageContaining("refused the key at ")
                .satisfies(e -> assertThat(e.status()).isEqualTo(401));
        assertThat(requests()).isEqualTo(1);

        providers.later();
        answers(okJson(OK));
        assertThat(ask().text()).isEqualTo("fine");
        assertThat(ask().text()).isEqualTo("fine");
    }

    @Test
    void theLongestWaitOfAModelIsItsOwn() {
        try (Providers set = Providers.at(wire.baseUrl(), "deeprepo.retry.models[some/model].max-retry-after=5s")) {
            answers(status(429).withHeader("Retry-After", "5"), status(429).withHeader("Retry-After", "6"));
            assertThat(catchThrowableOfType(RateLimited.class, () -> set.openRouter().complete(set.sub("hi"))))
                    .hasMessageContaining("the provider asks to wait 6 s, at most 5 s are allowed");
            assertThat(set.waits).isEqualTo(millis("5000"));
        }
    }

    @ParameterizedTest
    @CsvSource({"rate-limit.retries=-1, retries must be 0 to 100",
            "transient.base-delay=40s, delays must be 0 or more and ascend",
            "total-deadline=0s, total-deadline positive",
            "rate-limit.retreis=1, retreis"})
    void aSettingOfAModelThatCannotBeStopsTheStart(String setting, String why) {
        assertThat(catchThrowable(() -> Providers.at(wire.baseUrl(), "deeprepo.retry.models[some/model]." + setting)))
                .hasStackTraceContaining(why).hasStackTraceContaining("some/model");
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void everyRetryIsLoggedAsOneLine(CapturedOutput output) {
        answers(status(429), status(529), okJson(OK));

        ask();

        assertThat(output.getAll().lines().filter(line -> line.contains("ModelRetry") && line.contains("some/model")))
                .satisfiesExactly(
                        first -> assertThat(first)
                                .contains("attempt 1 of 6 failed, the next in 2000 ms: openrouter answered 429"),
                        second -> assertThat(second)
                                .contains("attempt 2 of 6 failed, the next in 9000 ms: openrouter answered 529"));
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
    void whatTheHostBehindSaysIsPassedOn() {
        answers(okJson(
                "{\"error\":{\"code\":502,\"message\":\"host down\",\"metadata\":{\"raw\":\"boom\"}}}"), okJson(OK));

        ask();

        assertThat(providers.failures.getFirst().cause()).endsWith("host down (boom)");
    }

    @Test
    void errorTextsHoldNoKeyAndOneLine() {
        answers(aResponse().withStatus(401)
                .withBody("{\"error\":{\"message\":\"bad key or-secret-key,\\nor sk-abc-123456\\u202e\"}}"));

        Permanent e = catchThrowableOfType(Permanent.class, this::ask);

        assertThat(e.getMessage()).startsWith("openrouter answered 401: bad key [key], or [key]")
                .doesNotContain("\n", "\u202e");
    }

    @Test
    void whatTheListenerThrowsEndsTheCallAsItIs() {
        answers(status(500));
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
        answers(status(429));

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

    /** The waits of a call that never succeeds. */
    private static List<Duration> waits(int status, double chance, String... properties) {
        try (Providers set = Providers.at(wire.baseUrl(), properties)) {
            set.chance = chance;
            assertThat(catchThrowableOfType(ModelException.class,
                    () -> set.openRouter().complete(set.sub("hi"))).status()).isEqualTo(status);
            return List.copyOf(set.waits);
        }
    }

    private static List<Duration> millis(String numbers) {
        return Arrays.stream(numbers.split(" ")).filter(number -> !number.isEmpty())
                .map(number -> Duration.ofMillis(Long.parseLong(number))).toList();
    }

    private static ResponseDefinitionBuilder status(int status) {
        return aResponse().withStatus(status).withBody("{}");
    }

    private static int requests() {
        return wire.findAll(postRequestedFor(urlEqualTo("/chat/completions"))).size();
    }

    /** These answers in order; the last stays. */
    private static void answers(ResponseDefinitionBuilder... answers) {
        wire.resetScenarios();
        for (int i = 0; i < answers.length; i++) {
            wire.stubFor(post("/chat/completions").inScenario("answers")
                    .whenScenarioStateIs(i == 0 ? Scenario.STARTED : "after " + i)
                    .willSetStateTo(
                            answers.length == 1 ? Scenario.STARTED : "after " + Math.min(i + 1, answers.length - 1))
                    .willReturn(answers[i]));
        }
    }
}
