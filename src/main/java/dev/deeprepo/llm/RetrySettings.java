package dev.deeprepo.llm;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.Name;

/**
 * How failed attempts are repeated.
 *
 * @param maxRetryAfter the longest wait that a provider may ask for; asked for more, the call is given up
 * @param totalDeadline time that all attempts of one call, and the waits between them, may take together
 */
@ConfigurationProperties(value = "deeprepo.retry", ignoreUnknownFields = false)
record RetrySettings(@DefaultValue RateLimit rateLimit, @Name("transient") @DefaultValue Transient otherwise,
        @DefaultValue("120s") Duration maxRetryAfter, @DefaultValue("10m") Duration totalDeadline) {

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
    }
}
