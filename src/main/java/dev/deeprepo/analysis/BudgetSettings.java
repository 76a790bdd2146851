package dev.deeprepo.analysis;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The limits of a run whose request names none, and the highest ones that a request may name.
 *
 * @param maxTurns root calls
 * @param maxCostUsd US dollars, all models together
 * @param maxSubCalls bought sub-model replies
 * @param maxTokens input and output of all models together; null = no limit
 * @param timeout running time
 * @param ceilingCostUsd the highest {@code maxCostUsd} that a request may ask for
 * @param ceilingTimeout the longest {@code timeout} that a request may ask for
 * @param perDayUsd US dollars that all runs of this instance may spend in a day (UTC); null = no limit
 */
@ConfigurationProperties(value = "deeprepo.budget", ignoreUnknownFields = false)
record BudgetSettings(@DefaultValue("20") int maxTurns, @DefaultValue("5.00") BigDecimal maxCostUsd,
        @DefaultValue("500") int maxSubCalls, @Nullable Long maxTokens, @DefaultValue("30m") Duration timeout,
        @DefaultValue("100") BigDecimal ceilingCostUsd, @DefaultValue("24h") Duration ceilingTimeout,
        @Nullable BigDecimal perDayUsd) {

    BudgetSettings {
        require(maxTurns >= 1, "max-turns must be at least 1", maxTurns);
        require(maxCostUsd.signum() >= 0, "max-cost-usd must not be negative", maxCostUsd);
        require(maxSubCalls >= 0, "max-sub-calls must not be negative", maxSubCalls);
        require(maxTokens == null || maxTokens >= 1, "max-tokens must be at least 1", maxTokens);
        require(timeout.isPositive(), "timeout must be positive", timeout);
        require(ceilingCostUsd.compareTo(maxCostUsd) >= 0, "ceiling-cost-usd must be at least max-cost-usd",
                ceilingCostUsd);
        require(perDayUsd == null || perDayUsd.signum() >= 0, "per-day-usd must not be negative", perDayUsd);
        require(ceilingTimeout.compareTo(timeout) >= 0, "ceiling-timeout must be at least timeout", ceilingTimeout);
    }

    private static void require(boolean holds, String rule, @Nullable Object value) {
        if (!holds) {
            throw new IllegalArgumentException("deeprepo.budget.%s, was %s".formatted(rule, value));
        }
    }
}
