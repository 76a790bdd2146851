package dev.deeprepo.checkout;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * Rules on what to find in texts, from files in {@code checkout/}. A rule's pattern is tried only where one of its
 * keywords begins, and sees no further than the rule's reach; so the time that a text takes grows with its length, whatever
 * it holds.
 *
 * <p>{@code (?&name)} in a pattern stands for the one of that name among the file's {@code patterns}, as in Perl.
 *
 * <p>Texts are matched as bytes: a pattern sees each byte of the UTF-8 as one character.
 */
final class TextRules {

    /** What a rule sees beyond its keyword unless it says otherwise. */
    private static final int REACH = 512;

    /** How often one byte is looked at, at most, in matches of a rule that are no find. */
    private static final int OVERLAP = 4;

    /** In a pattern: what a pattern named before it says. */
    private static final Pattern CALL = Pattern.compile("\\(\\?&([a-z-]+)\\)");

    /**
     * One rule as it stands in its file.
     *
     * @param keywords what it begins with, in upper or lower case
     * @param pattern from the keyword on; what its first group to take part holds is the find, without a group all of it
     * @param files the name of a pattern that says for which paths it is; null = for every one
     * @param entropy bits per byte that the find has at least
     * @param reach bytes that the pattern sees
     * @param unless names of patterns that say what is no find
     */
    record Row(String id, List<String> keywords, String pattern, @Nullable String files, @Nullable Double entropy,
            @Nullable Integer reach, @Nullable List<String> unless) {}

    private record Sheet(@Nullable Map<String, String> patterns, List<Row> rules) {}

    private record Rule(int rank, int sheet, String id, Pattern pattern, @Nullable Pattern files, double entropy,
            int reach,
            List<Pattern> unless) {}

    /** A find; {@code start} and {@code end} are offsets in the bytes. */
    record Match(String rule, int start, int end) {}

    private record Find(Rule rule, int start, int end) {}

    private final int sheets;
    private final List<Rule> rules = new ArrayList<>();
    /** By keyword. */
    private final List<List<Rule>> begun;
    private final Keywords keywords;

    private TextRules(List<Sheet> sheets) {
        this.sheets = sheets.size();
        Map<String, List<Rule>> words = new LinkedHashMap<>();
        for (int sheet = 0; sheet < sheets.size(); sheet++) {
            add(sheet, sheets.get(sheet), words);
        }
        keywords = new Keywords(words.keySet());
        begun = List.copyOf(words.values());
    }

    private void add(int number, Sheet sheet, Map<String, List<Rule>> words) {
        Map<String, Pattern> patterns = new HashMap<>();
        if (sheet.patterns != null) {
            sheet.patterns.forEach((name, pattern) -> patterns.put(name, compiled(pattern, patterns)));
        }
        for (Row row : sheet.rules) {
            Rule rule = new Rule(rules.size(), number, row.id, compiled(row.pattern, patterns),
                    row.files == null ? null : named(row.files, patterns), row.entropy == null ? 0 : row.entropy,
                    row.reach == null ? REACH : row.reach,
                    (row.unless == null ? List.<String>of() : row.unless).stream().map(name -> named(name, patterns))
                            .toList());
            rules.add(rule);
            row.keywords.forEach(
                    word -> words.computeIfAbsent(Keywords.folded(word), _ -> new ArrayList<>(1)).add(rule));
        }
    }

