package dev.deeprepo.report;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The text of one file, made for finding quotes in it: whitespace counts for nothing, and a quote may leave parts out
 * ({@code ...}), number its lines, or carry a remark behind them.
 */
final class SourceText {

    private static final Pattern SPACE = Pattern.compile("[\\s\\u00A0\\u200B\\uFEFF]++");
    private static final Pattern ELLIPSIS = Pattern
            .compile("\\[(?:\\.{3}|…)]|<(?:\\.{3}|…)>|/\\*\\s?(?:\\.{3}|…)\\s?\\*/|(?:#|//)\\s?(?:\\.{3}|…)|\\.{3}|…");
    private static final Pattern LINE_NUMBER = Pattern.compile("^\\s*\\d{1,7}\\s*[:|]?\\s");
    private static final Pattern REMARK = Pattern.compile("(?:^|\\s)(?://|#|--|/\\*|<!--|←).*$");
    /** Lines that may lie between two parts of one quote. */
    private static final int MAX_GAP = 40;
    private static final int MAX_OCCURRENCES = 500;

    private final String compact;
    /** Where each line begins in {@link #compact}. */
    private final int[] starts;

    SourceText(String text) {
        List<String> lines = text.lines().toList();
        StringBuilder without = new StringBuilder(text.length());
        starts = new int[lines.size()];
        for (int i = 0; i < starts.length; i++) {
            starts[i] = without.length();
            without.append(packed(lines.get(i)));
        }
        compact = without.toString();
    }

    int lines() {
        return starts.length;
    }

    /** The line on which the quote begins, of several the one nearest to {@code wanted}; 0 when it is not there. */
    int find(String quote, int wanted) {
        for (List<String> parts : readings(quote)) {
            int line = parts.isEmpty() ? 0 : inOrder(parts, wanted);
            if (line > 0) {
                return line;
            }
        }
        return 0;
    }

    /** From the strictest reading of a quote to the most lenient; a part is code without whitespace. */
    private static List<List<String>> readings(String quote) {
        String plain = typed(quote.replace("\\|", "|")); // as code must be written in a table
        List<String> lines = plain.lines().toList();
        boolean numbered = lines.stream().allMatch(line -> line.isBlank() || LINE_NUMBER.matcher(line).find());
        List<String> bare = lines.stream().map(line -> numbered ? LINE_NUMBER.matcher(line).replaceFirst("") : line)
                .toList();
        return List.of(parts(List.of(quote)), elided(List.of(plain)), elided(bare),
                elided(bare.stream().map(line -> REMARK.matcher(line).replaceFirst("")).toList()));
    }

    /** A text as one types it: no entities, no typographic quotation marks. */
    private static String typed(String text) {
        return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'")
                .replace("&amp;", "&").replaceAll("[“”]", "\"").replaceAll("[‘’]", "'");
    }

    private static String packed(String text) {
        String composed = Normalizer.isNormalized(text, Normalizer.Form.NFC)
                ? text
                : Normalizer.normalize(text, Normalizer.Form.NFC);
        return SPACE.matcher(composed).replaceAll("");
    }

    private static List<String> elided(List<String> texts) {
        return parts(texts.stream().flatMap(ELLIPSIS::splitAsStream).toList());
    }

    private static List<String> parts(List<String> texts) {
        return texts.stream().map(SourceText::packed).filter(part -> !part.isEmpty()).toList();
    }

    private int inOrder(List<String> parts, int wanted) {
        int best = 0;
        int seen = 0;
        String first = parts.getFirst();
        for (int at = compact.indexOf(first); at >= 0 && seen < MAX_OCCURRENCES; at = compact.indexOf(first, at + 1)) {
            seen++;
            int line = lineAt(at);
            boolean nearer = best == 0 || Math.abs(line - wanted) < Math.abs(best - wanted);
            if (nearer && rest(parts, at + first.length())) {
                best = line;
            }
        }
        return best;
    }

    private boolean rest(List<String> parts, int from) {
        int at = from;
        for (String part : parts.subList(1, parts.size())) {
            int limit = lineAt(Math.max(0, at - 1)) + MAX_GAP;
            int end = limit < starts.length ? starts[limit] : compact.length();
            int next = compact.indexOf(part, at, Math.max(at, end));
            if (next < 0) {
                return false;
            }
            at = next + part.length();
        }
        return true;
    }

    /** The line, from 1, of a place in {@link #compact}. Blank lines begin where the next one does, so the last counts. */
    private int lineAt(int offset) {
        int found = Arrays.binarySearch(starts, offset);
        if (found < 0) {
            return -found - 1;
        }
        while (found + 1 < starts.length && starts[found + 1] == offset) {
            found++;
        }
        return found + 1;
    }

    /** How many characters of a quote count. */
    static int weight(String quote) {
        return SPACE.matcher(quote).replaceAll("").length();
    }
}
