package dev.deeprepo.checkout;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.Normalizer2;
import com.ibm.icu.text.SpoofChecker;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.util.HtmlUtils;

/**
 * Text as a reader takes it, whatever it is made of: letters of other alphabets that look like Latin ones are those
 * (UTS 39), characters that stand for others are these (NFKD, numbers in HTML), marks on letters and what nobody sees are gone, and every
 * space is a space. Line breaks stay.
 */
public final class Glyphs {

    private static final Normalizer2 NFKD = Normalizer2.getNFKDInstance();
    /** Latin in small capitals, and the letters that look like them; UTS 39 takes neither for what they are read as. */
    private static final String SMALL = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢĸʍᴎπτ";
    private static final String LATIN = "abcdefghijklmnoprstuvwyzkmnnt";
    /** Beyond are CJK characters, which look like none of these, and what {@link #NFKD} knows. */
    private static final int FIRST = 0x80;
    private static final int KNOWN = 0x2E80;
    private static final int MAX_REFERENCE = 10;
    /** Three alphabets of capitals in circles and boxes, of which {@link #NFKD} knows the first alone. */
    private static final int BOXED = 0x1F130;
    private static final int BOXES = 0x20;
    private static final String[] SEEN = seen();

    private static final Pattern ESCAPED = Pattern.compile("\\{U\\+([0-9A-F]{1,6})}");

    private Glyphs() {}

    /**
     * A text as it is read, in UTF-8.
     *
     * @param origins for each byte of it (and then room to spare), where in the original the character begins from which it comes
     * @param invisible whether something is gone that nobody sees
     */
    record Reading(byte[] utf8, int[] origins, boolean invisible) {

        int origin(int at, int length) {
            return at < utf8.length ? origins[at] : length;
        }
    }

    /** A text as it is read. */
    public static String latin(String text) {
        return isAscii(text)
                ? text
                : new String(read(text.getBytes(StandardCharsets.UTF_8), "").utf8(), StandardCharsets.UTF_8);
    }

    /**
     * One line, left to right, of which all can be seen: control, format, line-separating, private and lone surrogate
     * characters become {@code {U+202E}}, and what reads so already {@code {U+7B}U+202E}}, so that two names stay two. There
     * is no backslash in it: it is the same in Python and JSON.
     */
    static String escaped(String name) {
        StringBuilder text = new StringBuilder(name.length());
        name.replace("{U+", "{U+7B}U+").codePoints().forEach(c -> {
            switch (Character.getType(c)) {
                case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                        Character.SURROGATE, Character.UNASSIGNED, Character.PRIVATE_USE ->
                    text.append("{U+%X}".formatted(c));
                default -> text.appendCodePoint(c);
            }
        });
        return text.toString();
    }

    /** The name that was written out so. */
    public static String unescaped(String name) {
        return name.contains("{U+")
                ? ESCAPED.matcher(name).replaceAll(c -> Matcher.quoteReplacement(
                        Character.toString(Math.min(Character.MAX_CODE_POINT, Integer.parseInt(c.group(1), 16)))))
                : name;
    }

    /** @param gap what is read where something is that nobody sees */
    static Reading read(byte[] utf8, String gap) {
        byte[] out = new byte[utf8.length + 16];
        int[] origins = new int[out.length];
        int length = 0;
        boolean invisible = false;
        for (int at = 0; at < utf8.length;) {
            int size = size(utf8, at);
            byte[] seen = null;
            int reference = reference(utf8, at);
            if (size > 1 || reference > 0) {
                size = Math.max(size, reference);
                String character = new String(utf8, at, size, StandardCharsets.UTF_8);
                int c = (reference > 0 ? HtmlUtils.htmlUnescape(character) : character).codePointAt(0);
                String looks = c < FIRST ? Character.toString(c) : looks(c);
                invisible |= looks.isEmpty();
                seen = (looks.isEmpty() ? gap : looks).getBytes(StandardCharsets.UTF_8);
            }
            int more = seen == null ? 1 : seen.length;
            if (length + more > out.length) {
                out = Arrays.copyOf(out, out.length * 2 + more);
                origins = Arrays.copyOf(origins, out.length);
            }
            for (int i = 0; i < more; i++) {
                out[length] = seen == null ? utf8[at] : seen[i];
                origins[length++] = at;
            }
            at += size;
        }
        return new Reading(Arrays.copyOf(out, length), origins, invisible);
    }

