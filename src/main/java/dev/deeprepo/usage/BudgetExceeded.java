package dev.deeprepo.usage;

/** A call was refused before it was made, because a limit of the {@link Budget} would not hold after it. */
public final class BudgetExceeded extends RuntimeException {

    /** The limit that refused, by its name in the API. */
    public enum Limit {
        maxTurns,
        maxCostUsd,
        maxSubCalls,
        maxTokens,
        timeout,
        /** Of the instance, not of the request: {@code deeprepo.budget.per-day-usd}. */
        perDayUsd
    }

    private final Limit limit;

    public BudgetExceeded(Limit limit, String message) {
        super(message);
        this.limit = limit;
    }

    public Limit limit() {
        return limit;
    }
}
