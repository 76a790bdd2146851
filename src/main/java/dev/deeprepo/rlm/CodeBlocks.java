package dev.deeprepo.rlm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the Python in a text reply: fenced blocks in their order, or the whole text when it is code without a fence.
 *
 * <p>A fence ends a block only outside Python's strings (a prompt may hold fences of its own). A labelled fence that
 * opens inside a block means that prose and code were wrapped in one more fence: then only the inner blocks count.
 * Models are careless with fences: they open one behind words, or close one behind code or with words after it.
 */
final class CodeBlocks {

    /** A fence, perhaps in a list or a quotation. */
    private static final Pattern FENCE = Pattern
            .compile("^((?:\\s{0,8}>){0,20}+\\s*+(?:(?:[-*+]|\\d{1,3}[.)])\\s+)?)(`{3,}|~{3,})([^`]*)$");
    private static final Pattern FENCE_BEHIND_WORDS = Pattern.compile("^()[^`]*+(`{3,})([^`\\s]+\\s*)$");
    private static final Pattern ONE_LINE = Pattern
            .compile("^[\\s>]*(`{3,})(?<label>python3?|py|repl|tool_code)?\\b\\s*(?<code>[^`]*[^`\\s])\\s*\\1\\s*$");
    private static final Pattern PYTHON = Pattern.compile(
            "(?:\\{code-cell} )?\\{?\\.?(?:python|py|ipython|repl|tool_code|execute_python)[\\d.]*(?![\\w-]).*");
    /** Code that stands on the line of the opening fence. */
    private static final Pattern CODE_BEHIND_LABEL = Pattern
            .compile("(?i)[a-z_\\d.]+\\s+([\\w.]+\\(.*\\)|import .*|from .*)");
    private static final Pattern CLOSED_BEHIND_CODE = Pattern.compile("[^`]*+`{3,}+\\s*");
    private static final Pattern INVISIBLE = Pattern.compile("^[\\uFEFF\\u200B\\u2060]+");
    private static final Set<String> WRAPPERS = Set.of("", "markdown", "md");

    private final List<String> lines;
    private final List<String> blocks = new ArrayList<>();
    private boolean unterminated;

    private CodeBlocks(String text) {
        this.lines = text.lines().map(line -> INVISIBLE.matcher(line).replaceFirst(""))
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /**
     * The code of a reply, possibly none.
     *
     * @param cut whether the reply was cut off: a block left open is then no code
     */
    static List<String> in(String text, boolean cut) {
        CodeBlocks found = new CodeBlocks(text);
        boolean fenced = found.scan();
        if (cut && found.unterminated && !found.blocks.isEmpty()) {
            found.blocks.removeLast();
        }
        if (!fenced && !cut && PythonLine.isCode(text)) {
            return List.of(text.strip());
        }
        return List.copyOf(found.blocks);
    }

    private boolean scan() {
        boolean fenced = false;
        int i = 0;
        while (i < lines.size()) {
            Matcher one = ONE_LINE.matcher(lines.get(i));
            Matcher open = opening(lines.get(i));
            fenced |= open != null || one.matches();
            if (open != null) {
                i = block(i + 1, open);
            } else {
                if (one.matches() && (one.group("label") != null || PythonLine.isCode(one.group("code")))) {
                    blocks.add(one.group("code"));
                }
                i++;
            }
        }
        return fenced;
    }

    private static @Nullable Matcher opening(String line) {
        Matcher fence = FENCE.matcher(line);
        if (fence.matches()) {
            return fence;
        }
        Matcher behind = FENCE_BEHIND_WORDS.matcher(line);
        return behind.matches() && isPython(behind) ? behind : null;
    }

    private static boolean isPython(Matcher fence) {
        return PYTHON.matcher(label(fence)).matches();
    }

    private static String label(Matcher fence) {
        return fence.group(3).strip().toLowerCase(Locale.ROOT);
    }

    /** Reads the block whose first line is {@code start}; returns the line to go on with. */
    private int block(int start, Matcher open) {
        boolean python = isPython(open);
        boolean wrapper = WRAPPERS.contains(label(open));
        PythonLine reader = new PythonLine();
        int firstClose = -1;
        for (int i = start; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher fence = FENCE.matcher(line);
            boolean quoted = (python || wrapper) && reader.insideString();
            if (fence.matches()) {
                boolean closes = closes(fence, open);
                if (closes && !quoted) {
                    keep(start, i, open, python, wrapper);
                    return i + 1;
                }
                if (closes && firstClose < 0) {
                    firstClose = i;
                }
                if (!quoted && (python || wrapper) && isPython(fence)) {
                    keep(start, i, open, false, true);
                    return i;
                }
                if (!quoted && python) { // closed all the same, with words behind it, or by the fence of another block
                    boolean words = !fence.group(3).matches("\\w+\\s*");
                    keep(start, i, open, words, true);
                    return words ? i + 1 : i;
                }
            }
            String bare = reader.strip(line);
            if (python && !quoted && !reader.insideString() && CLOSED_BEHIND_CODE.matcher(bare).matches()) {
                lines.set(i, line.substring(0, line.lastIndexOf("```")).replaceFirst("`+$", ""));
                keep(start, i + 1, open, true, true);
                return i + 1;
            }
        }
        if (firstClose >= 0) { // a string was never closed: the kernel will say so
            keep(start, firstClose, open, python, wrapper);
            return firstClose + 1;
        }
        int before = blocks.size();
        keep(start, lines.size(), open, python, wrapper);
        unterminated = blocks.size() > before;
        return lines.size();
    }

    private static boolean closes(Matcher fence, Matcher open) {
        return fence.group(3).isBlank() && fence.group(2).charAt(0) == open.group(2).charAt(0)
                && fence.group(2).length() >= open.group(2).length();
    }

    private void keep(int from, int to, Matcher open, boolean python, boolean ifCode) {
        String indent = open.group(1).replaceAll("[^\\s>]", " "); // below the mark of a list stand spaces
        Matcher first = CODE_BEHIND_LABEL.matcher(open.group(3).strip());
        Stream<String> inside = lines.subList(from, to).stream().map(line -> outdent(line, indent));
        String code = Stream.concat(python && first.matches() ? Stream.of(first.group(1)) : Stream.empty(), inside)
                .collect(Collectors.joining("\n"));
        if (!code.isBlank() && (python || ifCode && PythonLine.isCode(code))) {
            blocks.add(code.strip().lines().count() == 1 ? code.strip() : stripBlankEdges(code));
        }
    }

    private static String outdent(String line, String indent) {
        if (line.startsWith(indent)) {
            return line.substring(indent.length());
        }
        return line.strip().equals(indent.strip()) ? "" : line.stripLeading();
    }

    private static String stripBlankEdges(String code) {
        return code.replaceFirst("^(?:[ \\t]*\\n)+", "").stripTrailing();
    }
}
