package dev.deeprepo.rlm;

/**
 * How many tokens a text can be at most, near enough for a reservation: a token for every three bytes of UTF-8. Code
 * and prose run at 3.3 to 4.5 bytes a token in today's tokenizers, Chinese at about one character, which is three bytes.
 */
final class Tokens {

    /** What the framing of a message, with a countdown at its end, adds. */
    static final int PER_MESSAGE = 100;

    private Tokens() {}

    static long atMost(String text) {
        long bytes = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return bytes / 3 + 1;
    }
}
