package dev.deeprepo.llm;

import dev.deeprepo.llm.ModelException.Permanent;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The models for which our key was refused (401). For a minute no call is sent to them, whichever run it is of: it would
 * be refused as well. By model, since a key may be good for some only.
 */
final class RefusedKeys {

    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final Clock clock;
    private final Map<ModelId, Instant> refusedAt = new ConcurrentHashMap<>();

    RefusedKeys(Clock clock) {
        this.clock = clock;
    }

    /** @throws Permanent when the key was refused a moment ago */
    void check(ModelId model) {
        refusedAt.computeIfPresent(model, (_, at) -> {
            if (clock.instant().isBefore(at.plus(PAUSE))) {
                throw new Permanent("%s refused the key at %s; it is tried again a minute later"
                        .formatted(model.provider().label(), at), 401, null);
            }
            return null; // forgotten
        });
    }

    void refused(ModelId model) {
        refusedAt.put(model, clock.instant());
    }
}
