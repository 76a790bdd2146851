package dev.deeprepo.checkout;

import dev.deeprepo.checkout.Snapshot.Instruction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Gathers what a repository says to models, a line at a time, long lines by the part: of each file a few, of all a bounded
 * number. So that none can be hidden behind many others, the list begins with one line of each file and rule, and has code
 * before documents, which may well quote such lines; what says the same as another comes last.
 */
final class Tripwire {

    private static final int MAX_LISTED = 100;
    private static final int MAX_PER_FILE = 10;
    private static final int MAX_QUOTE = 200;
    private static final int BEFORE = 60;
    private static final int RANKS = 5;

    /** What separates the words of a name: punctuation, or a capital. */
    private static final Pattern PARTS = Pattern.compile("[_.+\\p{Cc}]|%20|(?<=\\p{Ll})(?=\\p{Lu})");
    /** No rule finds anything that goes on beyond it. */
    private static final String BETWEEN = "\n|\n";

    private static final Pattern DOCUMENT = Pattern
            .compile("(?i)\\.(?:md|mdx|markdown|txt|rst|adoc|asciidoc|org|tex|html?|csv|tsv|jsonl?|svg|po)$");

    /** Of each rank the first that were found. */
    private final List<List<Instruction>> ranks = Stream.<List<Instruction>>generate(ArrayList::new).limit(RANKS)
            .toList();
    private final Set<String> quotes = new HashSet<>();
    private int found;

    /** @param utf8 the text in which all that was found */
    void add(String path, byte[] utf8, Scan scan) {
        add(path, utf8, scan, _ -> true);
    }

    /** @param counts whether a line does, from 1 */
    void add(String path, byte[] utf8, Scan scan, IntPredicate counts) {
        int line = 1;
        int counted = 0;
        int quoted = 0;
        int inFile = 0;
        boolean document = DOCUMENT.matcher(path).find();
        Set<String> rules = new HashSet<>();
        for (TextRules.Match match : scan.instructions()) {
            for (; counted < match.start(); counted++) {
                line += utf8[counted] == '\n' ? 1 : 0;
            }
            if (match.start() < quoted || !counts.test(line)) {
                continue;
            }
            int start = start(utf8, match);
            quoted = end(utf8, match, start);
            found++;
            boolean first = rules.add(match.rule());
            if (first || inFile < MAX_PER_FILE) {
                inFile++;
                String quote = quote(utf8, start, quoted, scan.secrets());
                list((first ? 0 : 2) + (document ? 1 : 0), new Instruction(path, line, match.rule(), quote));
            }
        }
    }

    private void list(int rank, Instruction line) {
        List<Instruction> listed = ranks.get(quotes.contains(line.quote()) ? RANKS - 1 : rank);
        if (listed.size() < MAX_LISTED) {
            listed.add(line);
            quotes.add(line.quote());
        }
    }

    /**
     * Looks at names, each once: of files, and of the directories in which they lie.
     *
     * @param paths as {@link Glyphs#escaped} writes them
     */
    void addNames(Collection<String> paths) {
        Set<String> seen = new HashSet<>();
        List<String> named = new ArrayList<>();
        StringBuilder names = new StringBuilder();
        for (String path : paths) {
            for (int start = 0, end; start < path.length(); start = end + 1) {
                int slash = path.indexOf('/', start);
                end = slash < 0 ? path.length() : slash;
                if (slash < 0 || seen.add(path.substring(0, end))) {
                    named.add(path.substring(0, end));
                    names.append(words(path.substring(start, end))).append(BETWEEN);
                }
            }
        }
        byte[] utf8 = names.toString().getBytes(StandardCharsets.UTF_8);
        Tripwire lines = new Tripwire();
        lines.add("", utf8, Scan.of("", utf8));
        found += lines.found;
        for (Instruction line : lines.found().listed()) {
            String path = named.get((Objects.requireNonNull(line.line()) - 1) / 2);
            String name = path.substring(path.lastIndexOf('/') + 1);
            list(1, new Instruction(path, null, line.rule(), cut(name)));
        }
    }

    /** A name as it is meant to be read. */
    private static String words(String name) {
        return PARTS.matcher(Glyphs.unescaped(name)).replaceAll(" ");
    }

    private static int start(byte[] utf8, TextRules.Match match) {
        int start = match.start();
        while (start > 0 && utf8[start - 1] != '\n' && match.start() - start < BEFORE) {
            start--;
        }
        return start;
    }

    private static int end(byte[] utf8, TextRules.Match match, int start) {
        int end = match.start();
        while (end < utf8.length && utf8[end] != '\n' && end - start < MAX_QUOTE) {
            end++;
        }
        return end;
    }

    /** The part of a line, without secrets; what cannot be seen is written out. */
    private static String quote(byte[] utf8, int start, int end, List<TextRules.Match> secrets) {
        String text = Glyphs.escaped(
                new String(Secrets.redacted(utf8, start, end, secrets), StandardCharsets.UTF_8).replace('\t', ' '))
                .strip();
        return cut(text);
    }

    private static String cut(String text) {
        return text.length() <= MAX_QUOTE ? text : text.substring(0, MAX_QUOTE - 1) + "…";
    }

    Snapshot.Instructions found() {
        return new Snapshot.Instructions(found, ranks.stream().flatMap(List::stream).limit(MAX_LISTED).toList());
    }
}
