package dev.deeprepo.usage;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigDecimal;

/** An amount of money in US dollars, exact; a JSON number. */
public record Cost(@JsonValue BigDecimal usd) implements Comparable<Cost> {

    public static final Cost ZERO = new Cost(BigDecimal.ZERO);

    public Cost {
        if (usd.signum() < 0) {
            throw new IllegalArgumentException("negative cost: " + usd);
        }
        usd = usd.signum() == 0 ? BigDecimal.ZERO : usd.stripTrailingZeros();
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    static Cost fromJson(BigDecimal usd) {
        return new Cost(usd);
    }

    public static Cost usd(String amount) {
        return new Cost(new BigDecimal(amount));
    }

    public Cost plus(Cost other) {
        return new Cost(usd.add(other.usd));
    }

    /** What is left of this after {@code other}; zero when nothing is. */
    public Cost minus(Cost other) {
        return new Cost(usd.subtract(other.usd).max(BigDecimal.ZERO));
    }

    /** The smaller one. */
    public Cost min(Cost other) {
        return compareTo(other) <= 0 ? this : other;
    }

    /** The larger one. */
    public Cost max(Cost other) {
        return compareTo(other) >= 0 ? this : other;
    }

    @Override
    public int compareTo(Cost other) {
        return usd.compareTo(other.usd);
    }

    @Override
    public String toString() {
        return "$" + usd.toPlainString();
    }
}
