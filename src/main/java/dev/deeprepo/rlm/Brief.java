package dev.deeprepo.rlm;

import dev.deeprepo.usage.Budget;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants of a run.
 *
 * @param focus a question or an emphasis; null = none
 * @param cache whether replies of the sub model may come from earlier runs
 */
public record Brief(Method method, Domain domain, @Nullable String focus, Budget budget, boolean cache) {}
