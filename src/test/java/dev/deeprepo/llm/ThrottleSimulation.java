package dev.deeprepo.llm;

import dev.deeprepo.llm.LlmSettings.Limit;
import dev.deeprepo.llm.RetrySettings.Backoff;
import dev.deeprepo.llm.RetrySettings.Strategy;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Runs that ask a limited provider through the real gate, with the default retries, event by event: no thread, no
 * sleeping, and the same for the same seed. Each message takes some milliseconds; each answer its latency, give or take
 * a fifth; each timer is late by up to two milliseconds.
 */
final class ThrottleSimulation implements InstantSource {

    private record Event(Instant at, long number, Runnable action) {}

    /** What came of it. */
    record Result(int completed, int failed, int requests, int refused, Duration took) {

        double wasted() {
            return (double) refused / requests;
        }
    }

    static final Flow.Holds HOLDS = new Flow.Holds(Duration.ofSeconds(1), Duration.ofSeconds(15),
            Duration.ofMinutes(2));
    static final Instant START = Instant.parse("2026-11-22T12:00:00Z");

    private static final Backoff RETRIES = new Backoff(Strategy.LINEAR, 5, Duration.ofSeconds(2),
            Duration.ofSeconds(30), 0);

    private final PriorityQueue<Event> events = new PriorityQueue<>(
            Comparator.comparing(Event::at).thenComparing(Event::number));
    private final Random chance;
    private final LimitedProvider provider;
    private final Duration latency;
    private final @Nullable Throttle gate;
    private Instant now = START;
    private long number;
    private int completed;
    private int failed;
    private int requests;
    private int refused;
    private Instant last = START;

    ThrottleSimulation(long seed, LimitedProvider provider, Duration latency, boolean throttled, Limit limit) {
        this.chance = new Random(seed);
        this.provider = provider;
        this.latency = latency;
        this.gate = throttled
                ? new Throttle(new Flow(200, HOLDS, limit), withZone(ZoneOffset.UTC),
                        (delay, action) -> after(delay.plus(upTo(Duration.ofMillis(2))), action))
                : null;
    }

    static ThrottleSimulation of(long seed, LimitedProvider provider, Duration latency) {
        return new ThrottleSimulation(seed, provider, latency, true, Limit.NONE);
    }

    /** Runs that each have so many calls to make, so many at once; a run begins within a second. */
    Result run(int runs, int calls, int atOnce) {
        for (int run = 0; run < runs; run++) {
            Run started = new Run("run " + run, calls);
            after(upTo(Duration.ofSeconds(1)), () -> {
                for (int i = 0; i < atOnce; i++) {
                    started.next();
                }
            });
        }
        while (!events.isEmpty()) {
            Event event = events.remove();
            now = event.at;
            event.action.run();
        }
        return new Result(completed, failed, requests, refused, Duration.between(START, last));
    }

    private void after(Duration delay, Runnable action) {
        events.add(new Event(now.plus(delay), number++, action));
    }

    private Duration upTo(Duration most) {
        return Duration.ofNanos((long) (chance.nextDouble() * most.toNanos()));
    }

    private final class Run {

        private final String name;
        private int left;

        private Run(String name, int calls) {
            this.name = name;
            this.left = calls;
        }

        private void next() {
            if (left > 0) {
                left--;
                attempt(1);
            }
        }

        private void attempt(int attempt) {
            if (gate == null) {
                send(attempt, Permit.FREE);
            } else {
                var _ = gate.ask(name, false, 0, 100).thenAccept(permit -> send(attempt, permit));
            }
        }

        private void send(int attempt, Permit permit) {
            after(Duration.ofMillis(2).plus(upTo(Duration.ofMillis(3))), () -> {
                requests++;
                if (provider.takes(now)) {
                    after(latency.multipliedBy(4).dividedBy(5).plus(upTo(latency.multipliedBy(2).dividedBy(5))), () -> {
                        provider.answered();
                        completed++;
                        last = now;
                        permit.answered(Usage.of(100, 10));
                        next();
                    });
                } else {
                    refused++;
                    Duration asked = provider.retryAfter();
                    after(Duration.ofMillis(5), () -> {
                        permit.refused(asked);
                        if (attempt > RETRIES.retries()) {
                            failed++;
                            last = now;
                            next();
                        } else {
                            after(asked == null ? RETRIES.delay(attempt, 0) : asked, () -> attempt(attempt + 1));
                        }
                    });
                }
            });
        }
    }

    @Override
    public Instant instant() {
        return now;
    }
}
