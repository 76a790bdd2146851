package dev.deeprepo.checkout;

import dev.deeprepo.checkout.Snapshot.Instruction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Gathers what a repository says to models, a line at a time: of each file the first few, of all a bounded number. */
final class Tripwire {

    private static final int MAX_LISTED = 100;
    private static final int MAX_PER_FILE = 10;
    private static final int MAX_QUOTE = 200;
    private static final int BEFORE = 60;

    private final List<Instruction> listed = new ArrayList<>();
    private int found;

    /** @param utf8 the text in which all that was found */
    void add(String path, byte[] utf8, Scan scan) {
        int line = 1;
        int counted = 0;
        int last = 0;
        int inFile = 0;
        for (TextRules.Match match : scan.instructions()) {
            for (; counted < match.start(); counted++) {
                line += utf8[counted] == '\n' ? 1 : 0;
            }
            if (line == last) {
                continue;
            }
            last = line;
            found++;
            if (inFile++ < MAX_PER_FILE && listed.size() < MAX_LISTED) {
                listed.add(new Instruction(path, line, match.rule(), quote(utf8, match, scan.secrets())));
            }
        }
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
        String text = FileTree.escaped(
                new String(Secrets.redacted(utf8, start, end, secrets), StandardCharsets.UTF_8).replace('\t', ' '))
                .strip();
        return text.length() <= MAX_QUOTE ? text : text.substring(0, MAX_QUOTE - 1) + "…";
    }

    Snapshot.Instructions found() {
        return new Snapshot.Instructions(found, List.copyOf(listed));
    }
}
