package dev.deeprepo.report;

import java.util.BitSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What only the service says in a report: the headings of its own sections, and the words by which it tells how a report came
 * about. An answer that uses them, because a repository or a model wished so, is told as one that does.
 */
final class OwnWords {

    private static final String SAID = " (of the answer)";
    private static final String SINCE = "sincetheearlierreport";
    /** By their letters. */
    private static final Set<String> TITLES = Set.of("account", "textthataddressesmodels", "checkedinthecode",
            SINCE);
    private static final Pattern HTML_TITLE = Pattern.compile("(?i)<(/?)h([1-6])\\b[^<>]{0,200}>");
    private static final int MAX_HTML_TITLE = 1000;
    /** As it is seen; what ends in a full stop is a notice only with it. */
    private static final Pattern NOTICE = Pattern
            .compile("(?i)(?<![\\w-])(?:partial\\s{1,5}report\\s{0,3}[.:!\u2013\u2014-]"
                    + "|(?<unchanged>unchanged\\s{0,3}[.:!])|checked\\s{1,5}by\\s{1,5}(?:(?:a|the)\\s{1,5})?machine\\b"
                    + "|found\\s{1,5}by\\s{1,5}(?:the\\s{1,5})?rules\\b(?<ours>\\s{1,5}of\\s{1,5}this\\s{1,5}service)?"
                    + "|(?<offline>no\\s{1,5}(?:language\\s{1,5})?model\\s{1,5}was\\s{1,5}(?:used|asked))"
                    + "|secrets\\s{1,5}withheld\\s{1,5}from\\s{1,5}the\\s{1,5}models\\b"
                    + "|(?<figures>[\\d.,]{1,12}\\s{1,5}places\\s{1,5}(?:in\\s{1,5}the\\s{1,5}code\\s{1,5}"
                    + "(?:(?:were|are|have\\s{1,5}been)\\s{1,5})?checked|named),\\s{1,5}[\\d.,]{1,12}\\s{1,5}hold\\b))");
    private static final Pattern SPAN = Pattern.compile("(?<!`)(`{1,5})(?!`)[^\\n]{1,300}?(?<!`)\\1(?!`)");
    /** Before what stands out: emphasis, or an element. */
    private static final Pattern MARK = Pattern.compile("(?:[*_]|<[a-zA-Z][^<>]{0,30}>)\\s{0,3}$");
    private static final String SAYS = "The answer says: ";
    private static final Pattern ENDING = Pattern.compile("[(\\[][^()\\[\\]]{0,200}[)\\]]\\P{L}{0,20}$");

    private OwnWords() {}

    /**
     * The answer with nothing in it that could be taken for the service's own.
     *
     * @param refreshed whether the answer was asked for a section on what has become of an earlier report
     */
    static String kept(String answer, boolean offline, boolean refreshed) {
        String words = htmlTitled(said(answer, offline));
        StringBuilder text = new StringBuilder(words.length());
        int done = 0;
        for (Blocks.Title title : new Blocks(words).headings()) {
            if (isOurs(title.text()) && !(refreshed && letters(title.text()).equals(SINCE))) {
                text.append(words, done, title.start()).repeat('#', title.level()).append(' ')
                        .append(plain(title.text())).append(SAID);
                done = title.end();
            }
        }
        return text.append(words, done, words.length()).toString();
    }

    /** Headings that are HTML. */
    private static String htmlTitled(String words) {
        StringBuilder text = new StringBuilder(words.length());
        int done = 0;
        MatchResult opened = null;
        for (MatchResult tag : (Iterable<MatchResult>) HTML_TITLE.matcher(words).results()::iterator) {
            if (tag.group(1).isEmpty()) {
                opened = tag;
            } else if (opened != null && opened.group(2).equals(tag.group(2))
                    && tag.start() - opened.end() <= MAX_HTML_TITLE) {
                String title = words.substring(opened.end(), tag.start());
                if (isOurs(title)) {
                    text.append(words, done, opened.start()).append("**").append(plain(title)).append(SAID)
                            .append("**");
                    done = tag.end();
                }
                opened = null;
            }
        }
        return text.append(words, done, words.length()).toString();
    }

    /** Notices, wherever they could be taken for such: where a statement begins, in a cell or an element, or marked. */
    private static String said(String answer, boolean offline) {
        SeenText seen = SeenText.of(answer);
        Matcher notice = NOTICE.matcher(seen.text());
        if (!notice.find()) {
            return answer;
        }
        BitSet code = new BitSet();
        new Blocks(answer).code().forEach(range -> code.set(range.start(), range.end()));
        BitSet spans = new BitSet();
        SPAN.matcher(answer).results().forEach(span -> spans.set(span.start(), span.end()));
        StringBuilder text = new StringBuilder(answer.length());
        int done = 0;
        do {
            int start = seen.origin(notice.start());
            boolean taken = spans.get(start)
                    ? seen.begins(notice.start())
                    : isNotice(notice, seen, answer, start);
            if (taken && !code.get(start) && !(offline && notice.group("offline") != null)) {
                text.append(answer, done, start).append(SAYS);
                done = start;
            }
        } while (notice.find());
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

    /** Whatever stands before, between and behind the letters, and in brackets at the end. */
    private static boolean isOurs(String title) {
        String plain = plain(title);
        return !plain.endsWith(SAID) && TITLES.contains(letters(plain));
    }

    private static String letters(String title) {
        return ENDING.matcher(title).replaceAll("").replaceAll("\\P{L}+", "").toLowerCase(Locale.ROOT);
    }

    /** A title as a reader sees it. */
    private static String plain(String title) {
        return SeenText.of(title).text().toString().replaceAll("\\s+", " ").strip();
    }
}
