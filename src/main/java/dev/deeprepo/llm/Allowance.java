package dev.deeprepo.llm;

import java.time.Duration;
import java.time.Instant;

/**
 * A configured number of requests or tokens per minute, which comes evenly. One second's worth can be saved up. A call
 * that needs more than can be saved starts when all is saved, and leaves a debt. Not thread-safe.
 */
final class Allowance {

    private static final double ROUNDING = 1e-6;

    private final double perSecond;
    private final double most;
    private double saved;
    private Instant last = Instant.MIN;

    Allowance(long perMinute) {
        perSecond = perMinute / 60.0;
        most = Math.max(1, perSecond);
        saved = most;
    }

    /** When so much can be taken. */
    Instant ready(long amount, Instant now) {
        if (now.isAfter(last)) {
            double since = last.equals(Instant.MIN) ? 0 : Flow.seconds(last, now);
            saved = Math.min(most, saved + since * perSecond);
            last = now;
        }
        double missing = Math.min(amount, most) - saved;
        return missing < ROUNDING ? now : now.plus(Duration.ofNanos((long) Math.ceil(missing / perSecond * 1e9)));
    }

    void take(long amount) {
        saved -= amount;
    }

    void giveBack(long amount) {
        saved = Math.min(most, saved + amount);
    }
}
