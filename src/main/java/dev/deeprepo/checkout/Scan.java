package dev.deeprepo.checkout;

import java.util.List;

/**
 * What the rules find in one file, in one look at it.
 *
 * @param secrets to be withheld
 * @param instructions what seems to be addressed to a model
 */
record Scan(List<TextRules.Match> secrets, List<TextRules.Match> instructions) {

    private static final TextRules RULES = TextRules.read("secrets.yml", "instructions.yml");

    static Scan of(String path, byte[] utf8) {
        List<List<TextRules.Match>> found = RULES.find(path, utf8);
        return new Scan(found.get(0), found.get(1));
    }
}
