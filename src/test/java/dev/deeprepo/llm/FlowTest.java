package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deeprepo.llm.Flow.Start;
import dev.deeprepo.llm.LlmSettings.Limit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one model's gate learns, told by hand when what happens. */
class FlowTest {

    private static final Instant T = ThrottleSimulation.START;

    private final Flow flow = new Flow(200, ThrottleSimulation.HOLDS, Limit.NONE);

    @Test
    void fiftyStartAtOnceAndOneMoreWithEachAnswer() {
        List<Start> burst = burst(50, T);
        assertThat(flow.ready(0, T)).isEqualTo(Instant.MAX);

        flow.answered(burst.getFirst(), 0, at(1));

        assertThat(flow.limit()).isEqualTo(51);
        assertThat(flow.ready(0, at(1))).isBeforeOrEqualTo(at(1));
    }

    @Test
    void theLimitStaysWhereItIsNotUsedUp() {
        for (int i = 0; i < 100; i++) {
            flow.answered(flow.start(0, at(i)), 0, at(i));
        }
        assertThat(flow.limit()).isEqualTo(50);
    }

    @Test
    void oneRefusalHoldsAllBackAsLongAsTheProviderAsks() {
        flow.refused(flow.start(0, T), Duration.ofSeconds(17), at(1));

        assertThat(flow.ready(0, at(1))).isEqualTo(at(18));
    }

    @Test
    void aWordlessRefusalHoldsASecondAndTwiceThatWhileNothingIsAnswered() {
        List<Instant> ends = new ArrayList<>();
        Instant now = T;
        for (int i = 0; i < 6; i++) {
            flow.refused(flow.start(0, now.plusNanos(1)), null, now.plusNanos(1));
            Instant end = flow.ready(0, now.plusNanos(1));
            ends.add(T.plus(Duration.between(now.plusNanos(1), end)));
            now = end;
        }
        assertThat(ends).containsExactly(at(1), at(2), at(4), at(8), at(15), at(15));

        flow.answered(flow.start(0, now), 0, now);
        flow.refused(flow.start(0, now.plusSeconds(1)), null, now.plusSeconds(1));

        assertThat(flow.ready(0, now.plusSeconds(1))).isEqualTo(now.plusSeconds(2));
    }

    @Test
    void aWaitThatEndsItsCallClosesTheModelUntilItIsWorthWaiting() {
        flow.refused(flow.start(0, T), Duration.ofMinutes(3), T);

        assertThat(flow.closed(T)).isEqualTo(Duration.ofMinutes(3));
        assertThat(flow.closed(at(59))).isEqualTo(Duration.ofSeconds(121));
        assertThat(flow.closed(at(60))).isEqualTo(Duration.ZERO);
        assertThat(flow.ready(0, at(60))).isEqualTo(at(180));
        assertThat(flow.ready(0, at(180))).isBeforeOrEqualTo(at(180));
    }

    @Test
    void aModelIsAskedAgainAfterAnHourHoweverLongItAsksToWait() {
        flow.refused(flow.start(0, T), Duration.ofDays(365), T);

        assertThat(flow.closed(T)).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void refusalsOfOneBurstAreOneEvent() {
        List<Start> burst = burst(50, T);
        burst.subList(10, 50).forEach(start -> flow.refused(start, null, T.plusMillis(5)));

        assertThat(flow.limit()).as("three quarters of the ten that were taken").isEqualTo(7);
        assertThat(flow.ready(0, T.plusMillis(5))).as("in flight are ten").isEqualTo(Instant.MAX);
        burst.subList(0, 10).forEach(start -> flow.answered(start, 0, T.plusMillis(50)));
        assertThat(flow.ready(0, T.plusMillis(50))).as("one hold, not forty").isEqualTo(T.plusMillis(1_005));
    }

    @Test
    void asManyAsWereJustAnsweredAreNotWhatWasRefused() {
        List<Start> first = burst(20, T);
        first.forEach(start -> flow.answered(start, 0, T.plusMillis(50)));
        List<Start> second = burst(20, T.plusMillis(60));
        second.forEach(start -> flow.refused(start, null, T.plusMillis(70)));

        assertThat(flow.limit()).isEqualTo(50);
    }

    @Test
    void thePaceAfterAHoldIsWhatWasAnsweredBefore() {
        for (int i = 0; i < 90; i++) {
            flow.answered(flow.start(0, T.plusMillis(100L * i)), 0, T.plusMillis(100L * i + 50));
        }
        flow.refused(flow.start(0, at(9)), null, at(9));

        flow.answered(flow.start(0, at(10)), 0, at(10));
        assertThat(flow.ready(0, at(10))).as("90 in 10 s, less a twentieth").isBetween(T.plusMillis(10_110),
                T.plusMillis(10_120));
    }

    @Test
    void thePaceGrowsWithEachCallAndIsForgottenAfterFiveMinutes() {
        thePaceAfterAHoldIsWhatWasAnsweredBefore();
        Instant now = at(10);
        for (int i = 0; i < 60; i++) {
            now = flow.ready(0, now);
            flow.answered(flow.start(0, now), 0, now);
        }
        assertThat(60 / Flow.seconds(at(10), now)).as("starts a second").isCloseTo(8.55 * 1.07, within(0.3));

        Instant later = at(9 + 301);
        flow.start(0, flow.ready(0, later));
        assertThat(flow.ready(0, later)).isBeforeOrEqualTo(later);
    }

    @Test
    void anAnnouncedEndIsWaitedFor() {
        Start start = flow.start(0, T);
        flow.told(new Quota(at(30), 0L, at(30)), T);
        flow.answered(start, 0, T);

        assertThat(flow.ready(0, T)).isEqualTo(at(30));
    }

    @Test
    void noMoreStartThanAreSaidToBeLeft() {
        Start start = flow.start(0, T);
        flow.told(new Quota(null, 2L, at(30)), T);
        flow.answered(start, 0, T);

        burst(2, T);
        assertThat(flow.ready(0, T)).isEqualTo(at(30));
        assertThat(flow.ready(0, at(30))).isEqualTo(at(30));
    }

    @Test
    void aCallThatFailsOtherwiseTeachesNothing() {
        Start start = flow.start(0, T);
        flow.ended(start, 0, T);

        assertThat(flow.limit()).isEqualTo(50);
        assertThat(flow.ready(0, T)).isEqualTo(T);
        assertThat(flow.isIdle()).isTrue();
    }

    @Test
    void tokensAreSettledByWhatWasUsed() {
        Flow limited = new Flow(200, ThrottleSimulation.HOLDS, new Limit(null, 6_000L));
        Instant now = limited.ready(1_000, T);
        Start start = limited.start(1_000, now);
        assertThat(limited.ready(100, now)).as("900 of debt, and 100 to save, at 100 a second").isEqualTo(at(10));

        limited.answered(start, 300, now);

        assertThat(limited.ready(100, now)).isEqualTo(at(3));
    }

    private List<Start> burst(int calls, Instant now) {
        List<Start> starts = new ArrayList<>();
        for (int i = 0; i < calls; i++) {
            assertThat(flow.ready(0, now)).isBeforeOrEqualTo(now);
            starts.add(flow.start(0, now));
        }
        return starts;
    }

    private static Instant at(long seconds) {
        return T.plusSeconds(seconds);
    }
}
