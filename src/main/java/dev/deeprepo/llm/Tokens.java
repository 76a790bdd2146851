package dev.deeprepo.llm;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;

/**
 * Estimates of token counts, meant to err upwards: they are what a call reserves before it is made. Up to 4 000
 * characters a text is counted with the {@code o200k} vocabulary, and two fifths are added because other vocabularies
 * cut finer; a longer text is taken at 2.5 bytes of UTF-8 a token, which source code and prose stay below, and which costs no time worth measuring.
 */
public final class Tokens {

    private static final int COUNTED = 4_000;
    private static final Encoding ENCODING = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);

    private Tokens() {}

    /** The tokens of a text. */
    public static long estimate(String text) {
        if (text.length() > COUNTED) {
            return 1 + utf8Length(text) * 2 / 5;
        }
        return (ENCODING.countTokensOrdinary(text) * 7L + 4) / 5;
    }

    private static long utf8Length(String text) {
        long bytes = text.length();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            bytes += c < 0x80 ? 0 : c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
        }
        return bytes;
    }
}
