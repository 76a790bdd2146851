package dev.deeprepo.rlm;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A reader of Python, line by line, that knows just enough to tell code from prose and a fence that is code's own text
 * from one that ends a code block.
 *
 * <p>It follows strings and brackets. Two facts do the rest: outside strings and comments no Python line begins with
 * a fence, and no two names stand side by side with only a space between them, which is what prose is made of. It
 * proposes; what is really Python, the kernel decides.
 */
final class PythonLine {

    private static final Set<String> KEYWORDS = Set.of("False", "None", "True", "and", "as", "assert", "async", "await",
            "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global",
            "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while",
            "with", "yield", "match", "case", "type");

    private static final Pattern TWO_NAMES = Pattern
            .compile("([\\p{L}_][\\p{L}\\p{N}_]*)\\s+(?=([\\p{L}_][\\p{L}\\p{N}_]*))");
    private static final Pattern NOT_PYTHON = Pattern.compile("[?$`]|(?<!\\.\\.)\\.\\s*$|^\\s*[*+•-]\\s+\\S|"
            + "^\\s*\\d+[.)]\\s+\\p{L}|[!](?!=)|\\p{L}\\.\\s+\\p{Lu}\\p{L}+|\\p{L}’\\p{L}|^(?:---|\\+\\+\\+) |^@@ ");
    private static final Pattern LONE_WORD = Pattern.compile("\\s*[A-Z][a-z]+:?\\s*");
    private static final Pattern STATEMENT = Pattern.compile("^\\s*(?:@?[\\p{L}_][\\w.]*\\s*\\(|[^=]*[^=!<>]=(?!=)|"
            + "(?:import|from|def|class|for|while|if|with|try|return|raise|assert|del|async|pass)\\b)");

    private String quote = "";
    private int depth;

    /** Whether the line before ended inside a triple-quoted string. */
    boolean insideString() {
        return !quote.isEmpty();
    }

    /** Whether the line before ended inside a string or an open bracket, so that the next one continues it. */
    boolean continues() {
        return insideString() || depth > 0;
    }

    /** Whether a line, read on its own, is natural language rather than Python. */
    static boolean isProse(String line) {
        PythonLine reader = new PythonLine();
        return !line.isBlank() && proseIn(reader.strip(line));
    }

    /** Whether a whole text can pass for a Python program. */
    static boolean isCode(String text) {
        PythonLine reader = new PythonLine();
        boolean statement = false;
        for (String line : text.lines().toList()) {
            boolean continued = reader.continues();
            String bare = reader.strip(line);
            if (!continued && !bare.isBlank()) {
                if (proseIn(bare)) {
                    return false;
                }
                statement |= STATEMENT.matcher(bare).find();
            }
        }
        return statement && !reader.continues();
    }

    /** Reads one line; returns it without comments and with its strings emptied. */
    String strip(String line) {
        StringBuilder bare = new StringBuilder();
        int i = 0;
        while (i < line.length()) {
            char c = line.charAt(i);
            if (insideString()) {
                int end = endOfString(line, i);
                i = end < 0 ? line.length() : end;
                if (end >= 0) {
                    quote = "";
                    bare.append('"');
                }
            } else if (c == '#') {
                break;
            } else if (c == '"' || c == '\'') {
                String triple = String.valueOf(c).repeat(3);
                quote = line.startsWith(triple, i) ? triple : String.valueOf(c);
                i += quote.length();
                bare.append('"');
            } else {
                depth = Math.max(0, depth + ("([{".indexOf(c) >= 0 ? 1 : ")]}".indexOf(c) >= 0 ? -1 : 0));
                bare.append(c);
                i++;
            }
        }
        if (quote.length() == 1) { // a plain string ends with its line, closed or not
            quote = "";
            if (!line.endsWith("\\")) {
                bare.append('`'); // left open: no Python
            }
        }
        return bare.toString();
    }

    private int endOfString(String line, int from) {
        for (int i = from; i < line.length(); i++) {
            if (line.charAt(i) == '\\') {
                i++;
            } else if (line.startsWith(quote, i)) {
                return i + quote.length();
            }
        }
        return -1;
    }

    private static boolean proseIn(String bare) {
        if (NOT_PYTHON.matcher(bare).find()) {
            return true;
        }
        Matcher names = TWO_NAMES.matcher(bare);
        while (names.find()) {
            if (!KEYWORDS.contains(names.group(1)) && !KEYWORDS.contains(names.group(2))) {
                return true;
            }
        }
        return LONE_WORD.matcher(bare).matches();
    }
}
