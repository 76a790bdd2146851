package dev.deeprepo.usage;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a run may still consume.
 *
 * @param turns replies of the root model that are yet to come
 * @param tokens null = no limit
 */
public record Left(int turns, Cost cost, int subCalls, @Nullable Long tokens, Duration time) {

    /** The same after something was consumed. */
    public Left after(Account account) {
        return new Left(turns, cost.minus(account.cost()), Math.max(0, subCalls - account.calls()),
                tokens == null ? null : Long.valueOf(Math.max(0, tokens - account.usage().totalTokens())), time);
    }
}
