package dev.deeprepo.webhook;

import dev.deeprepo.egress.EgressRules;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How callers are told of an end.
 *
 * @param secret signs every message: {@code whsec_} and 24 to 64 bytes in Base64; two, with a space between, while it is
 *     being changed; null = callbacks are refused
 * @param attempts requests at most for one message
 * @param baseDelay before the second request; four times as long before each further one
 * @param maxDelay the longest wait between two requests, also when the receiver asks for more
 * @param timeout of one request, from the look-up of the host to the status of the answer
 * @param allowedSchemes of {@code https} and {@code http}
 * @param allowPrivateAddresses any host, address and port: for tests and intranets
 * @param allowedHosts the only receivers, such as {@code hooks.example.net}, {@code *.example.net} or
 *     {@code hooks.example.net:8443}; empty = every public one
 * @param publicUrl where receivers reach this service, such as {@code https://deeprepo.example.net}; the links in messages
 *     begin with it; null = they begin with {@code /analyses}
 */
@ConfigurationProperties(value = "deeprepo.webhook", ignoreUnknownFields = false)
public record WebhookSettings(@Nullable String secret, @DefaultValue("10") int attempts,
        @DefaultValue("5s") Duration baseDelay, @DefaultValue("6h") Duration maxDelay,
        @DefaultValue("15s") Duration timeout, @DefaultValue("https") Set<String> allowedSchemes,
        @DefaultValue("false") boolean allowPrivateAddresses, @DefaultValue List<String> allowedHosts,
        @Nullable URI publicUrl) {

    public WebhookSettings {
        secret = secret == null || secret.isBlank() ? null : secret;
        if (secret != null) {
            Signature.parse(secret);
        }
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts must be at least 1, is " + attempts);
        }
        if (!baseDelay.isPositive() || maxDelay.compareTo(baseDelay) < 0) {
            throw new IllegalArgumentException("base-delay must be positive and at most max-delay, is " + baseDelay);
        }
        if (timeout.toMillis() < 100 || timeout.compareTo(Duration.ofMinutes(2)) > 0) {
            throw new IllegalArgumentException("timeout must be 100ms to 2m, is " + timeout);
        }
        allowedSchemes = Set.copyOf(allowedSchemes);
        allowedHosts = List.copyOf(allowedHosts);
        EgressRules.of(allowedSchemes, allowedHosts, allowPrivateAddresses);
        if (publicUrl != null && (publicUrl.getHost() == null || publicUrl.getRawQuery() != null)) {
            throw new IllegalArgumentException(
                    "public-url must look like https://deeprepo.example.net, is " + publicUrl);
        }
    }

    /** Whether messages can be signed; none is sent that is not. */
    public boolean signs() {
        return secret != null;
    }

    /** Which addresses callers may name. */
    public EgressRules egress() {
        return EgressRules.of(allowedSchemes, allowedHosts, allowPrivateAddresses);
    }

    /** Where a path of this service is to be found. */
    public String link(String path) {
        return publicUrl == null ? path : publicUrl.toString().replaceFirst("/+$", "") + path;
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "WebhookSettings[signs=%s, attempts=%d]".formatted(signs(), attempts);
    }
}
