package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.llm.LlmSettings.Limit;
import dev.deeprepo.llm.ThrottleSimulation.Result;
import dev.deeprepo.usage.Usage;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Four runs of 200 calls, 16 at once each, and who goes first; by the events of a simulated wire. */
class ThrottleTest {

    private static final int SEEDS = 10;
    private static final Duration MOMENT = Duration.ofMillis(50);
    private static final Duration SECOND = Duration.ofSeconds(1);

    static Stream<Arguments> buckets() {
        return Stream.of(MOMENT, SECOND)
                .flatMap(latency -> Stream.of(Arguments.of(latency, null), Arguments.of(latency, SECOND)));
    }

    @ParameterizedTest
    @MethodSource("buckets")
    void aBucketIsUsedToTheFullAndSeldomAskedInVain(Duration latency, @Nullable Duration retryAfter) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Result result = ThrottleSimulation.of(seed, LimitedProvider.bucket(5, 10, retryAfter), latency)
                    .run(4, 200, 16);

            assertThat(result.completed()).as("seed %d: %s", seed, result).isEqualTo(800);
            assertThat(seconds(result)).as("seed %d: %s", seed, result).isLessThan(1.15 * (800 - 10) / 5);
            assertThat(result.wasted()).as("seed %d: %s", seed, result).isLessThan(0.1);
        }
    }

    @Test
    void aLongRetryAfterIsNotProvokedOften() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Result result = ThrottleSimulation
                    .of(seed, LimitedProvider.bucket(5, 10, Duration.ofSeconds(10)), SECOND).run(4, 200, 16);

            assertThat(result.completed()).as("seed %d: %s", seed, result).isEqualTo(800);
            assertThat(seconds(result)).as("seed %d: %s", seed, result).isLessThan(2 * (800 - 10) / 5.0);
        }
    }

    @Test
    void withoutItHalfOfAllIsAskedInVainAndSomeIsLost() {
        Result result = new ThrottleSimulation(1, LimitedProvider.bucket(5, 10, null), MOMENT, false, Limit.NONE)
                .run(4, 200, 16);

        assertThat(result.wasted()).as("%s", result).isGreaterThan(0.5);
        assertThat(result.failed()).as("%s", result).isGreaterThan(10);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8, 40})
    void soManyAtOnceAreFound(int most) {
        for (int seed = 0; seed < SEEDS; seed++) {
            Result result = ThrottleSimulation.of(seed, LimitedProvider.atOnce(most), SECOND).run(4, 200, 16);

            assertThat(result.completed()).as("seed %d: %s", seed, result).isEqualTo(800);
            assertThat(result.wasted()).as("seed %d: %s", seed, result).isLessThan(0.12);
            assertThat(seconds(result)).as("seed %d: %s", seed, result).isLessThan(1.7 * 800 / most);
        }
    }

    @Test
    void aMinuteThatIsUsedUpIsWaitedOut() {
        for (int seed = 0; seed < SEEDS; seed++) {
            Result result = ThrottleSimulation.of(seed, LimitedProvider.perMinute(60), SECOND).run(4, 200, 16);

            assertThat(result.completed()).as("seed %d: %s", seed, result).isEqualTo(800);
            assertThat(result.wasted()).as("seed %d: %s", seed, result).isLessThan(0.1);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 1_000})
    void whoHasNoLimitIsNotSlowed(int millis) {
        Duration latency = Duration.ofMillis(millis);

        Result throttled = ThrottleSimulation.of(1, LimitedProvider.atOnce(100), latency).run(3, 500, 16);
        Result free = new ThrottleSimulation(1, LimitedProvider.atOnce(100), latency, false, Limit.NONE).run(3, 500,
                16);

        assertThat(throttled).isEqualTo(free);
    }

    @Test
    void aConfiguredRateIsKeptFromTheFirstCallOn() {
        Result result = new ThrottleSimulation(1, LimitedProvider.bucket(5, 10, null), MOMENT, true,
                new Limit(300, null)).run(4, 200, 16);

        assertThat(result.refused()).isZero();
        assertThat(seconds(result)).isBetween((800 - 5) / 5.0, 1.05 * 800 / 5);
    }

    @Test
    void configuredTokensAreKeptByWhatIsReallyUsed() {
        // Each call is thought to take 100 tokens at first, and takes 110: four a second are 26 400 a minute.
        Result result = new ThrottleSimulation(1, LimitedProvider.atOnce(100), MOMENT, true,
                new Limit(null, 26_400L)).run(4, 200, 16);

        assertThat(seconds(result)).isBetween(0.97 * 800 / 4, 1.03 * 800 / 4);
    }

    @Test
    void aRootCallGoesBeforeAThousandOfAnotherRun() {
        Throttle gate = oneAtATime();
        CompletableFuture<Permit> running = gate.ask("large", false, 0, 1);
        List<CompletableFuture<Permit>> batch = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            batch.add(gate.ask("large", false, 0, 1));
        }
        CompletableFuture<Permit> root = gate.ask("small", true, 0, 1);

        running.join().answered(Usage.NONE);

        assertThat(root).isCompleted();
        assertThat(batch).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void runsTakeTurnsHoweverManyEachHasWaiting() {
        Throttle gate = oneAtATime();
        List<String> order = new ArrayList<>();
        Permit running = gate.ask("first", false, 0, 1).join();
        for (String run : List.of("a", "a", "a", "a", "b", "b", "c")) {
            var _ = gate.ask(run, false, 0, 1).thenAccept(permit -> {
                order.add(run);
                permit.close();
            });
        }
        running.close();

        assertThat(order).containsExactly("a", "b", "c", "a", "b", "a", "a");
    }

    @Test
    void whoGaveUpWaitingIsPassedOver() {
        Throttle gate = oneAtATime();
        Permit running = gate.ask("a", false, 0, 1).join();
        CompletableFuture<Permit> first = gate.ask("a", false, 0, 1);
        CompletableFuture<Permit> second = gate.ask("a", false, 0, 1);
        first.cancel(false);

        running.close();

        assertThat(second).isCompleted();
        second.join().close();
        assertThat(gate.isIdle()).isTrue();
    }

    private static Throttle oneAtATime() {
        return new Throttle(new Flow(1, ThrottleSimulation.HOLDS, Limit.NONE),
                Clock.fixed(ThrottleSimulation.START, ZoneOffset.UTC), (_, _) -> {
                    throw new AssertionError("nothing to wait for but each other");
                });
    }

    private static double seconds(Result result) {
        return result.took().toMillis() / 1e3;
    }
}
