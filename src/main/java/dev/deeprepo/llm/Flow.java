package dev.deeprepo.llm;

import dev.deeprepo.llm.LlmSettings.Limit;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one model's limits, and when its next call may start because of it. It has neither clock nor
 * threads: it is told what happens, and when. Not thread-safe.
 *
 * <p>A provider limits calls in flight, calls per time, or both, and seldom says which. So two things are learned.
 * <ul>
 * <li><b>How many at once</b>, as TCP learns it. While the limit is used up it rises by one with each answer; after a
 * refusal, for two rounds of answers, by one with each round. A refusal cuts it to three quarters of the calls in flight
 * when the refused one started, or of those that were taken beside it if these are fewer, unless as many have just been
 * answered: then their number was not what was refused.
 * <li><b>How many a second</b>: as they come, before the first refusal. A refusal holds all calls back, for as long as
 * the provider asks, else for a moment that doubles while nothing is answered. The answers between the ends of two holds,
 * by the time between them, are what the provider gave when it was asked for all that it has; for a bucket that fills
 * evenly they are its very rate, because it is as full at the one as at the other. Calls then start at 0.95 of that, and
 * faster with each: 0.4 % a call, 2 % a second at most, five times that when none was refused for long. All of it is
 * slower by as much as a hold is longer than a second, because so much dearer is it to try. After five minutes without
 * a refusal there is no pace any more, and the next hold is a short one.
 * </ul>
 * All refusals of calls that started before the hold are one event. Who is asked to wait for longer than
 * {@code longestAsked} closes the model: until no more than that is left of it, no call is worth its wait.
 */
final class Flow {

    /** At once, before anything is learned. */
    static final int INITIAL = 50;

    private static final Duration FORGET = Duration.ofMinutes(5);
    /** However long a provider asks to wait, it is asked again after this. */
    private static final Duration MOST_CLOSED = Duration.ofHours(1);
    private static final Duration IDLE = Duration.ofSeconds(1);
    /** How far a start may be behind the pace and still be made up for. */
    private static final Duration SLACK = Duration.ofMillis(100);
    private static final int MEASURABLE = 5;
    private static final int QUIET_ROUNDS = 2;
    private static final int QUIET_STARTS = 75;
    private static final int QUIET_SECONDS = 15;
    private static final int QUICKLY = 5;
    private static final double CAUTION = 0.95;
    private static final double DECREASE = 0.75;
    private static final double GROWTH_PER_CALL = 0.004;
    private static final double GROWTH_PER_SECOND = 0.02;

    /**
     * How long to hold back.
     *
     * @param first when the provider does not say
     * @param longest what that doubles to
     * @param longestAsked the longest that a provider may ask for
     */
    record Holds(Duration first, Duration longest, Duration longestAsked) {}

    /**
     * A call under way.
     *
     * @param inFlight how many were, itself included
     * @param answersBefore how many had been answered
     * @param tokens what it was thought to take
     */
    record Start(Instant at, int inFlight, long answersBefore, long tokens) {}

    private final int ceiling;
    private final Holds holds;
    private final @Nullable Allowance requests;
    private final @Nullable Allowance tokens;

    private int inFlight;
    private long answers;
    private double limit;
    /** The most in flight of which one was answered, in this period. */
    private int proven;
    private Instant hold = Instant.EPOCH;
    private Instant closedUntil = Instant.EPOCH;
    /** Starts a second; 0 = as they come. */
    private double pace;
    private double paceLearned;
    private Instant learned = Instant.EPOCH;
    private int startsSinceLearned;
    private Instant nextByPace = Instant.EPOCH;
    private Instant lastStart = Instant.EPOCH;
    private Instant lastEnd = Instant.EPOCH;
    private Instant periodStart = Instant.EPOCH;
    private int answersInPeriod;
    private @Nullable Instant lastRefused;
    private Duration ownHold = Duration.ZERO;
    private boolean toLearn;
    /** Whether the last refusal came before any answer to what started after the one before. */
    private boolean prolonged;
    private int answersSinceRefusal;
    private double slowness = 1;
    /** What the provider says is left, until when. */
    private long announced;
    private Instant announcedUntil = Instant.EPOCH;

    Flow(int ceiling, Holds holds, Limit configured) {
        this.ceiling = ceiling;
        this.holds = holds;
        this.limit = Math.min(INITIAL, ceiling);
        this.requests = configured.requestsPerMinute() == null ? null : new Allowance(configured.requestsPerMinute());
        this.tokens = configured.tokensPerMinute() == null ? null : new Allowance(configured.tokensPerMinute());
    }

    /** When the next call may start; {@link Instant#MAX} = not before one ends. */
    Instant ready(long estimate, Instant now) {
        if (lastRefused != null && lastRefused.plus(FORGET).isBefore(now)) {
            lastRefused = null;
            pace = 0;
            ownHold = Duration.ZERO;
        }
        if (closedUntil.isAfter(now)) {
            return closedUntil;
        }
        if (inFlight >= limit()) {
            return Instant.MAX;
        }
        Instant at = later(hold, pace > 0 ? nextByPace : now);
        if (announcedUntil.isAfter(now) && inFlight >= Math.max(1, announced)) {
            at = later(at, announcedUntil);
        }
        if (requests != null) {
            at = later(at, requests.ready(1, now));
        }
        return tokens == null ? at : later(at, tokens.ready(estimate, now));
    }

