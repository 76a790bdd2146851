package dev.deeprepo.security;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * How fast one caller may ask: a minute's worth of requests at once, then as many as a minute gives back. This is the
 * generic cell rate algorithm: one instant is kept, that at which all requests so far would have been due, had they been
 * evenly spread. It may be a minute ahead. Thread-safe.
 */
final class Pace {

    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Duration each;
    private final Clock clock;
    private Instant due;

    Pace(int perMinute, Clock clock) {
        this.each = MINUTE.dividedBy(perMinute);
        this.clock = clock;
        this.due = clock.instant();
    }

    /** Takes a request, or says how long to wait for the next that is taken; zero = it is taken. */
    synchronized Duration take() {
        Instant now = clock.instant();
        Instant next = (due.isBefore(now) ? now : due).plus(each);
        Duration ahead = Duration.between(now, next);
        if (ahead.compareTo(MINUTE) > 0) {
            return ahead.minus(MINUTE);
        }
        due = next;
        return Duration.ZERO;
    }
}
