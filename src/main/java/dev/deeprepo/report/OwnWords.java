package dev.deeprepo.report;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.util.HtmlUtils;

/**
 * What only the service says in a report: the headings of its own sections, and the words by which it tells how a report came
 * about. An answer that uses them, because a repository or a model wished so, is told as one that does.
 */
final class OwnWords {

    private static final String SAID = " (of the answer)";
    private static final Set<String> TITLES = Set.of("account", "text that addresses models");
    private static final Pattern HTML_TITLE = Pattern.compile("(?is)<h([1-6])\\b[^>]{0,200}>(.{0,200}?)</h\\1\\s*>");
    private static final Pattern NOTICE = Pattern.compile(
            "(?im)^([ \\t>*_#|-]{0,20})((?:(?:Partial report|Unchanged)\\.\\*\\*|Checked by machine\\b|Found by rules\\b))");
    private static final Pattern OFFLINE = Pattern.compile("(?im)^([ \\t>*_#|-]{0,20})(No language model was used)");
    private static final Pattern LINK = Pattern
            .compile("!?\\[([^\\]]{0,200})\\](?:\\([^)]{0,500}\\)|\\[[^\\]]{0,100}\\])?");
    /** Letters of other alphabets that look like those of the titles, and these. */
    private static final String LOOKALIKES = "асоехртαοϲυԁѕіτп";
    private static final String LETTERS = "acoexptaocudsitn";

    private OwnWords() {}

    /** The answer with nothing in it that could be taken for the service's own. */
    static String kept(String answer, boolean offline) {
        String words = NOTICE.matcher(answer).replaceAll("$1The answer says: $2");
        words = offline ? words : OFFLINE.matcher(words).replaceAll("$1The answer says: $2");
        words = HTML_TITLE.matcher(words).replaceAll(title -> Matcher.quoteReplacement(isOurs(title.group(2))
                ? "**" + plain(title.group(2)) + SAID + "**"
                : title.group()));
        StringBuilder text = new StringBuilder(words);
        for (Blocks.Title title : new Blocks(words).titles().reversed()) {
            if (isOurs(title.text())) {
                text.replace(title.start(), title.end(), "#".repeat(title.level()) + " " + plain(title.text()) + SAID);
            }
        }
        return text.toString();
    }

    private static boolean isOurs(String title) {
        return TITLES.contains(plain(title).toLowerCase(Locale.ROOT));
    }

    /** A title as a reader sees it. */
    private static String plain(String title) {
        String seen = Normalizer.normalize(HtmlUtils.htmlUnescape(LINK.matcher(title).replaceAll("$1")),
                Normalizer.Form.NFKC).replaceAll("<[^>]{0,200}>|[\\p{Cf}\\p{M}\\\\`*_~#]|[\\p{P}\\s]+$", "")
                .replaceAll("[\\s\\p{Z}]+", " ").strip();
        StringBuilder latin = new StringBuilder(seen);
        for (int i = 0; i < latin.length(); i++) {
            char c = latin.charAt(i);
            int known = LOOKALIKES.indexOf(Character.toLowerCase(c));
            if (known >= 0) {
                char letter = LETTERS.charAt(known);
                latin.setCharAt(i, Character.isUpperCase(c) ? Character.toUpperCase(letter) : letter);
            }
        }
        return latin.toString();
    }
}
