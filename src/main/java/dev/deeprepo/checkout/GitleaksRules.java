package dev.deeprepo.checkout;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Rules on what is a secret as gitleaks applies them. Their patterns are RE2's, so no text can make one slow.
 *
 * @see GitleaksFile
 */
final class GitleaksRules {

    /** What an allowlist's patterns look at. */
    enum Target {
        SECRET,
        MATCH,
        LINE
    }

    /**
     * What is no secret after all.
     *
     * @param all whether every criterion that is there must be met, not any one
     * @param stopwords in lower case
     */
    record Allowlist(boolean all, List<Pattern> paths, List<Pattern> regexes, Target target, List<String> stopwords) {

        boolean allows(String path, Find find) {
            List<Boolean> met = new ArrayList<>();
            if (!paths.isEmpty()) {
                met.add(matches(paths, path));
            }
            if (!regexes.isEmpty()) {
                met.add(matches(regexes, switch (target) {
                    case SECRET -> find.secret();
                    case MATCH -> find.match();
                    case LINE -> find.line();
                }));
            }
            if (!stopwords.isEmpty()) {
                String lower = find.secret().toLowerCase(Locale.ROOT);
                met.add(stopwords.stream().anyMatch(lower::contains));
            }
            return all ? !met.isEmpty() && !met.contains(false) : met.contains(true);
        }

        private static boolean matches(List<Pattern> patterns, String text) {
            return patterns.stream().anyMatch(pattern -> pattern.matcher(text).find());
        }
    }

    /**
     * One rule.
     *
     * @param regex null = a file with such a path is a secret as a whole
     * @param path null = for every file
     * @param keywords of which the file must hold one, in upper or lower case; empty = it is always tried
     * @param entropy bits per byte that a secret has more than; 0 = any
     * @param group of the match that is the secret; 0 = the first that is not empty, else all of it
     * @param wide whether a match may go beyond the lines around its keyword
     */
    record Rule(String id, @Nullable Pattern regex, @Nullable Pattern path, Set<String> keywords, double entropy,
            int group, List<Allowlist> allowlists, boolean wide) {

        /** Line breaks, what may be one, and what has no end. */
        private static final Pattern WIDE = Pattern.compile(
                "\\\\[nr]|\\\\s\\\\S|\\\\S\\\\s|\\(\\?[a-z]*s|\\[\\^|(?:\\\\[sWD][^\\[\\]]{0,40}\\]?|(?:^|[^\\\\])\\.)(?:[*+]|\\{\\d+,(?:\\d{2,})?})");

        Rule(String id, @Nullable Pattern regex, @Nullable Pattern path, Set<String> keywords, double entropy,
                int group, List<Allowlist> allowlists) {
            this(id, regex, path, keywords, entropy, group, allowlists,
                    regex != null && WIDE.matcher(regex.pattern()).find());
        }

        boolean isAlwaysTried() {
            return keywords.isEmpty() || keywords.stream().anyMatch(word -> word.length() < Keywords.SHORTEST);
        }
    }

    private final List<Rule> rules;
    /** By keyword: the numbers of the rules. */
    private final List<List<Integer>> begun;
    private final Keywords keywords;

