package dev.deeprepo.llm;

import dev.deeprepo.llm.ModelException.Permanent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The providers that refused our key (401). For a minute no call is sent to them, whichever run it is of: it would be
 * refused as well. Then one is, and so on until a key is taken.
 */
final class RefusedKeys {

    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final Clock clock;
    private final Map<Provider, Instant> refusedAt = new ConcurrentHashMap<>();

    RefusedKeys(Clock clock) {
        this.clock = clock;
    }

    /** @throws Permanent when the key was refused a moment ago */
    void check(Provider provider) {
        Instant at = refusedAt.get(provider);
        if (at != null && clock.instant().isBefore(at.plus(PAUSE))) {
            throw new Permanent("%s refused the key at %s; it is tried again a minute later".formatted(provider.label(),
                    at), 401, null);
        }
    }

    void answered(Provider provider) {
        refusedAt.remove(provider);
    }

    void failed(Provider provider, ModelException failure) {
        Integer status = failure.status();
        if (status != null && status == 401) {
            refusedAt.put(provider, clock.instant());
        }
    }
}
