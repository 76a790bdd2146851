package dev.deeprepo.security;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Who may call, and how much. No message repeats a hash: somebody may have put the key itself in its place.
 *
 * @param apiKeys by the name of its holder, the SHA-256 of each key in hex
 * @param operators names of those whose keys also open the meters and the sums over everybody
 * @param open whether whoever reaches the service may call it, though it listens beyond this machine
 * @param allowedHosts names, beside this machine's, by which a service without keys may be called
 * @param requestsPerMinute with one key
 * @param unkeyedRequestsPerMinute without a key, from one address
 * @param perDayUsd US dollars that the runs of one caller may spend in a day (UTC) on this instance; null = no limit
 */
@ConfigurationProperties(value = "deeprepo.security", ignoreUnknownFields = false)
record SecuritySettings(@DefaultValue Map<String, String> apiKeys, @DefaultValue Set<String> operators,
        @DefaultValue("false") boolean open, @DefaultValue List<String> allowedHosts,
        @DefaultValue("600") int requestsPerMinute, @DefaultValue("6000") int unkeyedRequestsPerMinute,
        @Nullable BigDecimal perDayUsd) {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    private static final Pattern HASH = Pattern.compile("[0-9a-fA-F]{64}");

    SecuritySettings {
        apiKeys.forEach((name, hash) -> {
            require(NAME.matcher(name).matches(),
                    "api-keys: the name %s must be 1 to 64 letters, digits, dots and hyphens".formatted(name));
            require(HASH.matcher(hash).matches(),
                    "api-keys.%s must be the SHA-256 of the key in hex, 64 digits".formatted(name));
        });
        require(new HashSet<>(apiKeys.values()).size() == apiKeys.size(), "api-keys: two names have the same key");
        require(apiKeys.keySet().containsAll(operators),
                "operators must be names of api-keys, were %s of %s".formatted(operators, apiKeys.keySet()));
        require(!open || apiKeys.isEmpty(), "open lets in whoever comes and api-keys do not: set one of them");
        require(requestsPerMinute >= 1, "requests-per-minute must be at least 1, was " + requestsPerMinute);
        require(unkeyedRequestsPerMinute >= 1,
                "unkeyed-requests-per-minute must be at least 1, was " + unkeyedRequestsPerMinute);
        require(perDayUsd == null || perDayUsd.signum() >= 0, "per-day-usd must not be negative, was " + perDayUsd);
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("deeprepo.security." + rule);
        }
    }
}
