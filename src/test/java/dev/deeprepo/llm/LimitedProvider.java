package dev.deeprepo.llm;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A provider's limit, as its side of the wire keeps it. */
interface LimitedProvider {

    /** Whether a request that arrives now is taken. */
    boolean takes(Instant now);

    /** A request that was taken has been answered. */
    default void answered() {}

    /** What a refusal says; null = nothing. */
    default @Nullable Duration retryAfter() {
        return null;
    }

    /** A bucket that fills evenly, and is full at first. */
    static LimitedProvider bucket(double perSecond, double burst, @Nullable Duration retryAfter) {
        return new LimitedProvider() {
            private double filled = burst;
            private @Nullable Instant last;

            @Override
            public boolean takes(Instant now) {
                filled = Math.min(burst, filled + (last == null ? 0 : Flow.seconds(last, now) * perSecond));
                last = now;
                if (filled < 1) {
                    return false;
                }
                filled--;
                return true;
            }

            @Override
            public @Nullable Duration retryAfter() {
                return retryAfter;
            }
        };
    }

    /** So many at once. */
    static LimitedProvider atOnce(int most) {
        return new LimitedProvider() {
            private int inFlight;

            @Override
            public boolean takes(Instant now) {
                return inFlight < most && ++inFlight > 0;
            }

            @Override
            public void answered() {
                inFlight--;
            }
        };
    }

    /** So many in each minute by the clock. */
    static LimitedProvider perMinute(int most) {
        return new LimitedProvider() {
            private long minute;
            private int taken;

            @Override
            public boolean takes(Instant now) {
                long current = now.getEpochSecond() / 60;
                taken = current == minute ? taken : 0;
                minute = current;
                return taken < most && ++taken > 0;
            }
        };
    }
}
