package dev.deeprepo.llm;

import dev.deeprepo.llm.LlmSettings.Limit;
import dev.deeprepo.llm.ModelException.Cancelled;
import dev.deeprepo.usage.Role;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The gates of all models, each made when its model is first called. A permit is held for one exchange, never through
 * the wait before a retry, and the time until it is granted does not count against the retry's deadline.
 */
final class Throttles {

    /** Names of models come with requests; beyond this many, the one that was idle longest is forgotten. */
    private static final int REMEMBERED = 200;

    /** A wait that is told of. */
    private static final Duration LONG = Duration.ofMinutes(1);

    private static final Duration FIRST_HOLD = Duration.ofSeconds(1);
    private static final Duration LONGEST_HOLD = Duration.ofSeconds(15);

    private final LlmSettings settings;
    private final RetrySettings retry;
    private final Clock clock;
    private final Throttle.Alarm alarm;
    private final @Nullable ThrottleListener listener;
    private final Map<ModelId, Throttle> gates = new LinkedHashMap<>(16, 0.75f, true);

    Throttles(LlmSettings settings, RetrySettings retry, Clock clock, Throttle.Alarm alarm,
            @Nullable ThrottleListener listener) {
        this.settings = settings;
        this.retry = retry;
        this.clock = clock;
        this.alarm = alarm;
        this.listener = listener;
    }

    /**
     * Waits until a call may be made.
     *
     * @param body what it sends
     * @throws Cancelled when its run waits no longer
     * @throws ModelException.RateLimited when it would have to wait for longer than any call does
     */
    Permit enter(Provider provider, ModelCall call, String body) {
        if (!settings.throttle()) {
            return Permit.FREE;
        }
        Throttle gate = gate(new ModelId(provider, call.model()));
        Instant from = clock.instant();
        CompletableFuture<Permit> granted = gate.ask(call.run(), call.role() != Role.SUB,
                gate.countsTokens() ? Tokens.estimate(body) : 0, call.maxTokens());
        if (!granted.isDone() && gate.held().isAfter(from.plus(LONG))) {
            call.listener().held(gate.held());
        }
        Permit permit = await(granted, call.patience());
        ModelRetry.excuse(Duration.between(from, clock.instant()));
        return permit;
    }

    private Permit await(CompletableFuture<Permit> granted, Cancellation patience) {
        try (Cancellation.Registration _ = patience.onCancel(() -> granted.completeExceptionally(
                new Cancelled("cancelled while waiting for its turn: " + patience.reason(), false)))) {
            return granted.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof ModelException failure ? failure : new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            if (!granted.cancel(false)) {
                var _ = granted.thenAccept(Permit::close);
            }
            Thread.currentThread().interrupt();
            throw new Cancelled("interrupted while waiting for its turn", false);
        }
    }

    private Throttle gate(ModelId model) {
        synchronized (gates) {
            Throttle known = gates.get(model);
            if (known != null) {
                return known;
            }
            forgetTheIdle();
            Throttle gate = new Throttle(new Flow(settings.maxInFlight(), holds(model), limit(model)), clock, alarm);
            gates.put(model, gate);
            if (listener != null) {
                listener.opened(model, gate::limit);
            }
            return gate;
        }
    }

    private void forgetTheIdle() {
        Iterator<Map.Entry<ModelId, Throttle>> eldest = gates.entrySet().iterator();
        while (gates.size() >= REMEMBERED && eldest.hasNext()) {
            Map.Entry<ModelId, Throttle> entry = eldest.next();
            if (entry.getValue().isIdle()) {
                eldest.remove();
                if (listener != null) {
                    listener.forgotten(entry.getKey());
                }
            }
        }
    }

    /** Never longer than the wait before the retry of the call that was refused. */
    private Flow.Holds holds(ModelId model) {
        RetrySettings rules = retry.of(model.name());
        return new Flow.Holds(shorter(FIRST_HOLD, rules.rateLimit().minDelay()),
                shorter(LONGEST_HOLD, rules.rateLimit().maxDelay()), rules.maxRetryAfter());
    }

    private Limit limit(ModelId model) {
        Limit ofAll = settings.limits().getOrDefault(model.provider().label(), Limit.NONE);
        return settings.limits().getOrDefault(model.name(), ofAll);
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
