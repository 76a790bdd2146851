package dev.deeprepo.security;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class PaceTest {

    private static final class SetClock extends Clock {

        private Instant now = Instant.parse("2026-11-26T10:00:00Z");

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    private final SetClock clock = new SetClock();

    @Test
    void takesAMinutesWorthAtOnceAndThenSaysHowLongToWait() {
        Pace pace = new Pace(60, clock);
        for (int i = 0; i < 60; i++) {
            assertThat(pace.take()).isEqualTo(Duration.ZERO);
        }
        assertThat(pace.take()).isEqualTo(Duration.ofSeconds(1));
        assertThat(pace.take()).as("what was refused counts for nothing").isEqualTo(Duration.ofSeconds(1));

        clock.now = clock.now.plusMillis(400);
        assertThat(pace.take()).isEqualTo(Duration.ofMillis(600));
        clock.now = clock.now.plusMillis(600);
        assertThat(pace.take()).isEqualTo(Duration.ZERO);
        assertThat(pace.take()).isPositive();
    }

    @Test
    void anHourOfSilenceIsWorthNoMoreThanAMinute() {
        Pace pace = new Pace(3, clock);
        clock.now = clock.now.plus(Duration.ofHours(1));
        assertThat(pace.take()).isEqualTo(Duration.ZERO);
        assertThat(pace.take()).isEqualTo(Duration.ZERO);
        assertThat(pace.take()).isEqualTo(Duration.ZERO);
        assertThat(pace.take()).isEqualTo(Duration.ofSeconds(20));
    }
}
