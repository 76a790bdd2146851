package dev.deeprepo.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A paragraph, heading or table row, read for the places in the code that it names and the code that it quotes. */
final class Prose {

    private static final int MAX_LENGTH = 20_000;
    private static final int MAX_CLAIM = 300;

    private static final String LINES = "(?::L?(?<from>\\d{1,7})(?:[-–]L?(?<to>\\d{1,7}))?(?::\\d{1,5})?(?:,\\s?\\d{1,7}(?:[-–]\\d{1,7})?){0,9}"
            + "|#L(?<from2>\\d{1,7})(?:-L?(?<to2>\\d{1,7}))?)";
    private static final Pattern WHOLE_SPAN = Pattern
            .compile("(?<path>[^\\s:#`*<>|{}\"]{1,400}?)(?:" + LINES + "|::?\\S+)?");
    /** Files may be called anything; such a name means a file only when there is one. */
    private static final Pattern ODD_SPAN = Pattern.compile("(?<path>[^\\n]{1,400}?)" + LINES);
    private static final Pattern IN_TEXT = Pattern
            .compile(
                    "(?:(?<=(?:^|[\\s(])\\*\\*)|(?<![\\p{L}\\p{N}_.@+~/\\\\\\[\\]:*{}<>$%&=-]))(?<path>[\\p{L}\\p{N}_.@+~/\\\\\\[\\]-]{1,400}+)"
                            + LINES
                            + "(?![\\p{L}\\p{N}_])");
    private static final Pattern BLOB_URL = Pattern
            .compile("https?://[^\\s()<>]{1,200}?/blob/[^/\\s]{1,200}/(?<path>[^\\s#()<>]{1,400})" + LINES);
    private static final Pattern LINE_BEHIND = Pattern
            .compile("(?i)[\\s,*_]{0,4}[(\\[]?(?:at |on |around |near )?(?:lines?|L|ll)[\\s.~:]{0,2}(?<from>\\d{1,7})"
                    + "(?:\\s?(?:-|–|to|and)\\s?L?(?<to>\\d{1,7}))?(?!\\w)");
    private static final Pattern LINE_BEFORE = Pattern
            .compile("(?i)\\blines? (?<from>\\d{1,7})(?:\\s?(?:-|–|to)\\s?(?<to>\\d{1,7}))? (?:of|in) \\W{0,3}$");
    private static final Pattern SENTENCE_END = Pattern.compile("[.!?](?=\\s)");

    /** Code between backticks; {@code start} and {@code end} enclose the backticks. */
    record Span(int start, int end, String code) {}

    /**
     * A place that the text names.
     *
     * @param path as written
     * @param from the first line named; null = none
     * @param to the last line named; the first when only one is
     * @param marked whether it stands between backticks
     */
    record Mention(int start, int end, String path, @Nullable Integer from, @Nullable Integer to, boolean marked) {}

    private final String text;
    private final List<Span> spans;
    private final List<Mention> mentions = new ArrayList<>();
    /** The text without its code, so that a full stop in code ends no sentence. */
    private final String words;

    Prose(String whole) {
        text = whole.length() > MAX_LENGTH ? whole.substring(0, MAX_LENGTH) : whole;
        spans = spans(text);
        StringBuilder masked = new StringBuilder(text);
        for (Span span : spans) {
            masked.replace(span.start(), span.end(), "x".repeat(span.end() - span.start()));
            Matcher matcher = WHOLE_SPAN.matcher(span.code().strip());
            Matcher odd = ODD_SPAN.matcher(span.code().strip());
            if (matcher.matches()) {
                mentions.add(marked(span, matcher));
            } else if (odd.matches()) {
                mentions.add(mention(span.start(), span.end(), odd, true));
            }
        }
        words = masked.toString();
        Matcher url = BLOB_URL.matcher(words);
        while (url.find()) {
            mentions.add(mention(url.start(), url.end(), url, false));
        }
        Matcher matcher = IN_TEXT.matcher(words);
        while (matcher.find()) {
            mentions.add(mention(matcher.start(), matcher.end(), matcher, false));
        }
        mentions.sort((a, b) -> Integer.compare(a.start(), b.start()));
    }