    /** A letter beyond ASCII is several bytes of the text. */
    private static Pattern compiled(String pattern, Map<String, Pattern> patterns) {
        String bytes = new String(pattern.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        return Pattern.compile(CALL.matcher(bytes).replaceAll(
                call -> Matcher.quoteReplacement("(?:" + named(call.group(1), patterns).pattern() + ")")));
    }

    private static Pattern named(String name, Map<String, Pattern> patterns) {
        return Objects.requireNonNull(patterns.get(name), name);
    }

    static TextRules read(String... names) {
        return new TextRules(Arrays.stream(names).map(TextRules::sheet).toList());
    }

    private static Sheet sheet(String name) {
        try (InputStream yaml = TextRules.class.getResourceAsStream("/checkout/" + name)) {
            return YAMLMapper.shared().readValue(Objects.requireNonNull(yaml, name), Sheet.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What stands in a file by the rules of each sheet, in order and without overlap; where two rules of one find the same,
     * it is the first one's.
     */
    List<List<Match>> find(String path, byte[] utf8) {
        Search search = new Search(path, utf8);
        keywords.find(utf8, search);
        search.found.sort(Comparator.comparingInt(Find::start));
        return IntStream.range(0, sheets).mapToObj(search::apart).toList();
    }

    private final class Search implements Keywords.Hit {

        private final String path;
        private final byte[] utf8;
        private final List<Find> found = new ArrayList<>();
        private final @Nullable Matcher[] matchers = new Matcher[rules.size()];
        /** By rule: where it may be tried again. */
        private final int[] until = new int[rules.size()];
        private @Nullable String text;

        Search(String path, byte[] utf8) {
            this.path = path;
            this.utf8 = utf8;
        }

        @Override
        public void at(int keyword, int start) {
            for (Rule rule : begun.get(keyword)) {
                attempt(rule, start);
            }
        }

        private void attempt(Rule rule, int start) {
            if (start < until[rule.rank]) {
                return;
            }
            Matcher matcher = matcher(rule);
            if (matcher != null && matcher.region(start, Math.min(utf8.length, start + rule.reach)).lookingAt()) {
                Find find = find(rule, matcher);
                boolean one = isOne(find);
                if (one) {
                    found.add(find);
                }
                until[rule.rank] = one ? matcher.end() : start + (matcher.end() - start) / OVERLAP;
            }
        }

        /** Null when the rule is not for this file. */
        private @Nullable Matcher matcher(Rule rule) {
            Matcher matcher = matchers[rule.rank];
            if (matcher == null) {
                if (rule.files != null && !rule.files.matcher(path).find()) {
                    until[rule.rank] = Integer.MAX_VALUE;
                    return null;
                }
                matcher = rule.pattern.matcher(text()).useTransparentBounds(true).useAnchoringBounds(false);
                matchers[rule.rank] = matcher;
            }
            return matcher;
        }

        private String text() {
            String all = text;
            if (all == null) {
                all = new String(utf8, StandardCharsets.ISO_8859_1); // a plain copy
                text = all;
            }
            return all;
        }

        /** Whole characters: a pattern that ends by a count may end within one. */
        private Find find(Rule rule, Matcher matcher) {
            int group = 0;
            for (int i = matcher.groupCount(); i > 0; i--) {
                group = matcher.start(i) < 0 ? group : i;
            }
            int start = matcher.start(group);
            int end = matcher.end(group);
            while (start > 0 && isWithin(utf8[start])) {
                start--;
            }
            while (end < utf8.length && isWithin(utf8[end])) {
                end++;
            }
            return new Find(rule, start, end);
        }

        private boolean isOne(Find find) {
            String value = text().substring(find.start, find.end);
            return (find.rule.entropy == 0 || entropy(value) >= find.rule.entropy)
                    && find.rule.unless.stream().noneMatch(pattern -> pattern.matcher(value).find());
        }

        private List<Match> apart(int sheet) {
            List<Find> apart = new ArrayList<>();
            for (Find find : found) {
                if (find.rule.sheet != sheet) {
                    continue;
                }
                Find last = apart.isEmpty() ? null : apart.getLast();
                if (last == null || find.start >= last.end) {
                    apart.add(find);
                } else {
                    apart.set(apart.size() - 1, new Find(last.rule.rank <= find.rule.rank ? last.rule : find.rule,
                            last.start, Math.max(last.end, find.end)));
                }
            }
            return apart.stream().map(find -> new Match(find.rule.id, find.start, find.end)).toList();
        }
    }

    private static boolean isWithin(byte b) {
        return (b & 0xC0) == 0x80;
    }

    /** Shannon's, in bits per byte: how little one byte tells of the next. */
    static double entropy(String value) {
        int[] counts = new int[256];
        value.chars().forEach(c -> counts[c & 0xFF]++);
        double bits = 0;
        for (int count : counts) {
            double share = (double) count / value.length();
            bits -= count == 0 ? 0 : share * Math.log(share) / Math.log(2);
        }
        return bits;
    }
}