    /** A call starts. */
    Start start(long estimate, Instant now) {
        if (toLearn) {
            learn(now);
        } else if (inFlight == 0 && later(later(lastEnd, hold), nextByPace).plus(IDLE).isBefore(now)) {
            begin(now);
        }
        if (pace > 0) {
            boolean quiet = ++startsSinceLearned > QUIET_STARTS && seconds(learned, now) > QUIET_SECONDS * slowness;
            pace += (quiet ? QUICKLY * pace : paceLearned)
                    * Math.min(GROWTH_PER_CALL, GROWTH_PER_SECOND * seconds(lastStart, now)) / slowness;
            nextByPace = later(nextByPace, now.minus(SLACK)).plus(Duration.ofNanos(Math.round(1e9 / pace)));
        }
        lastStart = now;
        inFlight++;
        if (requests != null) {
            requests.take(1);
        }
        if (tokens != null) {
            tokens.take(estimate);
        }
        return new Start(now, inFlight, answers, estimate);
    }

    void answered(Start start, long used, Instant now) {
        if (inFlight >= limit()) {
            boolean quickly = lastRefused == null || answersSinceRefusal > QUIET_ROUNDS * limit;
            limit = Math.min(ceiling, limit + (quickly ? 1 : 1 / limit));
        }
        answers++;
        answersSinceRefusal++;
        answersInPeriod++;
        proven = Math.max(proven, start.inFlight);
        ownHold = Duration.ZERO;
        ended(start, used, now);
    }

    /** @param asked how long the provider asks to wait; null = it does not say */
    void refused(Start start, @Nullable Duration asked, Instant now) {
        ended(start, 0, now);
        if (start.inFlight > proven) {
            long taken = inFlight + answers - start.answersBefore;
            limit = Math.min(limit, Math.max(1, Math.min(Math.max(start.inFlight, inFlight), taken) * DECREASE));
        }
        if (lastRefused == null || start.at.isAfter(lastRefused)) {
            prolonged = !ownHold.isZero();
            Duration doubled = prolonged ? ownHold.multipliedBy(2) : firstHold();
            answersSinceRefusal = 0;
            ownHold = doubled.compareTo(holds.longest) < 0 ? doubled : holds.longest;
            lastRefused = now;
            toLearn = true;
        }
        if (asked == null) {
            hold = later(hold, lastRefused.plus(ownHold));
        } else if (asked.compareTo(holds.longestAsked) > 0) {
            closedUntil = later(closedUntil, now.plus(asked.compareTo(MOST_CLOSED) < 0 ? asked : MOST_CLOSED));
        } else {
            hold = later(hold, now.plus(asked));
        }
    }

    /** Until when no call can start because of what the provider said. */
    Instant held() {
        return later(hold, closedUntil);
    }

    /** How long no call can start, where that is longer than any would wait; zero otherwise. */
    Duration closed(Instant now) {
        return closedUntil.isAfter(now.plus(holds.longestAsked)) ? Duration.between(now, closedUntil) : Duration.ZERO;
    }

    /** A call ended, without a word on whether there was room for it. */
    void ended(Start start, long used, Instant now) {
        inFlight--;
        lastEnd = now;
        if (tokens != null) {
            tokens.giveBack(start.tokens - used);
        }
    }

    void told(Quota quota, Instant now) {
        Instant until = quota.exhaustedUntil();
        if (until != null && !until.isAfter(now.plus(holds.longestAsked))) {
            hold = later(hold, until);
        }
        if (quota.requests() != null && quota.requestsReset() != null) {
            announced = quota.requests();
            announcedUntil = quota.requestsReset();
        }
    }

    /** Calls at once. */
    int limit() {
        return (int) limit;
    }

    boolean isIdle() {
        return inFlight == 0;
    }

    boolean countsTokens() {
        return tokens != null;
    }

    private Duration firstHold() {
        Duration someCalls = pace > 0 ? Duration.ofNanos(Math.round(MEASURABLE * 1e9 / pace)) : holds.first;
        return someCalls.compareTo(holds.first) < 0 ? someCalls : holds.first;
    }

    /** At the end of a hold: the answers to what was in flight have come by now. */
    private void learn(Instant now) {
        toLearn = false;
        if (lastRefused != null) {
            // A hold that was asked for may be longer than it takes to be given some more.
            slowness = Math.max(1, seconds(lastRefused, hold));
            Instant own = lastRefused.plus(ownHold);
            if (hold.isAfter(own)) {
                periodStart = periodStart.plus(Duration.between(own, hold));
            }
        }
        double period = seconds(periodStart, now);
        if (answersInPeriod >= MEASURABLE && (pace == 0 || period >= 1)) {
            pace = CAUTION * answersInPeriod / Math.max(1, period);
            begin(now);
        } else if (!prolonged) {
            pace *= DECREASE;
        }
        if (pace > 0) {
            pace = Math.max(pace, 1 / seconds(Duration.ofSeconds(1).plus(holds.longest)));
        }
        paceLearned = pace;
        learned = now;
        startsSinceLearned = 0;
        nextByPace = now;
        lastStart = now;
    }

    private void begin(Instant now) {
        periodStart = now;
        answersInPeriod = 0;
        proven = 0;
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    static double seconds(Instant from, Instant to) {
        return seconds(Duration.between(from, to));
    }

    private static double seconds(Duration duration) {
        return duration.toNanos() / 1e9;
    }
}
