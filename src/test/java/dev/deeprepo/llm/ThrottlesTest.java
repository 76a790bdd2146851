package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.deeprepo.llm.ModelException.Cancelled;
import dev.deeprepo.llm.ModelException.RateLimited;
import dev.deeprepo.usage.Role;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The gates as the adapters pass through them. */
@Isolated("measures time")
class ThrottlesTest {

    private static final String OK = """
            {"id":"gen-1","choices":[{"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":7,"completion_tokens":2}}""";

    @Test
    void cancelFreesACallThatWaitsForItsTurn() throws Exception {
        CountDownLatch reached = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        try (RawServer server = new RawServer(out -> {
            reached.countDown();
            over.await();
            out.write(RawServer.json(OK));
        }); Providers providers = Providers.withRealWaitsAt(server.url(), "deeprepo.llm.max-in-flight=1")) {
            Thread first = Thread.startVirtualThread(() -> providers.openRouter().complete(providers.sub("first")));
            reached.await();
            Cancellation cancellation = new Cancellation();
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread second = Thread.startVirtualThread(() -> {
                try {
                    providers.openRouter().complete(providers.sub("second", cancellation));
                } catch (RuntimeException e) {
                    thrown.set(e);
                }
            });
            await().until(() -> second.getState() == Thread.State.WAITING);
            long start = System.nanoTime();
            cancellation.cancel("by the user");
            second.join();

            assertThat(thrown.get()).isInstanceOf(Cancelled.class)
                    .hasMessage("cancelled while waiting for its turn: by the user");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
            assertThat(server.requests).hasValue(1);
            over.countDown();
            first.join();
        }
    }

    @Test
    void theTimeInTheQueueIsNotTheRetrys() throws Exception {
        try (RawServer server = exhaustedThenRefusing();
                Providers providers = Providers.at(server.url(), "deeprepo.retry.total-deadline=60s")) {
            providers.openRouter().complete(providers.sub("first"));

            assertThat(providers.openRouter().complete(providers.sub("second")).text()).isEqualTo("fine");

            assertThat(providers.waits).as("for what was announced, then for the retry")
                    .containsExactly(Duration.ofSeconds(90), Duration.ofSeconds(2));
        }
    }

    @Test
    void turnedOffItWaitsForNothing() throws Exception {
        try (RawServer server = exhaustedThenRefusing();
                Providers providers = Providers.at(server.url(), "deeprepo.llm.throttle=false")) {
            providers.openRouter().complete(providers.sub("first"));
            providers.openRouter().complete(providers.sub("second"));

            assertThat(providers.waits).containsExactly(Duration.ofSeconds(2));
        }
    }

    @Test
    void oneRefusalHoldsBackEveryRunThatCallsThatModelAndNoOther() throws Exception {
        try (RawServer server = new RawServer(out -> out.write(("HTTP/1.1 429 No\r\nRetry-After: 40\r\n"
                + "Content-Length: 0\r\n\r\n").getBytes(StandardCharsets.UTF_8)));
                Providers providers = Providers.at(server.url(), "deeprepo.retry.rate-limit.retries=0")) {
            assertThatThrownBy(() -> providers.openRouter().complete(providers.sub("a")))
                    .isInstanceOf(RateLimited.class);
            assertThatThrownBy(() -> providers.openAi().complete(providers.sub("b"))).isInstanceOf(RateLimited.class);
            assertThat(providers.waits).isEmpty();

            assertThatThrownBy(() -> providers.openRouter().complete(call("other run", "some/model")))
                    .isInstanceOf(RateLimited.class);
            assertThat(providers.waits).containsExactly(Duration.ofSeconds(40));
        }
    }

    @Test
    void aModelsOwnLimitsStandBeforeItsProviders() {
        List<Duration> alarms = new ArrayList<>();
        Throttles throttles = throttles(alarms, null, Map.of("deeprepo.llm.limits.openai.requests-per-minute", "60",
                "deeprepo.llm.limits[acme/large].requests-per-minute", "6"));
        for (String model : List.of("gpt-6-sol", "acme/large", "acme/small")) {
            throttles.enter(model.startsWith("gpt") ? Provider.OPENAI : Provider.OPENROUTER, call("run", model), "{}")
                    .close();
        }
        Thread.startVirtualThread(() -> throttles.enter(Provider.OPENAI, call("run", "gpt-6-sol"), "{}"));
        await().until(() -> alarms.size() == 1);
        Thread.startVirtualThread(() -> throttles.enter(Provider.OPENROUTER, call("run", "acme/large"), "{}"));
        await().until(() -> alarms.size() == 2);
        throttles.enter(Provider.OPENROUTER, call("run", "acme/small"), "{}").close();

        assertThat(alarms).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(10));
    }

    @Test
    void onlySoManyModelsAreRemembered() {
        Set<ModelId> open = new HashSet<>();
        Throttles throttles = throttles(new ArrayList<>(), new ThrottleListener() {
            @Override
            public void opened(ModelId model, IntSupplier limit) {
                assertThat(limit.getAsInt()).isEqualTo(50);
                open.add(model);
            }

            @Override
            public void forgotten(ModelId model) {
                open.remove(model);
            }
        }, Map.of());
        Permit busy = throttles.enter(Provider.OPENROUTER, call("run", "busy/model"), "{}");
        for (int i = 0; i < 300; i++) {
            throttles.enter(Provider.OPENROUTER, call("run", "model/" + i), "{}").close();
        }

        assertThat(open).hasSize(200).contains(new ModelId(Provider.OPENROUTER, "busy/model"),
                new ModelId(Provider.OPENROUTER, "model/299"));
        busy.close();
    }

    /** Answers, and says that nothing is left for 90 s; then refuses once; then answers. */
    private static RawServer exhaustedThenRefusing() throws Exception {
        AtomicReference<Integer> asked = new AtomicReference<>(0);
        return new RawServer((OutputStream out) -> {
            int number = asked.updateAndGet(before -> before + 1);
            String head = number == 1
                    ? "HTTP/1.1 200 OK\r\nx-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 1m30s"
                    : number == 2 ? "HTTP/1.1 429 No" : "HTTP/1.1 200 OK";
            out.write("%s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                    .formatted(head, OK.length(), OK).getBytes(StandardCharsets.UTF_8));
        });
    }

    private static Throttles throttles(List<Duration> alarms, @Nullable ThrottleListener listener,
            Map<String, String> properties) {
        Binder binder = new Binder(new MapConfigurationPropertySource(properties));
        return new Throttles(binder.bindOrCreate("deeprepo.llm", LlmSettings.class),
                binder.bindOrCreate("deeprepo.retry", RetrySettings.class),
                Clock.fixed(ThrottleSimulation.START, ZoneOffset.UTC), (delay, _) -> alarms.add(delay), listener);
    }

    private static ModelCall call(String run, String model) {
        return new ModelCall(run, Role.SUB, model, null, List.of(new Message.User("hi")), List.of(), 10, false,
                CallListener.NONE, new Cancellation());
    }
}