    GitleaksRules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
        Map<String, List<Integer>> words = new LinkedHashMap<>();
        for (int number = 0; number < rules.size(); number++) {
            for (String word : rules.get(number).isAlwaysTried() ? Set.<String>of() : rules.get(number).keywords) {
                words.computeIfAbsent(Keywords.folded(word), _ -> new ArrayList<>()).add(number);
            }
        }
        keywords = new Keywords(words.keySet());
        begun = List.copyOf(words.values());
    }

    /**
     * What stands in a file; two rules may find the same. A rule looks at the lines around its keywords, or at the whole file
     * where its pattern may go further: on whole files it would take several times as long.
     */
    List<TextRules.Match> find(String path, byte[] utf8) {
        Window whole = new Window(0, utf8.length);
        List<List<Window>> windows = rules.stream()
                .map(rule -> rule.isAlwaysTried() ? List.of(whole) : new ArrayList<Window>()).toList();
        Lines lines = new Lines(utf8);
        keywords.find(utf8, (word, start) -> {
            Window around = lines.around(start);
            begun.get(word).forEach(
                    number -> Window.add(rules.get(number).wide ? whole : around, windows.get(number)));
        });
        List<TextRules.Match> found = new ArrayList<>();
        for (int number = 0; number < rules.size(); number++) {
            Rule rule = rules.get(number);
            if (!windows.get(number).isEmpty() && (rule.path == null || rule.path.matcher(path).find())) {
                windows.get(number).forEach(window -> find(rule, path, utf8, window, found));
            }
        }
        return found;
    }

    /** A part of a file, in bytes. */
    private record Window(int start, int end) {

        /** As a part of its own, or with the last one where they meet. */
        static void add(Window next, List<Window> windows) {
            if (!windows.isEmpty() && windows.getLast().end >= next.start) {
                windows.set(windows.size() - 1,
                        new Window(windows.getLast().start, Math.max(windows.getLast().end, next.end)));
            } else {
                windows.add(next);
            }
        }
    }

    /** Where the lines of a file begin; asked for one place after the other. */
    private static final class Lines {

        /** Bytes that are looked at before and behind a keyword, in lines without end. */
        private static final int BEFORE = 1 << 10;
        private static final int BEHIND = 1 << 12;
        /** Lines behind that of the keyword. */
        private static final int MORE = 3;

        private final int length;
        private final int[] starts;
        private int current;

        Lines(byte[] utf8) {
            length = utf8.length;
            starts = IntStream.concat(IntStream.of(0),
                    IntStream.range(0, utf8.length).filter(i -> utf8[i] == '\n').map(i -> i + 1)).toArray();
        }

        Window around(int place) {
            while (current + 1 < starts.length && starts[current + 1] <= place) {
                current++;
            }
            int last = current + MORE + 1;
            return new Window(Math.max(starts[Math.max(0, current - 1)], place - BEFORE),
                    Math.min(last < starts.length ? starts[last] : length, place + BEHIND));
        }
    }

    private static void find(Rule rule, String path, byte[] utf8, Window window, List<TextRules.Match> found) {
        if (rule.regex == null) {
            found.add(new TextRules.Match(rule.id, 0, utf8.length));
            return;
        }
        byte[] text = window.end - window.start == utf8.length
                ? utf8
                : Arrays.copyOfRange(utf8, window.start, window.end);
        Matcher matcher = rule.regex.matcher(text);
        while (matcher.find()) {
            int group = secret(rule, matcher);
            Find find = new Find(text, matcher.start(), matcher.end(), matcher.start(group), matcher.end(group));
            if (find.start >= 0 && find.end > find.start && isOne(rule, path, find)) {
                found.add(new TextRules.Match(rule.id, window.start + find.start, window.start + find.end));
            }
        }
    }

    private static int secret(Rule rule, Matcher matcher) {
        int group = rule.group;
        for (int i = 1; group == 0 && i <= matcher.groupCount(); i++) {
            group = matcher.end(i) > matcher.start(i) ? i : 0;
        }
        return group;
    }

    private static boolean isOne(Rule rule, String path, Find find) {
        return (rule.entropy == 0 || TextRules.entropy(find.secret()) > rule.entropy)
                && rule.allowlists.stream().noneMatch(list -> list.allows(path, find));
    }

    /** A match, and the secret in it, as offsets. */
    private record Find(byte[] text, int matchStart, int matchEnd, int start, int end) {

        /** Of a line, what an allowlist sees before and behind the match. */
        private static final int MARGIN = 1 << 10;

        String secret() {
            return text(start, end);
        }

        String match() {
            return text(matchStart, matchEnd);
        }

        String line() {
            int from = matchStart;
            while (from > 0 && text[from - 1] != '\n' && matchStart - from < MARGIN) {
                from--;
            }
            int to = matchEnd;
            while (to < text.length && text[to] != '\n' && to - matchEnd < MARGIN) {
                to++;
            }
            return text(from, to);
        }

        private String text(int from, int to) {
            return new String(text, from, to - from, StandardCharsets.UTF_8);
        }
    }

    /** Of two lists of finds one, in order and without overlap; of finds that overlap it is the first list's rule. */
    static List<TextRules.Match> joined(List<TextRules.Match> ours, List<TextRules.Match> more) {
        List<TextRules.Match> joined = new ArrayList<>();
        boolean lastIsOurs = false;
        Deque<TextRules.Match> first = new ArrayDeque<>(ours);
        Deque<TextRules.Match> second = new ArrayDeque<>(
                more.stream().sorted(Comparator.comparingInt(TextRules.Match::start)).toList());
        while (!first.isEmpty() || !second.isEmpty()) {
            boolean isOurs = second.isEmpty()
                    || !first.isEmpty() && first.element().start() <= second.element().start();
            TextRules.Match next = isOurs ? first.remove() : second.remove();
            TextRules.Match last = joined.isEmpty() ? null : joined.getLast();
            if (last == null || next.start() >= last.end()) {
                joined.add(next);
                lastIsOurs = isOurs;
            } else {
                joined.set(joined.size() - 1, new TextRules.Match(isOurs && !lastIsOurs ? next.rule() : last.rule(),
                        last.start(), Math.max(last.end(), next.end())));
                lastIsOurs |= isOurs;
            }
        }
        return joined;
    }
}
