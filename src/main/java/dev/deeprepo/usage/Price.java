package dev.deeprepo.usage;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a model charges, in USD per million tokens.
 *
 * @param model the provider's name of the model
 * @param known false for the fallback that stands in for an unknown model
 * @param tiers ascending by prompt length; the first whose {@code upTo} holds the whole prompt applies to all tokens
 * @param window tokens that prompt and answer may have together; null when not known
 * @param maxInput tokens that a prompt may have, where that is less than the window leaves; null = no such limit
 * @param maxOutput tokens that one answer may have; null when not known
 */
public record Price(String model, boolean known, List<Tier> tiers, @Nullable Long window,
        @Nullable Long maxInput, @Nullable Integer maxOutput,
        @Nullable LocalDate asOf, @Nullable String source) {

    /**
     * Prices up to one prompt length.
     *
     * @param upTo input tokens up to which this tier applies; null = all that are left
     * @param cacheRead null = as input
     * @param cacheWrite null = as input
     */
    public record Tier(@Nullable Long upTo, BigDecimal input, BigDecimal output, @Nullable BigDecimal cacheRead,
            @Nullable BigDecimal cacheWrite) {}

    public Price {
        tiers = List.copyOf(tiers);
        if (tiers.isEmpty() || tiers.getLast().upTo() != null) {
            throw new IllegalArgumentException("tiers of %s must end with one without a limit".formatted(model));
        }
        long floor = 0;
        for (Tier tier : tiers.subList(0, tiers.size() - 1)) {
            Long upTo = tier.upTo();
            if (upTo == null || upTo <= floor) {
                throw new IllegalArgumentException(
                        "tiers of %s must ascend: %s after %d".formatted(model, upTo, floor));
            }
            floor = upTo;
        }
    }

    /** Whether nothing is charged. */
    public boolean costsNothing() {
        return tiers.stream().allMatch(tier -> tier.input().signum() == 0 && tier.output().signum() == 0);
    }

    /** The price of one reply. */
    public Cost cost(Usage usage) {
        Tier tier = tier(usage.inputTokens());
        long fresh = Math.max(0, usage.inputTokens() - usage.cacheReadTokens() - usage.cacheWriteTokens());
        BigDecimal read = tier.cacheRead() == null ? tier.input() : tier.cacheRead();
        BigDecimal write = tier.cacheWrite() == null ? tier.input() : tier.cacheWrite();
        return new Cost(times(tier.input(), fresh).add(times(read, usage.cacheReadTokens()))
                .add(times(write, usage.cacheWriteTokens())).add(times(tier.output(), usage.outputTokens())));
    }

    /**
     * What a call of this size can cost at most: every prompt token may be the dearest kind. Prices rise from tier to tier,
     * so no shorter prompt is dearer.
     */
    public Cost worst(long inputTokens, long outputTokens) {
        Tier tier = tier(inputTokens);
        BigDecimal input = tier.cacheWrite() == null ? tier.input() : tier.input().max(tier.cacheWrite());
        return new Cost(times(input, inputTokens).add(times(tier.output(), outputTokens)));
    }

    /** How long an answer can be, up to {@code most} tokens, for the call to cost no more than {@code money}; −1 = not at all. */
    public int affordable(Cost money, long inputTokens, int most) {
        BigDecimal left = money.usd().subtract(worst(inputTokens, 0).usd());
        BigDecimal output = tier(inputTokens).output();
        if (left.signum() < 0) {
            return -1;
        }
        return output.signum() == 0
                ? most
                : left.movePointRight(6).divide(output, 0, RoundingMode.DOWN).min(BigDecimal.valueOf(most)).intValue();
    }

    private Tier tier(long inputTokens) {
        for (Tier tier : tiers) {
            Long upTo = tier.upTo();
            if (upTo == null || inputTokens <= upTo) {
                return tier;
            }
        }
        throw new IllegalStateException("no tier of %s holds %d tokens".formatted(model, inputTokens));
    }

    private static BigDecimal times(BigDecimal perMillion, long tokens) {
        return perMillion.multiply(BigDecimal.valueOf(tokens)).movePointLeft(6);
    }
}
