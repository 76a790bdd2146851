package dev.deeprepo.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The keys that open this service, known by their hashes only. A key is made by a machine and long, so that a plain
 * SHA-256 of it cannot be guessed back; every known hash is compared, and each comparison takes as long as any other.
 */
final class ApiKeys {

    private record Known(String holder, byte[] hash) {}

    private final List<Known> known;

    /** @param hashes SHA-256 in hex, by the name of its holder */
    ApiKeys(Map<String, String> hashes) {
        this.known = hashes.entrySet().stream()
                .map(each -> new Known(each.getKey(), HexFormat.of().parseHex(each.getValue()))).toList();
    }

    /** Whose key this is; null = nobody's. */
    @Nullable
    String holder(String key) {
        byte[] hash = sha256(key);
        String holder = null;
        for (Known each : known) {
            holder = MessageDigest.isEqual(each.hash, hash) ? each.holder : holder;
        }
        return holder;
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
