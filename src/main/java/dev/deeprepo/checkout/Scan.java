package dev.deeprepo.checkout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What the rules find in one file, in one look at it; where it is not read as it is written, what speaks to models is looked for
 * once more in what a reader takes it for.
 *
 * @param secrets to be withheld
 * @param instructions what seems to be addressed to a model
 */
record Scan(List<TextRules.Match> secrets, List<TextRules.Match> instructions) {

    private static final TextRules RULES = TextRules.read("secrets.yml", "instructions.yml");
    private static final TextRules INSTRUCTIONS = TextRules.read("instructions.yml");

    static Scan of(String path, byte[] utf8) {
        List<List<TextRules.Match>> found = RULES.find(path, utf8);
        return new Scan(found.get(0), Glyphs.isPlain(utf8) ? found.get(1) : withReadings(path, utf8, found.get(1)));
    }

    private static List<TextRules.Match> withReadings(String path, byte[] utf8, List<TextRules.Match> asWritten) {
        List<TextRules.Match> all = new ArrayList<>(asWritten);
        Glyphs.Reading words = Glyphs.read(utf8, "");
        addTo(all, path, words, utf8.length);
        if (words.invisible()) { // which may stand between words too
            addTo(all, path, Glyphs.read(utf8, " "), utf8.length);
        }
        all.sort(Comparator.comparingInt(TextRules.Match::start));
        return List.copyOf(all);
    }

    private static void addTo(List<TextRules.Match> all, String path, Glyphs.Reading read, int length) {
        INSTRUCTIONS.find(path, read.utf8()).getFirst().forEach(match -> all.add(new TextRules.Match(match.rule(),
                read.origin(match.start(), length), read.origin(match.end(), length))));
    }
}
