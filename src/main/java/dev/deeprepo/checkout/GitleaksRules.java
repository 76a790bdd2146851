package dev.deeprepo.checkout;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
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

        boolean allows(String path, String secret, String match, String line) {
            String target = switch (this.target) {
                case SECRET -> secret;
                case MATCH -> match;
                case LINE -> line;
            };
            List<Boolean> met = new ArrayList<>();
            if (!paths.isEmpty()) {
                met.add(matches(paths, path));
            }
            if (!regexes.isEmpty()) {
                met.add(matches(regexes, target));
            }
            if (!stopwords.isEmpty()) {
                String lower = secret.toLowerCase(Locale.ROOT);
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
     * @param overLines whether a match may take many lines
     */
    record Rule(String id, @Nullable Pattern regex, @Nullable Pattern path, Set<String> keywords, double entropy,
            int group, List<Allowlist> allowlists, boolean overLines) {

        private static final Pattern OVER_LINES = Pattern
                .compile("\\\\[nr]|\\\\s\\\\S|\\\\S\\\\s|\\(\\?[a-z]*s|\\[\\^");

        Rule(String id, @Nullable Pattern regex, @Nullable Pattern path, Set<String> keywords, double entropy,
                int group, List<Allowlist> allowlists) {
            this(id, regex, path, keywords, entropy, group, allowlists,
                    regex != null && OVER_LINES.matcher(regex.pattern()).find());
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
     * where its pattern goes over lines: on whole files it would take several times as long.
     */
    List<TextRules.Match> find(String path, byte[] utf8) {
        Window whole = new Window(0, utf8.length);
        List<List<Window>> windows = rules.stream()
                .map(rule -> rule.isAlwaysTried() ? List.of(whole) : new ArrayList<Window>()).toList();
        Lines lines = new Lines(utf8);
        keywords.find(utf8, (word, start) -> {
            Window around = lines.around(start);
            begun.get(word).forEach(
                    number -> Window.add(rules.get(number).overLines ? whole : around, windows.get(number)));
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
            int start = matcher.start(group);
            int end = matcher.end(group);
            if (start >= 0 && end > start && isOne(rule, path, text, matcher, text(text, start, end))) {
                found.add(new TextRules.Match(rule.id, window.start + start, window.start + end));
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

    private static boolean isOne(Rule rule, String path, byte[] utf8, Matcher matcher, String secret) {
        if (rule.entropy != 0 && TextRules.entropy(secret) <= rule.entropy) {
            return false;
        }
        if (rule.allowlists.isEmpty()) {
            return true;
        }
        String match = text(utf8, matcher.start(), matcher.end());
        String line = line(utf8, matcher.start(), matcher.end());
        return rule.allowlists.stream().noneMatch(list -> list.allows(path, secret, match, line));
    }

    private static String line(byte[] utf8, int matchStart, int matchEnd) {
        int start = matchStart;
        while (start > 0 && utf8[start - 1] != '\n') {
            start--;
        }
        int end = matchEnd;
        while (end < utf8.length && utf8[end] != '\n') {
            end++;
        }
        return text(utf8, start, end);
    }

    private static String text(byte[] utf8, int start, int end) {
        return new String(utf8, start, end - start, StandardCharsets.UTF_8);
    }

    /** Of two lists of finds one, in order and without overlap; of finds that overlap it is the first list's rule. */
    static List<TextRules.Match> joined(List<TextRules.Match> ours, List<TextRules.Match> more) {
        if (more.isEmpty()) {
            return ours;
        }
        List<TextRules.Match> all = Stream.concat(ours.stream(), more.stream())
                .sorted(Comparator.comparingInt(TextRules.Match::start)).toList();
        List<TextRules.Match> joined = new ArrayList<>();
        for (TextRules.Match match : all) {
            TextRules.Match last = joined.isEmpty() ? null : joined.getLast();
            if (last == null || match.start() >= last.end()) {
                joined.add(match);
            } else {
                String rule = ours.contains(match) && !ours.contains(last) ? match.rule() : last.rule();
                joined.set(joined.size() - 1,
                        new TextRules.Match(rule, last.start(), Math.max(last.end(), match.end())));
            }
        }
        return joined;
    }
}
