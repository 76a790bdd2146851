package dev.deeprepo.analysis;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks for, with the key by which it can ask again.
 *
 * @param key the caller's Idempotency-Key; null = every request is a new one
 * @param asked what tells it from others with the same key
 */
record KeyedRequest(String owner, @Nullable String key, String asked) {

    private static final int MAX_KEY = 255;

    /** @throws Refused when that can be no key */
    KeyedRequest {
        if (key != null && (key.isBlank() || key.length() > MAX_KEY)) {
            throw new Refused(ErrorCode.INVALID_REQUEST,
                    "Idempotency-Key must have 1 to %d characters".formatted(MAX_KEY));
        }
    }

    /** For a new analysis. @param text all that it depends on */
    static KeyedRequest submission(String owner, @Nullable String key, String text) {
        try {
            return new KeyedRequest(owner, key, HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
