package dev.deeprepo.report;

import dev.deeprepo.checkout.Glyphs;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.util.HtmlUtils;

/** A text in Markdown or HTML as it is seen, without its markup; each character knows from where it comes. */
final class SeenText {

    private static final Pattern MARKUP = Pattern
            .compile("</?[a-zA-Z!][^<>]{0,200}>|&[#\\w]{1,10};|\\]\\([^()\\n]{0,300}\\)|\\]\\[[^\\[\\]\\n]{0,100}\\]"
                    + "|\\[\\^[^\\[\\]\\s]{0,100}\\]|[\\[\\]*_~`\\\\]");
    /** Elements that leave a word whole. */
    private static final Pattern INLINE = Pattern
            .compile("(?i)</?(?:!|(?:a|b|i|u|s|em|strong|span|font|mark|code|small|big|sub|sup|wbr|tt|kbd)\\b)");
    /** What stands before a word in the middle of a statement. */
    private static final String WITHIN = ",;\"'";

    private final StringBuilder text = new StringBuilder();
    private int[] origins;

    private SeenText(int length) {
        origins = new int[length + 16];
    }

    static SeenText of(String written) {
        SeenText seen = new SeenText(written.length());
        Matcher markup = MARKUP.matcher(written);
        int at = 0;
        while (markup.find()) {
            seen.add(written, at, markup.start());
            if (markup.group().startsWith("&")) {
                seen.add(Glyphs.latin(HtmlUtils.htmlUnescape(markup.group())), markup.start());
            } else if (markup.group().startsWith("<") && !INLINE.matcher(markup.group()).lookingAt()) {
                seen.add("\n", markup.start());
            }
            at = markup.end();
        }
        seen.add(written, at, written.length());
        return seen;
    }

    private void add(String written, int from, int to) {
        int c;
        for (int at = from; at < to; at += Character.charCount(c)) {
            c = written.codePointAt(at);
            if (c >= 0x80) {
                add(Glyphs.latin(Character.toString(c)), at);
                continue;
            }
            room(1);
            origins[text.length()] = at;
            text.append((char) c);
        }
    }

    private void add(String seen, int origin) {
        room(seen.length());
        Arrays.fill(origins, text.length(), text.length() + seen.length(), origin);
        text.append(seen);
    }

    private void room(int more) {
        if (text.length() + more > origins.length) {
            origins = Arrays.copyOf(origins, origins.length * 2 + more);
        }
    }

    CharSequence text() {
        return text;
    }

    /** Where in what was written the character stands. */
    int origin(int at) {
        return origins[at];
    }

    /** Whether a statement may begin there. */
    boolean begins(int at) {
        int before = at - 1;
        while (before >= 0 && text.charAt(before) == ' ') {
            before--;
        }
        return before < 0
                || !Character.isLetterOrDigit(text.charAt(before)) && WITHIN.indexOf(text.charAt(before)) < 0;
    }
}
