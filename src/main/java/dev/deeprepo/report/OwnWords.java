package dev.deeprepo.report;

import dev.deeprepo.checkout.Glyphs;
import java.util.BitSet;
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
    private static final Set<String> TITLES = Set.of("account", "text that addresses models", "checked in the code");
    private static final Pattern HTML_TITLE = Pattern.compile("(?is)<h([1-6])\\b[^>]{0,200}>(.{0,200}?)</h\\1\\s*>");
    /** As it is seen; what ends in a full stop is a notice only with it. */
    private static final Pattern NOTICE = Pattern.compile("(?i)(?<![\\w-])(?:partial\\s{1,5}report\\s{0,3}[.:!]"
            + "|(?<unchanged>unchanged\\s{0,3}\\.)|checked\\s{1,5}by\\s{1,5}machine\\b"
            + "|found\\s{1,5}by\\s{1,5}rules\\b(?<ours>\\s{1,5}of\\s{1,5}this\\s{1,5}service)?"
            + "|(?<offline>no\\s{1,5}language\\s{1,5}model\\s{1,5}was\\s{1,5}used)"
            + "|(?<figures>[\\d.,]{1,12}\\s{1,5}places\\s{1,5}(?:in\\s{1,5}the\\s{1,5}code\\s{1,5}checked|named),\\s{1,5}[\\d.,]{1,12}\\s{1,5}hold\\b))");
    private static final Pattern SPAN = Pattern.compile("(?<!`)(`{1,5})(?!`)[^\\n]{1,300}?(?<!`)\\1(?!`)");
    /** Before what stands out: emphasis, or an element. */
    private static final Pattern MARK = Pattern.compile("(?:[*_]|<[a-zA-Z][^<>]{0,30}>)\\s{0,3}$");
    private static final String SAYS = "The answer says: ";
    private static final Pattern LINK = Pattern
            .compile("!?\\[([^\\]]{0,200})\\](?:\\([^)]{0,500}\\)|\\[[^\\]]{0,100}\\])?");
    private OwnWords() {}

    /** The answer with nothing in it that could be taken for the service's own. */
    static String kept(String answer, boolean offline) {
        String words = HTML_TITLE.matcher(said(answer, offline))
                .replaceAll(title -> Matcher.quoteReplacement(isOurs(title.group(2))
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

    /** Notices, wherever they could be taken for such: where a statement begins, in a cell or an element, or marked. */
    private static String said(String answer, boolean offline) {
        SeenText seen = SeenText.of(answer);
        BitSet code = new BitSet();
        new Blocks(answer).code().forEach(range -> code.set(range.start(), range.end()));
        BitSet spans = new BitSet();
        SPAN.matcher(answer).results().forEach(span -> spans.set(span.start(), span.end()));
        StringBuilder text = new StringBuilder(answer.length());
        int done = 0;
        Matcher notice = NOTICE.matcher(seen.text());
        while (notice.find()) {
            int start = seen.origin(notice.start());
            boolean taken = spans.get(start)
                    ? seen.begins(notice.start())
                    : isNotice(notice, seen, answer, start);
            if (taken && !code.get(start) && !(offline && notice.group("offline") != null)) {
                text.append(answer, done, start).append(SAYS);
                done = start;
            }
        }
        return text.append(answer, done, answer.length()).toString();
    }

    private static boolean isNotice(Matcher notice, SeenText seen, String answer, int start) {
        String before = answer.substring(Math.max(0, start - 40), start);
        if (before.endsWith(SAYS)) {
            return false;
        }
        if (notice.group("figures") != null || notice.group("ours") != null) {
            return true;
        }
        boolean marked = MARK.matcher(before).find();
        if (notice.group("unchanged") != null) {
            return marked;
        }
        char first = notice.group().charAt(0);
        boolean capital = Character.isUpperCase(first) && first != 'P';
        return marked || capital || seen.begins(notice.start());
    }

    private static boolean isOurs(String title) {
        return TITLES.contains(plain(title).toLowerCase(Locale.ROOT));
    }

    /** A title as a reader sees it. */
    private static String plain(String title) {
        return Glyphs.latin(HtmlUtils.htmlUnescape(LINK.matcher(title).replaceAll("$1")))
                .replaceAll("<[^>]{0,200}>|[\\\\`*_~#]|[\\p{P}\\s]+$", "").replaceAll("\\s+", " ").strip();
    }
}
