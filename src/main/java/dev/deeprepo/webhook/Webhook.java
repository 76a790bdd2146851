package dev.deeprepo.webhook;

import dev.deeprepo.egress.ForbiddenAddress;
import dev.deeprepo.egress.Guard;
import dev.deeprepo.egress.PinnedClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.StringEntity;
import org.jspecify.annotations.Nullable;

/** Sends one message once. Of the answer only status and headers are read. */
public final class Webhook {

    private static final Executor EACH_ITS_THREAD = Thread::startVirtualThread;

    private final Guard guard;
    private final Duration timeout;
    private final @Nullable Signature signature;
    private final Clock clock;

    public Webhook(WebhookSettings settings, Guard guard, Clock clock) {
        this.guard = guard;
        this.timeout = settings.timeout();
        this.signature = settings.secret() == null ? null : Signature.parse(settings.secret());
        this.clock = clock;
    }

    /**
     * One signed request.
     *
     * @param id the same for every request with this message, so that its receiver knows it again
     * @param body JSON
     */
    public Delivery send(CallbackUrl url, String id, String body) {
        if (signature == null) {
            return new Delivery.Failed("this service has no secret to sign with any more", false, null);
        }
        long now = clock.instant().getEpochSecond();
        HttpPost request = new HttpPost(URI.create(url.canonical()));
        request.setHeader("User-Agent", "deeprepo");
        request.setHeader("webhook-id", id);
        request.setHeader("webhook-timestamp", Long.toString(now));
        request.setHeader("webhook-signature", signature.of(id, now, body));
        request.setEntity(new StringEntity(body, ContentType.APPLICATION_JSON));
        try {
            return CompletableFuture.supplyAsync(() -> exchange(url, request), EACH_ITS_THREAD)
                    .get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return late();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a request broke in a way that was not foreseen", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Delivery.Failed("the service stopped", false, null);
        } finally {
            request.abort();
        }
    }

    private Delivery exchange(CallbackUrl url, HttpPost request) {
        try (CloseableHttpClient client = PinnedClient.open(guard.resolve(url.origin()), timeout)) {
            ClassicHttpResponse response = client.executeOpen(null, request, null);
            try {
                return judge(response);
            } finally {
                request.abort(); // closing alone would read the body to its end, and it may have none
            }
        } catch (ForbiddenAddress e) {
            return new Delivery.Failed("callbackUrl " + e.getMessage(), true, null);
        } catch (SocketTimeoutException e) {
            return late();
        } catch (IOException e) {
            return new Delivery.Failed(switch (e) {
                case UnknownHostException _ -> "the host was not found";
                case ConnectException _ -> "the host takes no connection";
                case SSLException _ -> "no secure connection to the host could be made";
                default -> "the connection broke off before there was an answer";
            }, false, null);
        }
    }

    private Delivery late() {
        return new Delivery.Failed("no answer within %d ms".formatted(timeout.toMillis()), false, null);
    }

    private Delivery judge(ClassicHttpResponse response) {
        int status = response.getCode();
        if (status >= 200 && status < 300) {
            return new Delivery.Accepted(status);
        }
        String answered = "the receiver answered " + status;
        if (status >= 300 && status < 400) {
            return new Delivery.Failed(answered + "; redirects are not followed", false, null);
        }
        return new Delivery.Failed(answered, status == 410, retryAfter(response));
    }

    private @Nullable Duration retryAfter(ClassicHttpResponse response) {
        Header header = response.getFirstHeader("Retry-After");
        String text = header == null || header.getValue() == null ? "" : header.getValue().strip();
        if (text.matches("[0-9]{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(text));
        }
        try {
            Duration wait = Duration.between(clock.instant(),
                    ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
            return wait.isPositive() ? wait : null;
        } catch (DateTimeException e) {
            return null;
        }
    }
}
