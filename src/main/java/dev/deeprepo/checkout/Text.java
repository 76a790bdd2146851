package dev.deeprepo.checkout;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A file's content as clean UTF-8: no byte order mark, no NUL, no lone surrogate. UTF-16 is known by its byte order
 * mark, everything else is read as UTF-8 with replacement.
 *
 * @param characters code points
 * @param lines line feeds, and a last line without one
 */
record Text(byte[] utf8, long characters, long lines) {

    /** As git does it: a NUL this early means that it is no text. */
    private static final int PROBE = 8000;

    /** Null for binary content. */
    static @Nullable Text of(byte[] raw) {
        if (raw.length >= 2 && (raw[0] == (byte) 0xFE && raw[1] == (byte) 0xFF
                || raw[0] == (byte) 0xFF && raw[1] == (byte) 0xFE)) {
            Charset utf16 = raw[0] == (byte) 0xFE ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_16LE;
            String text = new String(raw, 2, raw.length - 2, utf16);
            return text.indexOf('\0') >= 0 ? null : counted(text.getBytes(StandardCharsets.UTF_8));
        }
        boolean marked = raw.length >= 3 && raw[0] == (byte) 0xEF && raw[1] == (byte) 0xBB && raw[2] == (byte) 0xBF;
        byte[] bytes = marked ? Arrays.copyOfRange(raw, 3, raw.length) : raw;
        boolean ascii = true;
        boolean nul = false;
        for (int i = 0; i < bytes.length; i++) {
            ascii &= bytes[i] >= 0;
            if (bytes[i] == 0) {
                if (i < PROBE) {
                    return null;
                }
                nul = true;
            }
        }
        if (!ascii || nul) {
            bytes = new String(bytes, StandardCharsets.UTF_8).replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8);
        }
        return counted(bytes);
    }

    /** Of what is clean already. */
    static Text counted(byte[] utf8) {
        long characters = 0;
        long lines = utf8.length > 0 && utf8[utf8.length - 1] != '\n' ? 1 : 0;
        for (byte b : utf8) {
            characters += (b & 0xC0) == 0x80 ? 0 : 1;
            lines += b == '\n' ? 1 : 0;
        }
        return new Text(utf8, characters, lines);
    }
}
