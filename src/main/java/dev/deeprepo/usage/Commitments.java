package dev.deeprepo.usage;

import dev.deeprepo.usage.BudgetExceeded.Limit;
import java.math.BigDecimal;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How much of a budget is used, set aside for calls under way, and held back for the last call. {@code last} everywhere
 * asks for that call, which may have what is held back. Not thread-safe.
 */
final class Commitments {

    private static final BigDecimal NEARLY = new BigDecimal("0.8");

    private final Budget budget;
    private final DayBudget day;
    private final Map<Role, Account> accounts = new EnumMap<>(Role.class);
    private Cost reservedCost = Cost.ZERO;
    private long reservedTokens;
    private int reservedSubCalls;
    private Cost heldBackCost = Cost.ZERO;
    private long heldBackTokens;
    private Cost heldBackDay = Cost.ZERO;

    Commitments(Budget budget, DayBudget day) {
        this.budget = budget;
        this.day = day;
    }

    void count(Role role, Account account) {
        accounts.merge(role, account, Account::plus);
    }

    Account account(Role role) {
        return accounts.getOrDefault(role, Account.EMPTY);
    }

    Account total() {
        return accounts.values().stream().reduce(Account.EMPTY, Account::plus);
    }

    /** In the place of what was held back before; of the day as much as there is. */
    void holdBack(Cost cost, long tokens) {
        heldBackCost = cost;
        heldBackTokens = tokens;
        heldBackDay = day.reserveUpTo(cost, heldBackDay);
    }

    /** False when the day has not as much left any more: another run was quicker. */
    boolean reserve(Role role, long tokens, Cost worst, boolean last) {
        if (!day.reserve(worst, last ? heldBackDay : Cost.ZERO)) {
            return false;
        }
        if (last) { // the reservation has taken its place
            heldBackCost = Cost.ZERO;
            heldBackTokens = 0;
            heldBackDay = Cost.ZERO;
        }
        reservedCost = reservedCost.plus(worst);
        reservedTokens += tokens;
        reservedSubCalls += role == Role.SUB ? 1 : 0;
        return true;
    }

    /** What was set aside comes free. The day knows of it already. */
    void release(Role role, long tokens, Cost worst) {
        reservedCost = reservedCost.minus(worst);
        reservedTokens -= tokens;
        reservedSubCalls -= role == Role.SUB ? 1 : 0;
    }

    /** The limit that refuses a call; null when it fits. */
    @Nullable
    BudgetExceeded refusal(Role role, Price price, long inputTokens, int maxTokens, boolean last) {
        if (role == Role.SUB && subCalls() == 0) {
            return new BudgetExceeded(Limit.maxSubCalls,
                    "all %d sub-calls of this run are used".formatted(budget.maxSubCalls()));
        }
        Long tokens = tokens(last);
        if (tokens != null && tokens < inputTokens + maxTokens) {
            return new BudgetExceeded(Limit.maxTokens,
                    "a call of up to %d tokens does not fit: %d of %d are left".formatted(inputTokens + maxTokens,
                            tokens, budget.maxTokens()));
        }
        Cost worst = price.worst(inputTokens, maxTokens);
        if (worst.compareTo(ofRun(last)) > 0) {
            return new BudgetExceeded(Limit.maxCostUsd, "a call of up to %s does not fit: %s of %s is left".formatted(
                    worst, ofRun(last), budget.maxCost()));
        }
        return worst.compareTo(ofDay(last)) > 0
                ? new BudgetExceeded(Limit.perDayUsd,
                        "a call of up to %s does not fit: %s is left of what may be spent in a day"
                                .formatted(worst, ofDay(last)))
                : null;
    }

    /** Tokens that the answer to a prompt may have, as many as wanted at most. */
    int affordable(Price price, long inputTokens, int maxTokens, boolean last) {
        Long tokens = tokens(last);
        int most = tokens == null ? maxTokens : (int) Math.min(maxTokens, tokens - inputTokens);
        return price.affordable(cost(last), inputTokens, most);
    }

    /** Money that is left, of the run and of the day. */
    Cost cost(boolean last) {
        return ofRun(last).min(ofDay(last));
    }

    /** Tokens that are left; null = no limit. */
    @Nullable
    Long tokens(boolean last) {
        Long most = budget.maxTokens();
        return most == null
                ? null
                : Math.max(0, most - total().usage().totalTokens() - reservedTokens - (last ? 0 : heldBackTokens));
    }

    int subCalls() {
        return Math.max(0, budget.maxSubCalls() - account(Role.SUB).calls() - reservedSubCalls);
    }

    private Cost ofRun(boolean last) {
        return budget.maxCost().minus(total().cost().plus(reservedCost).plus(last ? Cost.ZERO : heldBackCost));
    }

    private Cost ofDay(boolean last) {
        return last ? day.left().plus(heldBackDay) : day.left();
    }

    /** A limit of which four fifths are used, what is held back included; null while there is none. */
    @Nullable
    Limit nearlyUsed() {
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
}
