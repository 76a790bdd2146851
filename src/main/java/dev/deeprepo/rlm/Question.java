package dev.deeprepo.rlm;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What a sub model is asked, and for whom: two that are equal have the same reply.
 *
 * @param owner whose money buys the reply, and whose code may stand in it; nobody else gets it from the cache
 */
record Question(String owner, String model, String system, String prompt) {

    /**
     * SHA-256 of all four, each behind its length. Taken from the characters as they are: an encoder would turn half a
     * surrogate pair, which Python can send, into a question mark, and make two prompts one.
     */
    String hash() {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
        for (String part : List.of(owner, model, system, prompt)) {
            ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + part.length() * Character.BYTES);
            bytes.putInt(part.length()).asCharBuffer().put(part);
            digest.update(bytes.array());
        }
        return HexFormat.of().formatHex(digest.digest());
    }
}
