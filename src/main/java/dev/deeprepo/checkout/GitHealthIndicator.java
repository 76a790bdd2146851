package dev.deeprepo.checkout;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/**
 * Up when the installed git can do what a checkout needs. Anybody may ask, at any pace: git is looked at by one at a
 * time, and what was seen holds for a while.
 */
final class GitHealthIndicator implements HealthIndicator {

    /** For so long an answer holds. */
    static final Duration HOLDS = Duration.ofSeconds(30);

    private record Look(Health health, Instant until) {}

    private final Supplier<@Nullable String> version;
    private final Clock clock;
    private @Nullable Look last;

    /** @param version what {@link Git#version} tells */
    GitHealthIndicator(Supplier<@Nullable String> version, Clock clock) {
        this.version = version;
        this.clock = clock;
    }

    @Override
    public synchronized Health health() {
        Look known = last;
        if (known == null || !clock.instant().isBefore(known.until)) {
            known = new Look(look(), clock.instant().plus(HOLDS));
            last = known;
        }
        return known.health;
    }

    private Health look() {
        try {
            GitVersion found = new GitVersion(version.get());
            String problem = found.problem();
            return problem == null
                    ? Health.up().withDetail("version", String.valueOf(found.text())).build()
                    : Health.down().withDetail("reason", problem).build();
        } catch (CheckoutException e) {
            return Health.down().withDetail("reason", String.valueOf(e.getMessage())).build();
        }
    }
}
