package dev.deeprepo.llm;

import java.util.List;
import java.util.regex.Pattern;

/**
 * Makes what a provider said fit for logs, journal and users: one line, cut, without keys.
 *
 * @param secrets the keys of this instance
 */
record Redaction(List<String> secrets) {

    private static final int MAX_LENGTH = 300;
    private static final Pattern KEYS = Pattern.compile("(?i)\\b(sk-[\\w-]{6,}|bearer\\s+[\\w.~+/=-]{6,})");
    private static final Pattern NOT_ONE_LINE = Pattern.compile("[\\s\\p{Cntrl}\\p{Cf}\\u2028\\u2029]+");

    String apply(String text) {
        String clean = text;
        for (String secret : secrets) {
            clean = clean.replace(secret, "[key]");
        }
        clean = KEYS.matcher(clean).replaceAll("[key]");
        clean = NOT_ONE_LINE.matcher(clean).replaceAll(" ").strip();
        return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH) + "…";
    }
}
