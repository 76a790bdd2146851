package dev.deeprepo.usage;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One row of {@code prices.yml} or {@code deeprepo.models.prices}, in USD per million tokens. The rows of a model, in
 * their order, are its tiers; window, longest answer, date and source stand in its last row.
 *
 * @param upTo input tokens up to which the row applies; null in a model's last row
 */
public record PriceRow(String model, @JsonProperty("up-to") @Nullable Long upTo, BigDecimal input, BigDecimal output,
        @JsonProperty("cache-read") @Nullable BigDecimal cacheRead,
        @JsonProperty("cache-write") @Nullable BigDecimal cacheWrite, @Nullable Long window,
        @JsonProperty("max-input") @Nullable Long maxInput,
        @JsonProperty("max-output") @Nullable Integer maxOutput, @JsonProperty("as-of") @Nullable LocalDate asOf,
        @Nullable String source) {

    @SuppressWarnings("NullAway") // a row that was typed by hand may lack anything
    public PriceRow {
        if (model == null || model.isBlank()) {
            throw new IllegalArgumentException("a price needs a model");
        }
        if (input == null || output == null) {
            throw new IllegalArgumentException("the price of %s needs input and output".formatted(model));
        }
        Stream.of(input, output, cacheRead == null ? input : cacheRead, cacheWrite == null ? input : cacheWrite)
                .filter(price -> price.signum() < 0).findFirst().ifPresent(price -> {
                    throw new IllegalArgumentException("negative price of %s: %s".formatted(model, price));
                });
    }

    /** The prices that rows make, in the order of each model's first row. */
    static Collection<Price> toPrices(List<PriceRow> rows) {
        Map<String, List<PriceRow>> byModel = new LinkedHashMap<>();
        rows.forEach(row -> byModel.merge(row.model(), List.of(row),
                (a, b) -> Stream.concat(a.stream(), b.stream()).toList()));
        return byModel.values().stream().map(PriceRow::price).toList();
    }

    private static Price price(List<PriceRow> rows) {
        PriceRow last = rows.getLast();
        return new Price(last.model, true, rows.stream()
                .map(row -> new Price.Tier(row.upTo, row.input, row.output, row.cacheRead, row.cacheWrite)).toList(),
                last.window, last.maxInput, last.maxOutput, last.asOf, last.source);
    }
}
