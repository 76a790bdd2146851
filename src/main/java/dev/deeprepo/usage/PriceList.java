package dev.deeprepo.usage;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All known prices, by model name. Models of {@code offline/} cost nothing; an unknown model gets a flagged fallback. */
public final class PriceList {

    /** USD per million tokens, input and output alike, for a model that is not listed. */
    private static final BigDecimal FALLBACK = BigDecimal.ONE;

    /** What rules can read at once. */
    private static final long OFFLINE_WINDOW = 1_000_000;

    private final Map<String, Price> prices = new LinkedHashMap<>();

    public PriceList(Collection<Price> prices) {
        prices.forEach(price -> this.prices.put(price.model(), price));
    }

    public Collection<Price> all() {
        return List.copyOf(prices.values());
    }

    public Price of(String model) {
        if (model.startsWith("offline/")) {
            return flat(model, true, BigDecimal.ZERO, OFFLINE_WINDOW);
        }
        Price price = prices.get(model);
        return price == null ? flat(model, false, FALLBACK, null) : price;
    }

    private static Price flat(String model, boolean known, BigDecimal perMillion, @Nullable Long window) {
        return new Price(model, known, List.of(new Price.Tier(null, perMillion, perMillion, null, null)), window, null,
                null, null, null);
    }
}
