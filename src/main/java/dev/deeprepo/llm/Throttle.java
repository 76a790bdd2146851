package dev.deeprepo.llm;

import dev.deeprepo.llm.ModelException.RateLimited;
import dev.deeprepo.usage.Usage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The gate before one model of one provider: lets calls in as its {@link Flow} allows, in the order of its
 * {@link FairQueue}. Nothing is waited for in here: who asks is given a future, and an alarm looks again when time
 * alone will make room.
 */
final class Throttle {

    /** Calls back after a time. */
    @FunctionalInterface
    interface Alarm {
        void after(Duration delay, Runnable action);
    }

    private record Waiting(CompletableFuture<Permit> granted, long tokens) {}

    private final ReentrantLock lock = new ReentrantLock();
    private final Clock clock;
    private final Alarm alarm;
    private final Flow flow;
    private final FairQueue<Waiting> queue = new FairQueue<>();
    private @Nullable Instant armed;
    /** What alarms have waited for is over, even when the clock was set back meanwhile. */
    private Instant passed = Instant.MIN;
    private double meanOutput = -1;

    Throttle(Flow flow, Clock clock, Alarm alarm) {
        this.flow = flow;
        this.clock = clock;
        this.alarm = alarm;
    }

    /**
     * Asks for leave. Whoever no longer wants it completes the future; it fails with {@link RateLimited} where the provider
     * asked others to wait for longer than any call does.
     *
     * @param urgent whether it goes before all that are not
     */
    CompletableFuture<Permit> ask(String run, boolean urgent, long input, int maxOutput) {
        CompletableFuture<Permit> granted = new CompletableFuture<>();
        lock.lock();
        try {
            long output = meanOutput < 0 ? maxOutput : Math.min(maxOutput, Math.round(meanOutput));
            queue.add(run, urgent, new Waiting(granted, input + output));
            admit();
        } finally {
            lock.unlock();
        }
        return granted;
    }

    /** Until when it is certain that no call is let in; in the past mostly. */
    Instant held() {
        lock.lock();
        try {
            return flow.held();
        } finally {
            lock.unlock();
        }
    }

    int limit() {
        lock.lock();
        try {
            return flow.limit();
        } finally {
            lock.unlock();
        }
    }

    /** Whether anybody is in it or waits. */
    boolean isIdle() {
        lock.lock();
        try {
            return flow.isIdle() && queue.first() == null;
        } finally {
            lock.unlock();
        }
    }

    boolean countsTokens() {
        return flow.countsTokens();
    }

    private Instant now() {
        Instant now = clock.instant();
        return now.isBefore(passed) ? passed : now;
    }

    private void admit() {
        Instant now = now();
        for (Waiting first = queue.first(); first != null; first = queue.first()) {
            Duration closed = flow.closed(now);
            if (closed.isPositive()) {
                first.granted.completeExceptionally(new RateLimited(
                        "it lets no call in for now: it was asked a moment ago", null, closed));
            }
            if (!first.granted.isDone()) {
                Instant at = flow.ready(first.tokens, now);
                if (at.isAfter(now)) {
                    arm(at, now);
                    return;
                }
            }
            queue.removeFirst();
            if (!first.granted.isDone()) {
                Flow.Start start = flow.start(first.tokens, now);
                Granted permit = new Granted(start);
                if (!first.granted.complete(permit)) {
                    permit.close();
                }
            }
        }
    }

    private void arm(Instant at, Instant now) {
        if (at.equals(Instant.MAX) || armed != null && !at.isBefore(armed)) {
            return;
        }
        armed = at;
        alarm.after(Duration.between(now, at), () -> {
            lock.lock();
            try {
                passed = at.isAfter(passed) ? at : passed;
                if (at.equals(armed)) {
                    armed = null;
                }
                admit();
            } finally {
                lock.unlock();
            }
        });
    }

    private final class Granted implements Permit {

        private final Flow.Start start;
        private boolean over;

        private Granted(Flow.Start start) {
            this.start = start;
        }

        @Override
        public void told(Quota quota) {
            if (!quota.equals(Quota.UNKNOWN)) {
                lock.lock();
                try {
                    flow.told(quota, now());
                } finally {
                    lock.unlock();
                }
            }
        }

        @Override
        public void answered(Usage usage) {
            end(() -> {
                flow.answered(start, usage.equals(Usage.NONE) ? start.tokens() : usage.totalTokens(), now());
                if (!usage.equals(Usage.NONE)) {
                    meanOutput += (usage.outputTokens() - meanOutput) * (meanOutput < 0 ? 1 : 0.1);
                }
            });
        }

        @Override
        public void refused(@Nullable Duration retryAfter) {
            end(() -> flow.refused(start, retryAfter, now()));
        }

        @Override
        public void close() {
            end(() -> flow.ended(start, start.tokens(), now()));
        }

        private void end(Runnable how) {
            lock.lock();
            try {
                if (!over) {
                    over = true;
                    how.run();
                    admit();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
