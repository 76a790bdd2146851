package dev.deeprepo.checkout;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What nobody but the repository's owner should read, and what stands in its place: {@code [REDACTED:github-token]}, and
 * as many line breaks as it had. Always the same for the same file, so whoever looks again sees the same.
 */
final class Secrets {

    /**
     * A text without its secrets.
     *
     * @param kinds how many there were, by rule; empty = the text is as it was
     */
    record Redacted(byte[] utf8, Map<String, Integer> kinds) {}

    private Secrets() {}

    static Redacted redact(String path, byte[] utf8) {
        return redact(utf8, Scan.of(path, utf8).secrets());
    }

    static Redacted redact(byte[] utf8, List<TextRules.Match> matches) {
        if (matches.isEmpty()) {
            return new Redacted(utf8, Map.of());
        }
        Map<String, Integer> kinds = new TreeMap<>();
        matches.forEach(match -> kinds.merge(match.rule(), 1, Integer::sum));
        return new Redacted(redacted(utf8, 0, utf8.length, matches), kinds);
    }

    /** A part of a text, without the secrets that lie in it with as much as one byte. */
    static byte[] redacted(byte[] utf8, int start, int end, List<TextRules.Match> matches) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(end - start);
        int done = start;
        for (TextRules.Match match : matches) {
            if (match.end() <= start || match.start() >= end) {
                continue;
            }
            out.write(utf8, done, Math.max(0, match.start() - done));
            out.writeBytes(("[REDACTED:" + match.rule() + "]").getBytes(StandardCharsets.US_ASCII));
            for (int i = match.start(); i < match.end(); i++) {
                if (utf8[i] == '\n') {
                    out.write('\n');
                }
            }
            done = match.end();
        }
        out.write(utf8, done, Math.max(0, end - done));
        return out.toByteArray();
    }
}
