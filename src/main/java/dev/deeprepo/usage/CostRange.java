package dev.deeprepo.usage;

/** What something may come to: an estimate, from the least to the most that is to be expected. */
public record CostRange(Cost low, Cost high) {

    public CostRange {
        if (low.compareTo(high) > 0) {
            throw new IllegalArgumentException("low must not be above high: %s > %s".formatted(low, high));
        }
    }

    public CostRange plus(CostRange other) {
        return new CostRange(low.plus(other.low), high.plus(other.high));
    }

    /** Nothing in it is above {@code most}. */
    public CostRange atMost(Cost most) {
        return new CostRange(low.compareTo(most) > 0 ? most : low, high.compareTo(most) > 0 ? most : high);
    }

    @Override
    public String toString() {
        return low + " to " + high;
    }
}
