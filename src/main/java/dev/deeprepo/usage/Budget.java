package dev.deeprepo.usage;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one run. Each is checked before a call is made, so none can be overshot by construction.
 *
 * @param maxTurns root calls
 * @param maxSubCalls bought sub-model replies
 * @param maxTokens input and output of all roles together; null = no limit
 * @param timeout running time, without time in which no attempt lived
 */
public record Budget(int maxTurns, Cost maxCost, int maxSubCalls, @Nullable Long maxTokens, Duration timeout) {

    public Budget {
        if (maxTurns < 1) {
            throw new IllegalArgumentException("maxTurns must be at least 1, was " + maxTurns);
        }
        if (maxSubCalls < 0) {
            throw new IllegalArgumentException("maxSubCalls must not be negative, was " + maxSubCalls);
        }
        if (maxTokens != null && maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be at least 1, was " + maxTokens);
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout must be positive, was " + timeout);
        }
    }
}