    /** How long the character reference of HTML is, by number, that begins there; 0 = none does. */
    private static int reference(byte[] utf8, int at) {
        if (utf8[at] != '&' || at + 1 >= utf8.length || utf8[at + 1] != '#') {
            return 0;
        }
        int end = at + 2;
        while (end < utf8.length && end - at < MAX_REFERENCE && Character.isLetterOrDigit(utf8[end])) {
            end++;
        }
        return end < utf8.length && utf8[end] == ';' ? end + 1 - at : 0;
    }

    /** Whether it is read as it is written. */
    static boolean isPlain(byte[] utf8) {
        for (int at = 0; at < utf8.length; at++) {
            if (utf8[at] < 0 || reference(utf8, at) > 0) {
                return false;
            }
        }
        return true;
    }

    private static int size(byte[] utf8, int at) {
        int b = utf8[at];
        int size = b >= 0 ? 1 : (b & 0xE0) == 0xC0 ? 2 : (b & 0xF0) == 0xE0 ? 3 : (b & 0xF8) == 0xF0 ? 4 : 1;
        return Math.min(size, utf8.length - at);
    }

    /** What a character beyond ASCII looks like. */
    private static String looks(int c) {
        return c >= FIRST && c < KNOWN ? SEEN[c - FIRST] : decomposed(c);
    }

    private static String[] seen() {
        SpoofChecker shapes = new SpoofChecker.Builder().setChecks(SpoofChecker.CONFUSABLE).build();
        String[] seen = new String[KNOWN - FIRST];
        for (int c = FIRST; c < KNOWN; c++) {
            String looks = decomposed(c);
            seen[c - FIRST] = looks.isEmpty() || isAscii(looks) ? looks : shape(shapes, looks);
        }
        return seen;
    }

    private static String shape(SpoofChecker shapes, String character) {
        StringBuilder looks = new StringBuilder(unmarked(shapes.getSkeleton(character)));
        for (int i = 0; i < looks.length(); i++) {
            int small = SMALL.indexOf(looks.charAt(i));
            looks.setCharAt(i, small < 0 ? looks.charAt(i) : LATIN.charAt(small));
        }
        String latin = looks.toString();
        if (!isAscii(latin)) {
            return character;
        }
        // to UTS 39, I is l, and m is rn
        return latin.equals("l") && UCharacter.isUUppercase(character.codePointAt(0))
                ? "I"
                : latin.equals("rn") ? "m" : latin;
    }

    private static String decomposed(int c) {
        if (UCharacter.hasBinaryProperty(c, UProperty.DEFAULT_IGNORABLE_CODE_POINT)
                || Character.getType(c) == Character.FORMAT) {
            return "";
        }
        if (Character.isSpaceChar(c) || Character.isISOControl(c) || c == 0x2800) { // the last is Braille without a dot
            return " ";
        }
        if (c >= BOXED && c < BOXED + 3 * BOXES && (c - BOXED) % BOXES < 26) {
            return Character.toString('A' + (c - BOXED) % BOXES);
        }
        String parts = NFKD.getDecomposition(c);
        return unmarked(parts == null ? Character.toString(c) : parts);
    }

    private static String unmarked(String text) {
        StringBuilder letters = new StringBuilder(text.length());
        text.codePoints().filter(c -> Character.getType(c) != Character.NON_SPACING_MARK
                && Character.getType(c) != Character.ENCLOSING_MARK).forEach(letters::appendCodePoint);
        return letters.toString();
    }

    private static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= FIRST) {
                return false;
            }
        }
        return true;
    }
}
