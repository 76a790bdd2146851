package dev.deeprepo.llm;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;

/**
 * How failed attempts are repeated.
 *
 * @param maxRetryAfter the longest wait that a provider may ask for; asked for more, the call is given up
 * @param totalDeadline time that all attempts of one call, and the waits between them, may take together
 * @param models what is other for single models, by the name that their provider knows them by
 */
@ConfigurationProperties(value = "deeprepo.retry", ignoreUnknownFields = false)
record RetrySettings(@DefaultValue RateLimit rateLimit, @Name("transient") @DefaultValue Transient otherwise,
        @DefaultValue("120s") Duration maxRetryAfter, @DefaultValue("10m") Duration totalDeadline,
        @DefaultValue Map<String, ForModel> models) {

    enum Strategy {
        LINEAR,
        EXPONENTIAL
    }

    /** After 429 and its kin. */
    record RateLimit(@DefaultValue("linear") Strategy strategy, @DefaultValue("5") int retries,
            @DefaultValue("2s") Duration minDelay, @DefaultValue("30s") Duration maxDelay) {

        Backoff backoff() {
            return new Backoff(strategy, retries, minDelay, maxDelay, 0.5);
        }
    }

    /**
     * After failures that pass by themselves.
     *
     * @param jitter the part of the delay that chance may add
     */
    record Transient(@DefaultValue("exponential") Strategy strategy, @DefaultValue("3") int retries,
            @DefaultValue("1s") Duration baseDelay, @DefaultValue("30s") Duration maxDelay,
            @DefaultValue("0.5") double jitter) {

        Backoff backoff() {
            return new Backoff(strategy, retries, baseDelay, maxDelay, jitter);
        }
    }

    /** What is other for one model; null = as for all. */
    record ForModel(@Nullable OfRateLimit rateLimit, @Name("transient") @Nullable OfTransient otherwise,
            @Nullable Duration maxRetryAfter, @Nullable Duration totalDeadline) {

        record OfRateLimit(@Nullable Strategy strategy, @Nullable Integer retries, @Nullable Duration minDelay,
                @Nullable Duration maxDelay) {

            private RateLimit over(RateLimit all) {
                return new RateLimit(or(strategy, all.strategy), or(retries, all.retries), or(minDelay, all.minDelay),
                        or(maxDelay, all.maxDelay));
            }
        }

        record OfTransient(@Nullable Strategy strategy, @Nullable Integer retries, @Nullable Duration baseDelay,
                @Nullable Duration maxDelay, @Nullable Double jitter) {

            private Transient over(Transient all) {
                return new Transient(or(strategy, all.strategy), or(retries, all.retries),
                        or(baseDelay, all.baseDelay), or(maxDelay, all.maxDelay), or(jitter, all.jitter));
            }
        }

        private RetrySettings over(RetrySettings all) {
            return new RetrySettings(rateLimit == null ? all.rateLimit : rateLimit.over(all.rateLimit),
                    otherwise == null ? all.otherwise : otherwise.over(all.otherwise),
                    or(maxRetryAfter, all.maxRetryAfter), or(totalDeadline, all.totalDeadline), Map.of());
        }

        private static <T> T or(@Nullable T value, T otherwise) {
            return value == null ? otherwise : value;
        }
    }

    /** A number of retries and the delays before them. */
    record Backoff(Strategy strategy, int retries, Duration first, Duration max, double jitter) {

        Backoff {
            if (retries < 0 || retries > 100) {
                throw new IllegalArgumentException("deeprepo.retry: retries must be 0 to 100, was " + retries);
            }
            if (first.isNegative() || max.compareTo(first) < 0) {
                throw new IllegalArgumentException(
                        "deeprepo.retry: delays must be 0 or more and ascend, were %s and %s".formatted(first, max));
            }
            if (!(jitter >= 0 && jitter <= 1)) {
                throw new IllegalArgumentException("deeprepo.retry: jitter must be 0 to 1, was " + jitter);
            }
        }

        /**
         * The delay before a retry.
         *
         * @param step 1 for the first retry
         * @param chance from [0, 1)
         */
        Duration delay(int step, double chance) {
            return switch (strategy) {
                case LINEAR -> retries == 1
                        ? first
                        : first.plus(max.minus(first).multipliedBy(step - 1L).dividedBy(retries - 1L));
                case EXPONENTIAL -> {
                    double millis = Math.min(first.toMillis() * Math.pow(2, step - 1.0), max.toMillis());
                    yield Duration.ofMillis(Math.round(millis * (1 + chance * jitter)));
                }
            };
        }
    }

    RetrySettings {
        rateLimit.backoff();
        otherwise.backoff();
        if (maxRetryAfter.isNegative() || !totalDeadline.isPositive()) {
            throw new IllegalArgumentException(
                    "deeprepo.retry: max-retry-after must be 0 or more and total-deadline positive, were %s and %s"
                            .formatted(maxRetryAfter, totalDeadline));
        }
        models = Map.copyOf(models);
        for (Map.Entry<String, ForModel> other : models.entrySet()) {
            try {
                other.getValue().over(
                        new RetrySettings(rateLimit, otherwise, maxRetryAfter, totalDeadline, Map.of()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("of %s, %s".formatted(other.getKey(), e.getMessage()), e);
            }
        }
    }

    /** Those of one model. */
    RetrySettings of(String model) {
        ForModel other = models.get(model);
        return other == null ? this : other.over(this);
    }
}
