package dev.deeprepo.usage;

import dev.deeprepo.usage.BudgetExceeded.Limit;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The running meter of one run, and the only place that decides whether a call may still be made. Thread-safe.
 *
 * <p>A call reserves its worst case first and settles what it really cost afterwards, so that
 * {@code spent + reserved ≤ budget} holds at every instant, however many calls are in flight.
 */
public final class Spending {

    private static final long LOOK_AGAIN_MILLIS = 100;

    private final Budget budget;
    private final Map<Role, Account> accounts = new EnumMap<>(Role.class);
    private Cost reservedCost = Cost.ZERO;
    private long reservedTokens;
    private int reservedSubCalls;
    private final Map<Role, Integer> open = new EnumMap<>(Role.class);

    public Spending(Budget budget) {
        this.budget = budget;
    }

    /**
     * Sets aside what a call may cost at most.
     *
     * @param tokens input and output of the call at most
     * @throws BudgetExceeded naming the limit that refuses it; nothing is reserved then
     */
    public synchronized Reservation reserve(Role role, long tokens, Cost worst) {
        if (tokens < 0) {
            throw new IllegalArgumentException("tokens must not be negative, was " + tokens);
        }
        Account total = total();
        int subCalls = account(Role.SUB).calls() + reservedSubCalls;
        if (role == Role.SUB && subCalls >= budget.maxSubCalls()) {
            throw new BudgetExceeded(Limit.maxSubCalls,
                    "all %d sub-calls of this run are used".formatted(budget.maxSubCalls()));
        }
        Cost committed = total.cost().plus(reservedCost);
        if (committed.plus(worst).compareTo(budget.maxCost()) > 0) {
            throw new BudgetExceeded(Limit.maxCostUsd, "a call of up to %s does not fit: %s of %s is spent or reserved"
                    .formatted(worst, committed, budget.maxCost()));
        }
        Long maxTokens = budget.maxTokens();
        long tokensCommitted = total.usage().totalTokens() + reservedTokens;
        if (maxTokens != null && tokensCommitted + tokens > maxTokens) {
            throw new BudgetExceeded(Limit.maxTokens,
                    "a call of up to %d tokens does not fit: %d of %d are used or reserved".formatted(tokens,
                            tokensCommitted, maxTokens));
        }
        reservedCost = reservedCost.plus(worst);
        reservedTokens += tokens;
        open.merge(role, 1, Integer::sum);
        if (role == Role.SUB) {
            reservedSubCalls++;
        }
        return new Reservation(role, tokens, worst);
    }

    /**
     * Waits a little while calls of these roles are under way, whose reservations may come free.
     *
     * @return false when none is under way, so that nothing will come free
     */
    public synchronized boolean awaitRelease(Set<Role> roles) throws InterruptedException {
        if (roles.stream().noneMatch(role -> open.getOrDefault(role, 0) > 0)) {
            return false;
        }
        wait(LOOK_AGAIN_MILLIS);
        return true;
    }

    /** Counts a reply that is already paid for: one read back from the journal. */
    public synchronized void record(Role role, Account account) {
        accounts.merge(role, account, Account::plus);
    }

    public synchronized Account account(Role role) {
        return accounts.getOrDefault(role, Account.EMPTY);
    }

    public synchronized Account total() {
        return accounts.values().stream().reduce(Account.EMPTY, Account::plus);
    }

    /** Money neither spent nor reserved. */
    public synchronized Cost remaining() {
        return budget.maxCost().minus(total().cost().plus(reservedCost));
    }

    /** Tokens neither used nor reserved; null = no limit. */
    public synchronized @Nullable Long remainingTokens() {
        Long most = budget.maxTokens();
        return most == null ? null : Math.max(0, most - total().usage().totalTokens() - reservedTokens);
    }

    /** Sub-calls neither made nor reserved. */
    public synchronized int remainingSubCalls() {
        return Math.max(0, budget.maxSubCalls() - account(Role.SUB).calls() - reservedSubCalls);
    }

    /** A call's share of the budget, held until it is settled or released; the first of both counts. */
    public final class Reservation {

        private final Role role;
        private final long tokens;
        private final Cost worst;
        private boolean open = true;

        private Reservation(Role role, long tokens, Cost worst) {
            this.role = role;
            this.tokens = tokens;
            this.worst = worst;
        }

        /** The worst case that was set aside. */
        public Cost worst() {
            return worst;
        }

        /** The call was answered: what it really cost replaces the reservation. */
        public void settle(Usage usage, Cost cost) {
            synchronized (Spending.this) {
                if (close()) {
                    record(role, new Account(1, 0, usage, cost));
                }
            }
        }

        /** The call was not answered: nothing was spent. */
        public void release() {
            synchronized (Spending.this) {
                close();
            }
        }

        private boolean close() {
            if (!open) {
                return false;
            }
            open = false;
            reservedCost = reservedCost.minus(worst);
            reservedTokens -= tokens;
            Spending.this.open.merge(role, -1, Integer::sum);
            Spending.this.notifyAll();
            if (role == Role.SUB) {
                reservedSubCalls--;
            }
            return true;
        }
    }
}
