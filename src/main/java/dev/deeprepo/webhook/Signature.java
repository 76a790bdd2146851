package dev.deeprepo.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs messages as Standard Webhooks has it: HMAC-SHA256 over {@code id.timestamp.body}, by each of the secrets. */
final class Signature {

    private static final String PREFIX = "whsec_";
    private static final String ALGORITHM = "HmacSHA256";

    private final List<SecretKeySpec> keys;

    private Signature(List<SecretKeySpec> keys) {
        this.keys = keys;
    }

    /** @throws IllegalArgumentException never repeating what it was given */
    static Signature parse(String secrets) {
        List<SecretKeySpec> keys = new ArrayList<>();
        for (String secret : secrets.strip().split("\\s+", -1)) {
            byte[] key = decoded(secret);
            if (key.length < 24 || key.length > 64) {
                throw unusable();
            }
            keys.add(new SecretKeySpec(key, ALGORITHM));
        }
        return new Signature(List.copyOf(keys));
    }

    private static byte[] decoded(String secret) {
        if (!secret.startsWith(PREFIX)) {
            throw unusable();
        }
        try {
            return Base64.getDecoder().decode(secret.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            throw unusable();
        }
    }

    private static IllegalArgumentException unusable() {
        return new IllegalArgumentException("secret must be whsec_ and the Base64 of 24 to 64 random bytes, as"
                + " printed by: echo whsec_$(openssl rand -base64 32)");
    }

    /**
     * The header {@code webhook-signature}.
     *
     * @param timestamp seconds since 1970
     */
    String of(String id, long timestamp, String body) {
        byte[] signed = "%s.%d.%s".formatted(id, timestamp, body).getBytes(StandardCharsets.UTF_8);
        return keys.stream().map(key -> "v1," + Base64.getEncoder().encodeToString(mac(key, signed)))
                .collect(Collectors.joining(" "));
    }

    private static byte[] mac(SecretKeySpec key, byte[] signed) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(signed);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}
