package dev.deeprepo.llm;

/**
 * What the arguments of a tool call say while they grow, such as the code to run: the strings among the values, decoded,
 * each on lines of its own. JSON that is cut anywhere is read as far as it goes, and what is wrong with it does not
 * matter here: it is for the eyes only.
 */
final class ArgumentText {

    private static final String ESCAPES = "nrtbf";
    private static final String ESCAPED = "\n\r\t\b\f";

    /** What the next character belongs to. */
    private enum Place {
        STRUCTURE,
        STRING,
        ESCAPE,
        UNICODE
    }

    private Place place = Place.STRUCTURE;
    /** Whether the string that is read, or comes next, is a value and not a name. */
    private boolean value;
    private boolean saidBefore;
    private int digits;
    private int unicode;

    /** What the next piece of JSON adds. */
    String read(String json) {
        StringBuilder text = new StringBuilder();
        json.chars().forEach(c -> read((char) c, text));
        return text.toString();
    }

    private void read(char c, StringBuilder text) {
        switch (place) {
            case STRUCTURE -> structure(c, text);
            case STRING -> {
                switch (c) {
                    case '"' -> place = Place.STRUCTURE;
                    case '\\' -> place = Place.ESCAPE;
                    default -> say(c, text);
                }
            }
            case ESCAPE -> {
                place = c == 'u' ? Place.UNICODE : Place.STRING;
                digits = 0;
                unicode = 0;
                if (c != 'u') {
                    int known = ESCAPES.indexOf(c);
                    say(known < 0 ? c : ESCAPED.charAt(known), text);
                }
            }
            case UNICODE -> {
                unicode = unicode * 16 + Math.max(0, Character.digit(c, 16));
                if (++digits == 4) {
                    place = Place.STRING;
                    say((char) unicode, text);
                }
            }
        }
    }

    private void structure(char c, StringBuilder text) {
        switch (c) {
            case ':' -> value = true;
            case ',', '{', '[' -> value = false;
            case '"' -> {
                place = Place.STRING;
                if (value && saidBefore) {
                    text.append('\n');
                }
            }
            default -> {
                // a number, a word, a blank, an end
            }
        }
    }

    private void say(char c, StringBuilder text) {
        if (value) {
            text.append(c);
            saidBefore = true;
        }
    }
}
