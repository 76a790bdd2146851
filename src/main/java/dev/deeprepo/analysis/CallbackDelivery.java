package dev.deeprepo.analysis;

import dev.deeprepo.egress.ForbiddenAddress;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.webhook.CallbackUrl;
import dev.deeprepo.webhook.Delivery;
import dev.deeprepo.webhook.DeliveryListener;
import dev.deeprepo.webhook.DeliveryListener.Result;
import dev.deeprepo.webhook.Webhook;
import dev.deeprepo.webhook.WebhookSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** One attempt at telling a receiver of an end, and when to make the next. */
@Component
class CallbackDelivery {

    private static final Logger log = LoggerFactory.getLogger(CallbackDelivery.class);

    private static final int GROWTH = 4;
    /** What a request may outlast its timeout by. */
    private static final Duration MARGIN = Duration.ofSeconds(1);

    private final Callbacks callbacks;
    private final AnalysisViews views;
    private final Webhook webhook;
    private final WebhookSettings settings;
    private final ObjectProvider<DeliveryListener> listeners;
    private final JsonMapper json;
    private final Clock clock;

    CallbackDelivery(Callbacks callbacks, AnalysisViews views, Webhook webhook, WebhookSettings settings,
            ObjectProvider<DeliveryListener> listeners, JsonMapper json, Clock clock) {
        this.callbacks = callbacks;
        this.views = views;
        this.webhook = webhook;
        this.settings = settings;
        this.listeners = listeners;
        this.json = json;
        this.clock = clock;
    }

    /**
     * When to come back; null = there is nothing left to do: the receiver knows, was given up, or its analysis is gone, or
     * tried again.
     */
    @Nullable
    Instant deliver(MessageId message) {
        AnalysisId id = message.analysis();
        StoredCallback callback = callbacks.find(id).orElse(null);
        StoredAnalysis analysis = views.find(id)
                .filter(found -> found.status().terminal() && message.equals(message(found))).orElse(null);
        if (callback == null || analysis == null || callback.status() != CallbackStatus.PENDING) {
            return null;
        }
        Instant busy = callback.busyUntil();
        if (busy != null && busy.isAfter(clock.instant())) {
            return busy; // whoever sends may have died, or may only have been slow
        }
        int attempt = callback.attempts() + 1;
        if (attempt > settings.attempts()) {
            return settled(analysis, callback, attempt - 1,
                    new Delivery.Failed("the service ended during the last attempt", true, null));
        }
        Instant until = clock.instant().plus(settings.timeout()).plus(MARGIN);
        return callbacks.begin(id, end(analysis), callback.attempts(), until)
                ? settled(analysis, callback, attempt, send(analysis, callback))
                : until;
    }

    private Delivery send(StoredAnalysis analysis, StoredCallback callback) {
        CallbackUrl url;
        try {
            url = CallbackUrl.parse(callback.url(), settings.egress()); // the rules may be newer than the row
        } catch (ForbiddenAddress e) {
            return new Delivery.Failed("callbackUrl " + e.getMessage(), true, null);
        }
        CallbackMessage message = CallbackMessage.of(views.analysis(analysis), views.hasReport(analysis),
                settings::link);
        return webhook.send(url, message(analysis).toString(), json.writeValueAsString(message));
    }

    private static MessageId message(StoredAnalysis analysis) {
        return MessageId.of(analysis.id(), end(analysis));
    }

    private static Instant end(StoredAnalysis analysis) {
        return Objects.requireNonNull(analysis.finishedAt());
    }

    private @Nullable Instant settled(StoredAnalysis analysis, StoredCallback callback, int attempt,
            Delivery delivery) {
        AnalysisId id = analysis.id();
        String host = callback.url().replaceFirst("(?<=[^:/])[/?].*", "");
        switch (delivery) {
            case Delivery.Accepted accepted -> {
                callbacks.settle(id, end(analysis), attempt, CallbackStatus.DELIVERED, null);
                log.info("analysis {}: {} knows of the end (attempt {}, status {})", id, host, attempt,
                        accepted.status());
                heard(Result.DELIVERED);
                return null;
            }
            case Delivery.Failed failed when failed.lasting() || attempt >= settings.attempts() -> {
                callbacks.settle(id, end(analysis), attempt, CallbackStatus.FAILED, failed.reason());
                log.warn("analysis {}: {} could not be told of the end and is given up (attempt {} of {}): {}", id,
                        host,
                        attempt, settings.attempts(), failed.reason());
                heard(Result.GIVEN_UP);
                return null;
            }
            case Delivery.Failed failed -> {
                callbacks.settle(id, end(analysis), attempt, CallbackStatus.PENDING, failed.reason());
                Instant next = clock.instant().plus(delay(attempt, failed.retryAfter()));
                log.info("analysis {}: {} could not be told of the end (attempt {} of {}), the next at {}: {}", id,
                        host,
                        attempt, settings.attempts(), next, failed.reason());
                heard(Result.RETRIED);
                return next;
            }
        }
    }

    private void heard(Result result) {
        listeners.forEach(listener -> listener.attempted(result));
    }

    /** Four times as long each time, a little longer by chance, and at least as long as the receiver asks. */
    private Duration delay(int attempt, @Nullable Duration asked) {
        double grown = settings.baseDelay().toMillis() * Math.pow(GROWTH, attempt - 1);
        double wanted = Math.max(grown * ThreadLocalRandom.current().nextDouble(1, 1.1),
                asked == null ? 0 : asked.toMillis());
        return Duration.ofMillis((long) Math.min(wanted, settings.maxDelay().toMillis()));
    }
}
