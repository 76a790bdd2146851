package dev.deeprepo.llm;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What rules can say of a document: its own first sentence, and what it owns up to. */
final class OfflineSummary {

    private static final int LONGEST_READ = 20_000;
    private static final int LONGEST_PARAGRAPH = 2_000;
    private static final int LONGEST_TOPIC = 300;

    /** What is passed over up to the line that holds its end. */
    private static final List<String> HIDDEN = List.of("script", "style", "head", "nav", "pre");
    /** Headings, lists, tables, directives and badges. */
    private static final Pattern NO_PROSE = Pattern.compile(
            "(?:#|\\||[-*+] |\\d+[.)] |\\.\\. |:\\w|>|!\\[|\\[!|\\[[^\\]]{1,200}+\\]:|={3}|-{3}|\\*{3}).*|.*<(?:h\\d|title|head)\\b.*");
    private static final Pattern UNDERLINE = Pattern.compile("={3,}+|-{3,}+|~{3,}+");
    private static final Pattern LINK = Pattern.compile("!?\\[([^\\]]*+)\\](?:\\([^)]*+\\)|\\[[^\\]]*+\\])");
    private static final Pattern SENTENCE = Pattern.compile("^.{20,}?[.!?](?=\\s+[\\p{Lu}\\d\"'(]|$)");
    private static final Pattern MARK = Pattern.compile("\\b(?:TODO|FIXME|TBD)\\b");

    private OfflineSummary() {}

    /** Three lines: topic, readers, state; "not stated" where the text does not tell. */
    static String of(String document) {
        String said = firstSentence(document.substring(0, Math.min(document.length(), LONGEST_READ)));
        long marks = MARK.matcher(document).results().count();
        return """
                topic: %s
                readers: not stated
                state: %s""".formatted(said == null ? "not stated" : said,
                marks == 0 ? "not stated" : "%,d marked TODO, FIXME or TBD".formatted(marks));
    }

    private static @Nullable String firstSentence(String text) {
        StringBuilder paragraph = new StringBuilder();
        String closing = text.startsWith("---\n") ? "---" : null;
        for (String raw : (Iterable<String>) text.lines().skip(closing == null ? 0 : 1)::iterator) {
            String line = raw.strip();
            if (closing != null) {
                closing = line.toLowerCase(Locale.ROOT).contains(closing) ? null : closing;
                continue;
            }
            closing = opened(line);
            if (UNDERLINE.matcher(line).matches()) {
                paragraph.setLength(0); // what stood above it is a heading
            } else if (line.isEmpty() || closing != null || NO_PROSE.matcher(line).matches()) {
                String said = sentence(paragraph);
                if (said != null) {
                    return said;
                }
                paragraph.setLength(0);
            } else if (paragraph.length() < LONGEST_PARAGRAPH) {
                paragraph.append(line, 0, Math.min(line.length(), LONGEST_PARAGRAPH)).append(' ');
            }
        }
        return sentence(paragraph);
    }

    /** What ends the block that begins on this line and goes on below it; null when none does. */
    private static @Nullable String opened(String line) {
        if (line.startsWith("```") || line.startsWith("~~~")) {
            return line.substring(0, 3);
        }
        if (line.startsWith("<!--")) {
            return line.contains("-->") ? null : "-->";
        }
        String lower = line.toLowerCase(Locale.ROOT);
        return HIDDEN.stream().filter(tag -> lower.contains("<" + tag + ">") || lower.contains("<" + tag + " "))
                .map(tag -> "</" + tag).filter(end -> !lower.contains(end)).findFirst().orElse(null);
    }

    private static @Nullable String sentence(CharSequence paragraph) {
        String words = LINK.matcher(paragraph).replaceAll("$1").replaceAll("[*`]", "")
                .replaceAll("<[^>]*+>|&\\w++;", " ").replaceAll("\\s++", " ").strip();
        if (words.length() < 25 || words.indexOf(' ') < 0) {
            return null;
        }
        Matcher sentence = SENTENCE.matcher(words);
        String first = sentence.find() ? sentence.group() : words;
        return first.length() <= LONGEST_TOPIC ? first : first.substring(0, LONGEST_TOPIC) + "…";
    }
}
