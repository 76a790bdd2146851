package dev.deeprepo.usage;

import dev.deeprepo.usage.BudgetExceeded.Limit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The running meter of one run, and the only place that decides whether a call may still be made. Thread-safe.
 *
 * <p>A call reserves its worst case first and settles what it really cost afterwards, so that
 * {@code spent + reserved + held back ≤ budget} holds at every instant, however many calls are in flight. A reply that
 * costs more than was reserved for it shows that worst cases are not known here: it is counted in full, and nothing is
 * bought after it.
 */
public final class Spending {

    /** Tokens that an answer needs to be of use: a call that could not have as many is refused. */
    public static final int LEAST_ANSWER = 1_024;

    private static final long LOOK_AGAIN_MILLIS = 100;

    private final Budget budget;
    private final DayBudget day;
    private final Commitments commitments;
    private int open;
    private final List<Runnable> atEnd = new ArrayList<>();
    private @Nullable BudgetExceeded ended;

    public Spending(Budget budget, DayBudget day) {
        this.budget = budget;
        this.day = day;
        this.commitments = new Commitments(budget, day);
    }

    /**
     * Sets aside what a call may cost at most. Where the budget cannot bear as long an answer as is wanted, it waits for
     * calls under way, whose reservations mostly come free; once there is none, the answer gets what is left.
     *
     * @param inputTokens of the prompt at most
     * @param maxTokens of the answer, as many as wanted
     * @param check run before each look; what it throws ends the wait
     * @throws BudgetExceeded naming the limit that refuses the call; nothing is reserved then
     */
    public Reservation reserve(Role role, Price price, long inputTokens, int maxTokens, Runnable check) {
        return reserve(role, price, inputTokens, maxTokens, check, false);
    }

    /** The same for the last call of a run: it has what was held back for it, in one step, so that nobody else gets it. */
    public Reservation reserveLast(Role role, Price price, long inputTokens, int maxTokens, Runnable check) {
        return reserve(role, price, inputTokens, maxTokens, check, true);
    }

    private synchronized Reservation reserve(Role role, Price price, long inputTokens, int maxTokens, Runnable check,
            boolean last) {
        if (inputTokens < 0 || maxTokens < 1) {
            throw new IllegalArgumentException("tokens must be positive, were %d and %d".formatted(inputTokens,
                    maxTokens));
        }
        while (true) {
            check.run();
            checkEnded();
            boolean alone = open == 0;
            int least = alone ? Math.min(LEAST_ANSWER, maxTokens) : maxTokens;
            BudgetExceeded refusal = commitments.refusal(role, price, inputTokens, least, last);
            if (refusal == null) {
                int answer = alone ? commitments.affordable(price, inputTokens, maxTokens, last) : maxTokens;
                Cost worst = price.worst(inputTokens, Math.max(answer, 0));
                if (answer >= least && commitments.reserve(role, inputTokens + answer, worst, last)) {
                    open++;
                    return new Reservation(role, answer, inputTokens + answer, worst);
                } // else another run was quicker
            } else if (alone || !awaitRelease()) {
                throw refusal;
            }
        }
    }

    private void checkEnded() {
        BudgetExceeded why = ended;
        if (why != null) {
            throw new BudgetExceeded(why.limit(), String.valueOf(why.getMessage()));
        }
    }

    private void end(BudgetExceeded why) {
        ended = why;
        atEnd.forEach(Runnable::run);
        atEnd.clear();
    }

    /** Runs {@code action} once nothing is bought any more, at once if that is so already. It may not block. */
    public synchronized void onEnd(Runnable action) {
        if (ended == null) {
            atEnd.add(action);
        } else {
            action.run();
        }
    }

    /** Why nothing is bought any more, whatever it would cost; null while that is not so. */
    public synchronized @Nullable BudgetExceeded ended() {
        return ended;
    }

    /** Waits a little; false when that is not to be. */
    private boolean awaitRelease() {
        try {
            wait(LOOK_AGAIN_MILLIS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /**
     * Keeps so much from every call, in the place of what was held back before: the last call of a run must find it. Of
     * what may be spent in the day too, from other runs, as far as there is as much.
     */
    public synchronized void holdBack(Cost cost, long tokens) {
        commitments.holdBack(cost, tokens);
    }

    /**
     * Counts a reply that is already paid for: one read back from the journal.
     *
     * @param reserved money that was set aside for it
     * @param tokens as many as were set aside
     */
    public synchronized void record(Role role, Account account, Cost reserved, long tokens) {
        commitments.count(role, account);
        if (account.cost().compareTo(reserved) > 0) {
            end(new BudgetExceeded(Limit.maxCostUsd,
                    "a reply cost %s where at most %s was expected, so nothing more is bought".formatted(account.cost(),
                            reserved)));
        }
        long taken = account.usage().totalTokens();
        if (budget.maxTokens() != null && taken > tokens) {
            end(new BudgetExceeded(Limit.maxTokens,
                    "a reply took %d tokens where at most %d were expected, so nothing more is bought".formatted(taken,
                            tokens)));
        }
    }

    public synchronized Account account(Role role) {
        return commitments.account(role);
    }

    public synchronized Account total() {
        return commitments.total();
    }

    /** Money that a call may have: neither spent nor reserved nor held back, and not more than is left for the day. */
    public synchronized Cost remaining() {
        return commitments.cost(false);
    }

    /** The same, with what is held back. */
    public synchronized Cost remainingForLast() {
        return commitments.cost(true);
    }

    /** Tokens that the last call may have; null = no limit. */
    public synchronized @Nullable Long remainingTokensForLast() {
        return commitments.tokens(true);
    }

    /** Tokens neither used nor reserved nor held back; null = no limit. */
    public synchronized @Nullable Long remainingTokens() {
        return commitments.tokens(false);
    }

    /** Sub-calls neither made nor reserved. */
    public synchronized int remainingSubCalls() {
        return commitments.subCalls();
    }

    /** A limit of which four fifths are used; null while there is none. */
    public synchronized @Nullable Limit nearlyUsed() {
        return commitments.nearlyUsed();
    }

    /** A call's share of the budget, held until it is settled or released; the first of both counts. */
    public final class Reservation {

        private final Role role;
        private final int maxTokens;
        private final long tokens;
        private final Cost worst;
        private boolean pending = true;

        private Reservation(Role role, int maxTokens, long tokens, Cost worst) {
            this.role = role;
            this.maxTokens = maxTokens;
            this.tokens = tokens;
            this.worst = worst;
        }

        /** Tokens that the answer may have. */
        public int maxTokens() {
            return maxTokens;
        }

        /** The worst case that was set aside. */
        public Cost worst() {
            return worst;
        }

        /** The call was answered: what it really cost replaces the reservation. */
        public void settle(Usage usage, Cost cost) {
            synchronized (Spending.this) {
                if (close(cost)) {
                    record(role, new Account(1, 0, usage, cost), worst, tokens);
                }
            }
        }

        /** The call was not answered: nothing was spent. */
        public void release() {
            synchronized (Spending.this) {
                close(Cost.ZERO);
            }
        }

        /** Nobody knows whether the call was paid: what was set aside stays so, and nobody waits for it any more. */
        public void forfeit() {
            synchronized (Spending.this) {
                end(worst);
            }
        }

        private boolean close(Cost cost) {
            if (pending) {
                commitments.release(role, tokens, worst);
            }
            return end(cost);
        }

        private boolean end(Cost cost) {
            if (!pending) {
                return false;
            }
            pending = false;
            open--;
            Spending.this.notifyAll();
            day.settle(worst, cost);
            return true;
        }
    }
}
