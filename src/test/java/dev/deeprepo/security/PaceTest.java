package dev.deeprepo.security;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.rlm.SettableClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PaceTest {

    private final SettableClock clock = new SettableClock();

    @Test
    void takesAMinutesWorthAtOnceAndThenSaysHowLongToWait() {
        Pace pace = new Pace(60, clock);
        for (int i = 0; i < 60; i++) {
            assertThat(pace.take()).isEqualTo(Duration.ZERO);
        }
        assertThat(pace.take()).isEqualTo(Duration.ofSeconds(1));
        assertThat(pace.take()).as("what was refused counts for nothing").isEqualTo(Duration.ofSeconds(1));

        clock.advance(Duration.ofMillis(400));
        assertThat(pace.take()).isEqualTo(Duration.ofMillis(600));
        clock.advance(Duration.ofMillis(600));
        assertThat(pace.take()).isEqualTo(Duration.ZERO);
        assertThat(pace.take()).isPositive();
    }

    @Test
    void anHourOfSilenceIsWorthNoMoreThanAMinute() {
        Pace pace = new Pace(3, clock);
        clock.advance(Duration.ofHours(1));
        assertThat(pace.take()).isEqualTo(Duration.ZERO);
        assertThat(pace.take()).isEqualTo(Duration.ZERO);
        assertThat(pace.take()).isEqualTo(Duration.ZERO);
        assertThat(pace.take()).isEqualTo(Duration.ofSeconds(20));
    }

    @Test
    void eachOfManyHasItsOwnAndThoseThatAskedLongestAgoAreForgotten() {
        Paces paces = new Paces(1, clock);
        assertThat(paces.take("first")).isZero();
        assertThat(paces.take("second")).isZero();
        for (int i = 0; i < Paces.REMEMBERED - 1; i++) {
            assertThat(paces.take("another " + i)).isZero();
            assertThat(paces.take("second")).isPositive();
        }
        assertThat(paces.take("first")).isZero();
    }

    @ParameterizedTest(name = "{0} and {1}: {2}")
    @CsvSource({"192.0.2.1, 192.0.2.1, true", "192.0.2.1, 192.0.2.2, false", "2001:db8::1, 2001:db8::ffff, true",
            "2001:db8:0:1::1, 2001:db8::1, false", "_hidden, _hidden, true", "_hidden, unknown, false"})
    void aNeighbourhoodIsOneCaller(String one, String other, boolean same) {
        assertThat(Strangers.neighbourhood(one).equals(Strangers.neighbourhood(other))).isEqualTo(same);
    }
}
