package dev.deeprepo.llm;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How models are called. The endpoints are filled from {@code ANTHROPIC_API_KEY}, {@code ANTHROPIC_BASE_URL},
 * {@code OPENROUTER_…} and {@code OPENAI_…} by {@code llm.properties}.
 *
 * @param idleTimeout time that a stream may be silent
 * @param totalTimeout time that one attempt may take
 * @param maxResponse bytes that one answer may have
 * @param subConcurrency sub-calls in flight at most, per run
 * @param maxConnections connections to one provider at most, all runs together
 * @param throttle whether calls of one model are held back together when its provider asks for fewer
 * @param maxInFlight calls of one model in flight at most, all runs together
 * @param limits what is not to be exceeded, by the name of a model or of a provider, which stands for each of its models
 * @param cache whether replies to sub-calls are kept for whoever asks the same
 * @param cacheTtl how long they are kept
 * @param cacheSize what all that are kept may take
 */
@ConfigurationProperties(value = "deeprepo.llm", ignoreUnknownFields = false)
public record LlmSettings(@DefaultValue("5s") Duration connectTimeout, @DefaultValue("60s") Duration idleTimeout,
        @DefaultValue("10m") Duration totalTimeout, @DefaultValue("32MB") DataSize maxResponse,
        @DefaultValue("16") int subConcurrency, @DefaultValue("500") int maxConnections,
        @DefaultValue("true") boolean throttle, @DefaultValue("200") int maxInFlight,
        @DefaultValue Map<String, Limit> limits,
        @DefaultValue("true") boolean cache, @DefaultValue("7d") Duration cacheTtl,
        @DefaultValue("256MB") DataSize cacheSize,
        @DefaultValue Endpoint anthropic, @DefaultValue Endpoint openrouter,
        @DefaultValue Endpoint openai) {

    public LlmSettings {
        positive("connect-timeout", connectTimeout);
        positive("idle-timeout", idleTimeout);
        positive("total-timeout", totalTimeout);
        if (maxResponse.toBytes() < 1 || maxResponse.toBytes() > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("deeprepo.llm.max-response must be 1 B to 2 GB, was " + maxResponse);
        }
        if (subConcurrency < 1) {
            throw new IllegalArgumentException(
                    "deeprepo.llm.sub-concurrency must be at least 1, was " + subConcurrency);
        }
        if (maxConnections < 1) {
            throw new IllegalArgumentException(
                    "deeprepo.llm.max-connections must be at least 1, was " + maxConnections);
        }
        if (maxInFlight < 1) {
            throw new IllegalArgumentException("deeprepo.llm.max-in-flight must be at least 1, was " + maxInFlight);
        }
        limits = Map.copyOf(limits);
        positive("cache-ttl", cacheTtl);
        if (cacheSize.isNegative()) {
            throw new IllegalArgumentException("deeprepo.llm.cache-size must not be negative, was " + cacheSize);
        }
        anthropic = anthropic.orAt("https://api.anthropic.com");
        openrouter = openrouter.orAt("https://openrouter.ai/api/v1");
        openai = openai.orAt("https://api.openai.com/v1");
    }

    /**
     * Where a provider is reached, and with which key.
     *
     * @param baseUrl as the provider's own SDK takes it, without a slash at the end
     * @param apiKey null = none
     */
    public record Endpoint(@Nullable String baseUrl, @Nullable String apiKey) {

        public Endpoint {
            apiKey = apiKey == null || apiKey.isBlank() ? null : apiKey.strip();
            baseUrl = baseUrl == null || baseUrl.isBlank() ? null : baseUrl.strip().replaceFirst("/+$", "");
        }

        private Endpoint orAt(String standard) {
            Endpoint endpoint = baseUrl == null ? new Endpoint(standard, apiKey) : this;
            String scheme = endpoint.uri("").getScheme();
            if (!"https".equals(scheme) && !"http".equals(scheme)) {
                throw new IllegalArgumentException("a provider's base URL must be http(s), was " + endpoint.baseUrl);
            }
            return endpoint;
        }

        URI uri(String path) {
            return URI.create(baseUrl + path);
        }

        boolean hasKey() {
            return apiKey != null;
        }

        /** Whether it is a server on this machine, which needs no key. */
        boolean isLoopback() {
            String host = uri("").getHost();
            return host != null && (host.equalsIgnoreCase("localhost") || host.matches("[0-9.]+|\\[.*]")
                    && InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).isLoopbackAddress());
        }

        @Override
        public String toString() {
            return "Endpoint[" + baseUrl + (hasKey() ? ", with a key]" : ", no key]");
        }
    }

    /**
     * What a model's provider grants, or what is to be used of it; null = no limit.
     *
     * @param requestsPerMinute exchanges, failed ones included
     * @param tokensPerMinute read and written
     */
    public record Limit(@Nullable Integer requestsPerMinute, @Nullable Long tokensPerMinute) {

        static final Limit NONE = new Limit(null, null);

        public Limit {
            if (requestsPerMinute != null && requestsPerMinute < 1 || tokensPerMinute != null && tokensPerMinute < 1) {
                throw new IllegalArgumentException(
                        "deeprepo.llm.limits: requests-per-minute and tokens-per-minute must be at least 1, were %s and %s"
                                .formatted(requestsPerMinute, tokensPerMinute));
            }
        }
    }

    private static void positive(String name, Duration duration) {
        if (!duration.isPositive()) {
            throw new IllegalArgumentException("deeprepo.llm.%s must be positive, was %s".formatted(name, duration));
        }
    }
}