    /** Rows of a table are read one by one: each makes its own claim. */
    static List<Prose> of(String text) {
        return text.startsWith("|") ? text.lines().map(Prose::new).toList() : List.of(new Prose(text));
    }

    List<Mention> mentions() {
        return mentions;
    }

    List<Span> spans() {
        return spans;
    }

    String between(int start, int end) {
        return text.substring(start, end);
    }

    int length() {
        return text.length();
    }

    /** The sentence around a place, on one line. */
    String sentence(int start, int end) {
        String sentence = text.substring(sentenceStart(start), sentenceEnd(end)).replaceAll("\\s+", " ").strip();
        return sentence.length() <= MAX_CLAIM ? sentence : sentence.substring(0, MAX_CLAIM - 1) + "…";
    }

    /** The words of the sentence around a place, without code. */
    String words(int start, int end) {
        return words.substring(sentenceStart(start), sentenceEnd(end));
    }

    private int sentenceStart(int at) {
        int start = Math.max(0, at - MAX_CLAIM);
        Matcher matcher = SENTENCE_END.matcher(words).region(start, at).useTransparentBounds(true);
        while (matcher.find()) {
            start = matcher.end();
        }
        return start;
    }

    private int sentenceEnd(int at) {
        int end = Math.min(words.length(), at + MAX_CLAIM);
        Matcher matcher = SENTENCE_END.matcher(words).region(at, end).useTransparentBounds(true);
        return matcher.find() ? matcher.end() : end;
    }

    private Mention marked(Span span, Matcher matcher) {
        Mention mention = mention(span.start(), span.end(), matcher, true);
        if (mention.from() != null) {
            return mention;
        }
        Matcher behind = LINE_BEHIND.matcher(text).region(span.end(), text.length());
        if (behind.lookingAt()) {
            return new Mention(span.start(), behind.end(), mention.path(), number(behind, "from"), number(behind, "to"),
                    true);
        }
        Matcher before = LINE_BEFORE.matcher(text).region(Math.max(0, span.start() - 40), span.start());
        return before.find()
                ? new Mention(span.start(), span.end(), mention.path(), number(before, "from"), number(before, "to"),
                        true)
                : mention;
    }

    private static Mention mention(int start, int end, Matcher matcher, boolean marked) {
        boolean hash = matcher.group("from2") != null;
        return new Mention(start, end, matcher.group("path"), number(matcher, hash ? "from2" : "from"),
                number(matcher, hash ? "to2" : "to"), marked);
    }

    private static @Nullable Integer number(Matcher matcher, String group) {
        String digits = matcher.group(group);
        return digits == null ? null : Integer.valueOf(digits);
    }

    /** CommonMark's rule: a run of backticks opens, the next run of the same length closes. */
    private static List<Span> spans(String text) {
        List<int[]> runs = new ArrayList<>();
        for (int i = text.indexOf('`'); i >= 0; i = text.indexOf('`', i)) {
            int end = i;
            while (end < text.length() && text.charAt(end) == '`') {
                end++;
            }
            runs.add(new int[]{i, end});
            i = end;
        }
        Map<Integer, Integer> last = new HashMap<>();
        runs.forEach(run -> last.put(run[1] - run[0], run[0]));
        List<Span> spans = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            int[] open = runs.get(i);
            int length = open[1] - open[0];
            if (last.getOrDefault(length, 0) == open[0]) {
                continue;
            }
            int j = i + 1;
            while (runs.get(j)[1] - runs.get(j)[0] != length) {
                j++;
            }
            spans.add(new Span(open[0], runs.get(j)[1], text.substring(open[1], runs.get(j)[0])));
            i = j;
        }
        return spans;
    }
}
