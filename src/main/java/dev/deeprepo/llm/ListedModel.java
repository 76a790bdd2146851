package dev.deeprepo.llm;

import dev.deeprepo.usage.Price;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code GET /models}: a model that is known here by an alias, a price, or as a default.
 *
 * @param alias the short name that stands for it; null = it has none
 * @param hasKey whether its provider can be called from here
 * @param price USD per million tokens, with the window and the longest answer where they are known
 * @param defaultRoot whether it is the root model of a request that names none
 * @param defaultSub whether it is the sub model of a request that names none
 * @param defaultBaseline whether it is the baseline of a comparison that names none
 */
public record ListedModel(@Nullable String alias, String model, Provider provider, boolean hasKey, Price price,
        boolean defaultRoot, boolean defaultSub, boolean defaultBaseline) {}
