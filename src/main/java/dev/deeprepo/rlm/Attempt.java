package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.repl.ReplException;
import dev.deeprepo.usage.BudgetExceeded;
import dev.deeprepo.usage.BudgetExceeded.Limit;
import dev.deeprepo.usage.DayBudget;
import dev.deeprepo.usage.Left;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Spending;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One attempt at a task: what its parts share (journal, recording, budget, time), and how each of them ends. */
final class Attempt {

    /** How time is waited for. */
    @FunctionalInterface
    interface Timer {

        /** True when the switch was thrown before. */
        boolean await(Cancellation stop, Duration time) throws InterruptedException;
    }

    /** Of the running time, what is kept for the last call: a tenth, but not more than this. */
    private static final Duration LAST_CALL = Duration.ofMinutes(2);

    private static final String TIME_UP = "timeout";

    private final Task task;
    private final PriceList prices;
    private final Clock clock;
    private final Timer timer;
    private final Instant began;
    private final Recording recording;
    private final Warnings warnings;
    private final Spending spending;
    private final Cancellation broken = new Cancellation();

    Attempt(Task task, PriceList prices, Clock clock, Timer timer, DayBudget day) {
        this.task = task;
        this.prices = prices;
        this.clock = clock;
        this.timer = timer;
        this.began = clock.instant();
        this.recording = new Recording(task.history());
        this.warnings = new Warnings(task.journal(), recording);
        this.spending = new Spending(task.brief().budget(), day);
        recording.calls().chargeTo(spending);
    }

    String owner() {
        return task.owner();
    }

    Brief brief() {
        return task.brief();
    }

    Snapshot snapshot() {
        return task.snapshot();
    }

    JournalWriter journal() {
        return task.journal();
    }

    Clock clock() {
        return clock;
    }

    Recording recording() {
        return recording;
    }

    Warnings warnings() {
        return warnings;
    }

    Spending spending() {
        return spending;
    }

    /** @param sharing where sub-calls look first; null = every reply is bought */
    Buyer buyer(Cancellation stop, @Nullable Sharing sharing) {
        return new Buyer(task, spending, warnings, clock, stop, sharing);
    }

    /** What the run may still consume in and after this turn. */
    Left left(int turn) {
        return new Left(brief().budget().maxTurns() - turn, spending.remaining(), spending.remainingSubCalls(),
                spending.remainingTokens(), timeForTurns());
    }

    /** A limit of which four fifths are used; null while there is none. */
    @Nullable
    Limit nearlyUsed() {
        Duration fifth = brief().budget().timeout().dividedBy(5);
        return timeLeft().compareTo(fifth) <= 0 ? Limit.timeout : spending.nearlyUsed();
    }

    Price price(ModelId model) {
        return prices.of(model.name());
    }

    /** Tells what a reader should know of these models and of calls that were under way when an earlier attempt ended. */
    void warnOf(ModelId... models) {
        recording.calls().uncertainCalls().forEach(warnings::once);
        for (ModelId model : models) {
            if (!price(model).known()) {
                warnings.once(new Warned("price-unknown",
                        "no price is known for %s: its tokens are counted at $1.00 per million, in and out"
                                .formatted(model.name())));
            }
        }
    }

    /** @throws Stopped when time is up, or {@code stop} was thrown */
    void checkTime(Cancellation stop) {
        check(stop, timeLeft());
    }

    /** @throws Stopped when no turn may begin any more, or {@code turns} was thrown */
    void checkTimeForTurns(Cancellation turns) {
        check(turns, timeForTurns());
    }

    private void check(Cancellation stop, Duration left) {
        if (stop.isCancelled() || task.cancellation().isCancelled() || !left.isPositive()) {
            throw new Stopped();
        }
    }

    /**
     * Has the turns of a part end while there is still time for its last call.
     *
     * @param turns thrown then, and with {@code end}
     * @param end of the part
     */
    void endTurnsInTime(Cancellation turns, Cancellation end) {
        end.onCancel(() -> turns.cancel("over"));
        Thread.ofVirtual().name("turns-timeout").start(() -> await(timeForTurns(), turns));
    }

    /** Whether it is only the turns that have no time left: the clock says so, or the timer did, whatever the clock says. */
    boolean isLastCallDue(Cancellation turns, Cancellation end) {
        boolean over = TIME_UP.equals(turns.reason()) || !timeForTurns().isPositive();
        return over && !end.isCancelled() && timeLeft().isPositive();
    }

    /**
     * Plays a part to its end.
     *
     * @param stop thrown when the run is cancelled, its time is up or another part broke; and at the end, so that nothing
     *     that the part started outlives it
     * @param found what there is to show when it ends without an answer, in Markdown
     * @throws dev.deeprepo.journal.Fenced when a newer attempt took over
     */
    Outcome play(Cancellation stop, Supplier<Outcome> part, Supplier<String> found) {
        try (var _ = task.cancellation().onCancel(() -> stop.cancel("cancelled"));
                var _ = broken.onCancel(() -> stop.cancel("another part broke"))) {
            Thread.ofVirtual().name("run-timeout").start(() -> await(timeLeft(), stop));
            return part.get();
        } catch (Stopped e) {
            return stopped(found.get());
        } catch (ReplayDiverged e) {
            return new Outcome.Failed(Outcome.REPLAY_DIVERGED, String.valueOf(e.getMessage()), false);
        } catch (BudgetExceeded e) {
            return salvage(found.get(), e.limit().name(), String.valueOf(e.getMessage()), false);
        } catch (ModelException e) {
            BudgetExceeded ended = spending.ended();
            return ended == null
                    ? salvage(found.get(), Outcome.MODEL_FAILED, String.valueOf(e.getMessage()),
                            e.kind() != ModelException.Kind.PERMANENT)
                    : salvage(found.get(), ended.limit().name(), String.valueOf(ended.getMessage()), false);
        } catch (ReplException e) {
            return stop.isCancelled()
                    ? stopped(found.get())
                    : salvage(found.get(), Outcome.KERNEL_FAILED, String.valueOf(e.getMessage()), true);
        } catch (RuntimeException | Error e) {
            broken.cancel("a part broke"); // its fault ends the attempt, so the others need not go on
            throw e;
        } finally {
            stop.cancel("over");
        }
    }

    static Outcome salvage(String found, String reason, String detail, boolean retryable) {
        return found.isEmpty()
                ? new Outcome.Failed(reason, detail, retryable)
                : new Outcome.Partial(found, reason, detail);
    }

    private Outcome stopped(String found) {
        return task.cancellation().isCancelled()
                ? new Outcome.Cancelled(found)
                : salvage(found, Limit.timeout.name(), timeIsUp(), false);
    }

    String timeIsUp() {
        return "the running time of %s is used up".formatted(task.brief().budget().timeout());
    }

    private Duration timeForTurns() {
        Duration tenth = task.brief().budget().timeout().dividedBy(10);
        return timeLeft().minus(tenth.compareTo(LAST_CALL) < 0 ? tenth : LAST_CALL);
    }

    long secondsLeft() {
        return timeLeft().toSeconds();
    }

    private Duration timeLeft() {
        return task.brief().budget().timeout().minus(recording.lived())
                .minus(Duration.between(began, clock.instant()));
    }

    /** Throws the switch after a time, unless it is thrown before. */
    private void await(Duration left, Cancellation stop) {
        try {
            if (!left.isPositive() || !timer.await(stop, left)) {
                stop.cancel(TIME_UP);
            }
        } catch (InterruptedException e) { // nobody interrupts this thread; if so, the part goes on without it
            Thread.currentThread().interrupt();
        }
    }
}
