package dev.deeprepo.checkout;

import dev.deeprepo.egress.EgressRules;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What may be fetched, and how much of it is loaded.
 *
 * @param maxFiles text files loaded per snapshot
 * @param maxBytes text loaded per snapshot
 * @param maxFileBytes larger files are passed over
 * @param maxPackBytes disk that one fetch may take
 * @param minFreeDisk nothing is fetched while less is left
 * @param timeout for one checkout, from the first request to the finished index
 * @param allowedSchemes of {@code https} and {@code http}
 * @param allowPrivateAddresses any host, address and port: for tests and intranets
 * @param allowedHosts the only hosts to fetch from, such as {@code github.com}, {@code *.example.net} or
 *     {@code git.example.net:8443}; empty = every public one
 * @param directory where bare repositories live while they are used; null = {@code checkouts} in the data directory
 * @param tokens what opens private repositories, by host; see {@link Tokens}
 * @param tokensFile more of them, a host and a token in each line; null = none
 * @param kept what stays on the disk of repositories that are no longer in use
 * @param redactSecrets whether a marker stands for each secret in what is loaded; see {@link Secrets}
 * @param secretRules a file of more rules on what is a secret; see {@link GitleaksFile}; null = none
 */
@ConfigurationProperties(value = "deeprepo.checkout", ignoreUnknownFields = false)
public record CheckoutSettings(@DefaultValue("50000") int maxFiles, @DefaultValue("200MB") DataSize maxBytes,
        @DefaultValue("500KB") DataSize maxFileBytes, @DefaultValue("1GB") DataSize maxPackBytes,
        @DefaultValue("1GB") DataSize minFreeDisk,
        @DefaultValue("5m") Duration timeout, @DefaultValue("https") Set<String> allowedSchemes,
        @DefaultValue("false") boolean allowPrivateAddresses, @DefaultValue List<String> allowedHosts,
        @Nullable Path directory,
        @DefaultValue Map<String, String> tokens, @Nullable Path tokensFile, @DefaultValue Kept kept,
        @DefaultValue("true") boolean redactSecrets, @Nullable Path secretRules) {

    /**
     * For how long what was fetched is kept, so that going on with an analysis, or following it up, fetches only what is
     * new.
     *
     * @param time since it was last used; 0 = nothing is kept
     * @param bytes of all together; the one used longest ago goes first
     */
    public record Kept(@DefaultValue("1d") Duration time, @DefaultValue("2GB") DataSize bytes) {

        public Kept {
            if (time.isNegative()) {
                throw new IllegalArgumentException("kept.time must not be negative, is " + time);
            }
        }
    }

    public CheckoutSettings {
        if (maxFiles < 1) {
            throw new IllegalArgumentException("max-files must be at least 1, is " + maxFiles);
        }
        requirePositive("max-bytes", maxBytes);
        requirePositive("max-file-bytes", maxFileBytes);
        requirePositive("max-pack-bytes", maxPackBytes);
        if (maxFileBytes.compareTo(DataSize.ofMegabytes(32)) > 0) {
            throw new IllegalArgumentException("max-file-bytes must be at most 32MB, is " + maxFileBytes);
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("timeout must be positive, is " + timeout);
        }
        allowedSchemes = Set.copyOf(allowedSchemes);
        allowedHosts = List.copyOf(allowedHosts);
        EgressRules.of(allowedSchemes, allowedHosts, allowPrivateAddresses);
        tokens = new HashMap<>(tokens);
        if (tokensFile != null) {
            // The variable DEEPREPO_CHECKOUT_TOKENS_FILE also reads as the token of a host named "file".
            tokens.remove("file", tokensFile.toString());
        }
        tokens = Map.copyOf(tokens);
    }

    /** Which addresses callers may name. */
    EgressRules egress() {
        return EgressRules.of(allowedSchemes, allowedHosts, allowPrivateAddresses);
    }

    /** Without the tokens. */
    @Override
    public String toString() {
        return "CheckoutSettings[allowedSchemes=%s, allowPrivateAddresses=%s, tokens for %s]".formatted(allowedSchemes,
                allowPrivateAddresses, new TreeSet<>(tokens.keySet()));
    }

    private static void requirePositive(String name, DataSize size) {
        if (size.toBytes() < 1) {
            throw new IllegalArgumentException(name + " must be positive, is " + size);
        }
    }
}
