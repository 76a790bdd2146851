package dev.deeprepo.usage;

import dev.deeprepo.usage.BudgetExceeded.Limit;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
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

    private static final BigDecimal NEARLY = new BigDecimal("0.8");
    private static final long LOOK_AGAIN_MILLIS = 100;

    private final Budget budget;
    private final DayBudget day;
    private final Map<Role, Account> accounts = new EnumMap<>(Role.class);
    private Cost reservedCost = Cost.ZERO;
    private long reservedTokens;
    private int reservedSubCalls;
    private Cost heldBackCost = Cost.ZERO;
    private long heldBackTokens;
    private int open;
    private @Nullable BudgetExceeded ended;

    public Spending(Budget budget, DayBudget day) {
        this.budget = budget;
        this.day = day;
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
            BudgetExceeded refusal = refusal(role, price, inputTokens, least, last);
            if (refusal == null) {
                int answer = alone ? affordable(price, inputTokens, maxTokens, last) : maxTokens;
                if (answer >= least && day.reserve(price.worst(inputTokens, answer))) {
                    return setAside(role, inputTokens, answer, price.worst(inputTokens, answer), last);
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

    private @Nullable BudgetExceeded refusal(Role role, Price price, long inputTokens, int maxTokens,
            boolean last) {
        if (role == Role.SUB && remainingSubCalls() == 0) {
            return new BudgetExceeded(Limit.maxSubCalls,
                    "all %d sub-calls of this run are used".formatted(budget.maxSubCalls()));
        }
        Long tokens = unusedTokens(last);
        if (tokens != null && tokens < inputTokens + maxTokens) {
            return new BudgetExceeded(Limit.maxTokens,
                    "a call of up to %d tokens does not fit: %d of %d are left".formatted(inputTokens + maxTokens,
                            tokens, budget.maxTokens()));
        }
        Cost worst = price.worst(inputTokens, maxTokens);
        if (worst.compareTo(unspent(last)) > 0) {
            return new BudgetExceeded(Limit.maxCostUsd, "a call of up to %s does not fit: %s of %s is left".formatted(
                    worst, unspent(last), budget.maxCost()));
        }
        return worst.compareTo(day.left()) > 0
                ? new BudgetExceeded(Limit.perDayUsd,
                        "a call of up to %s does not fit: %s is left of what this service may spend in a day"
                                .formatted(worst, day.left()))
                : null;
    }

    private int affordable(Price price, long inputTokens, int maxTokens, boolean last) {
        Long tokens = unusedTokens(last);
        int most = tokens == null ? maxTokens : (int) Math.min(maxTokens, tokens - inputTokens);
        return price.affordable(unspent(last).min(day.left()), inputTokens, most);
    }

    private Reservation setAside(Role role, long inputTokens, int maxTokens, Cost worst, boolean last) {
        if (last) {
            holdBack(Cost.ZERO, 0);
        }
        reservedCost = reservedCost.plus(worst);
        reservedTokens += inputTokens + maxTokens;
        reservedSubCalls += role == Role.SUB ? 1 : 0;
        open++;
        return new Reservation(role, maxTokens, inputTokens + maxTokens, worst);
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

    /** Keeps so much from every call, in the place of what was held back before: the last call of a run must find it. */
    public synchronized void holdBack(Cost cost, long tokens) {
        heldBackCost = cost;
        heldBackTokens = tokens;
    }

    /** Counts a reply that is already paid for: one read back from the journal. @param reserved what was set aside then */
    public synchronized void record(Role role, Account account, Cost reserved) {
        accounts.merge(role, account, Account::plus);
        if (account.cost().compareTo(reserved) > 0) {
            ended = new BudgetExceeded(Limit.maxCostUsd,
                    "a reply cost %s where at most %s was expected, so nothing more is bought".formatted(account.cost(),
                            reserved));
        }
    }

    public synchronized Account account(Role role) {
        return accounts.getOrDefault(role, Account.EMPTY);
    }

    public synchronized Account total() {
        return accounts.values().stream().reduce(Account.EMPTY, Account::plus);
    }

    /** Money that a call may have: neither spent nor reserved nor held back, and not more than is left for the day. */
    public synchronized Cost remaining() {
        return unspent(false).min(day.left());
    }

    /** The same, with what is held back. */
    public synchronized Cost remainingForLast() {
        return unspent(true).min(day.left());
    }

    /** Tokens that the last call may have; null = no limit. */
    public synchronized @Nullable Long remainingTokensForLast() {
        return unusedTokens(true);
    }

    private Cost unspent(boolean last) {
        return budget.maxCost().minus(total().cost().plus(reservedCost).plus(last ? Cost.ZERO : heldBackCost));
    }

    private @Nullable Long unusedTokens(boolean last) {
        Long most = budget.maxTokens();
        return most == null
                ? null
                : Math.max(0,
                        most - total().usage().totalTokens() - reservedTokens - (last ? 0 : heldBackTokens));
    }

    /** Tokens neither used nor reserved nor held back; null = no limit. */
    public synchronized @Nullable Long remainingTokens() {
        return unusedTokens(false);
    }

    /** Sub-calls neither made nor reserved. */
    public synchronized int remainingSubCalls() {
        return Math.max(0, budget.maxSubCalls() - account(Role.SUB).calls() - reservedSubCalls);
    }

    /** A limit of which four fifths are used; null while there is none. */
    public synchronized @Nullable Limit nearlyUsed() {
        Account total = total();
        Long tokens = budget.maxTokens();
        if (nearly(total.cost().plus(heldBackCost).usd(), budget.maxCost().usd())) {
            return Limit.maxCostUsd;
        }
        if (tokens != null && nearly(BigDecimal.valueOf(total.usage().totalTokens() + heldBackTokens),
                BigDecimal.valueOf(tokens))) {
            return Limit.maxTokens;
        }
        return nearly(BigDecimal.valueOf(account(Role.SUB).calls()), BigDecimal.valueOf(budget.maxSubCalls()))
                ? Limit.maxSubCalls
                : null;
    }

    private static boolean nearly(BigDecimal used, BigDecimal most) {
        return used.signum() > 0 && used.compareTo(most.multiply(NEARLY)) >= 0;
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
                    record(role, new Account(1, 0, usage, cost), worst);
                    if (budget.maxTokens() != null && usage.totalTokens() > tokens) {
                        ended = new BudgetExceeded(Limit.maxTokens,
                                "a reply took %d tokens where at most %d were expected, so nothing more is bought"
                                        .formatted(usage.totalTokens(), tokens));
                    }
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
            if (!end(cost)) {
                return false;
            }
            reservedCost = reservedCost.minus(worst);
            reservedTokens -= tokens;
            reservedSubCalls -= role == Role.SUB ? 1 : 0;
            return true;
        }

        private boolean end(Cost cost) {
            if (!pending) {
                return false;
            }
            pending = false;
            day.settle(worst, cost);
            open--;
            Spending.this.notifyAll();
            return true;
        }
    }
}
