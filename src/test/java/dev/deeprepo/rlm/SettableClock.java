package dev.deeprepo.rlm;

import dev.deeprepo.llm.Cancellation;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that goes on only when it is told to. */
public final class SettableClock extends Clock {

    private volatile Instant now = Instant.parse("2026-11-22T10:00:00Z");

    public synchronized void advance(Duration duration) {
        now = now.plus(duration);
        notifyAll();
    }

    /** Waits until it has gone on for so long; true when the switch was thrown before. */
    boolean await(Cancellation stop, Duration time) throws InterruptedException {
        Instant due = now.plus(time);
        try (var _ = stop.onCancel(this::wake)) {
            synchronized (this) {
                while (now.isBefore(due) && !stop.isCancelled()) {
                    wait();
                }
            }
        }
        return stop.isCancelled();
    }

    private synchronized void wake() {
        notifyAll();
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("everything here is told in UTC");
    }
}
