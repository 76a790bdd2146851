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

/** Gathers what a repository says to models, a line at a time: of each file the first few, of all a bounded number. */
final class Tripwire {

    private static final int MAX_LISTED = 100;
    private static final int MAX_PER_FILE = 10;
    private static final int MAX_QUOTE = 200;
    private static final int BEFORE = 60;

    /** What separates the words of a name: punctuation, or a capital. */
    private static final Pattern PARTS = Pattern.compile("[_.+\\p{Cc}]|%20|(?<=\\p{Ll})(?=\\p{Lu})");
    /** No rule finds anything that goes on beyond it. */
    private static final String BETWEEN = "\n|\n";

    private final List<Instruction> listed = new ArrayList<>();
    private int found;

    /** @param utf8 the text in which all that was found */
    void add(String path, byte[] utf8, Scan scan) {
        add(path, utf8, scan, _ -> true);
    }

    /** @param counts whether a line does, from 1 */
    void add(String path, byte[] utf8, Scan scan, IntPredicate counts) {
        int line = 1;
        int counted = 0;
        int last = 0;
        int inFile = 0;
        for (TextRules.Match match : scan.instructions()) {
            for (; counted < match.start(); counted++) {
                line += utf8[counted] == '\n' ? 1 : 0;
            }
            if (line == last || !counts.test(line)) {
                continue;
            }
            last = line;
            found++;
            if (inFile++ < MAX_PER_FILE && listed.size() < MAX_LISTED) {
                listed.add(new Instruction(path, line, match.rule(), quote(utf8, match, scan.secrets())));
            }
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
        for (Instruction line : lines.listed) {
            String path = named.get((Objects.requireNonNull(line.line()) - 1) / 2);
            String name = path.substring(path.lastIndexOf('/') + 1);
            listed.add(new Instruction(path, null, line.rule(), cut(name)));
        }
    }

    /** A name as it is meant to be read. */
    private static String words(String name) {
        return PARTS.matcher(Glyphs.unescaped(name)).replaceAll(" ");
    }

    /** The part of the line in which it stands, without secrets; what cannot be seen is written out. */
    private static String quote(byte[] utf8, TextRules.Match match, List<TextRules.Match> secrets) {
        int start = match.start();
        while (start > 0 && utf8[start - 1] != '\n' && match.start() - start < BEFORE) {
            start--;
        }
        int end = match.start();
        while (end < utf8.length && utf8[end] != '\n' && end - start < MAX_QUOTE) {
            end++;
        }
        String text = Glyphs.escaped(
                new String(Secrets.redacted(utf8, start, end, secrets), StandardCharsets.UTF_8).replace('\t', ' '))
                .strip();
        return cut(text);
    }

    private static String cut(String text) {
        return text.length() <= MAX_QUOTE ? text : text.substring(0, MAX_QUOTE - 1) + "…";
    }

    Snapshot.Instructions found() {
        return new Snapshot.Instructions(found, List.copyOf(listed));
    }
}
