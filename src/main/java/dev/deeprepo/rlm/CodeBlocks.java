package dev.deeprepo.rlm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the Python in a text reply: fenced blocks in their order, or the whole text when it is code without a fence.
 *
 * <p>A fence ends a block only outside Python's strings (a prompt may hold fences of its own). A labelled fence that
 * opens inside a block means that prose and code were wrapped in one more fence: then only the inner blocks count.
 */
final class CodeBlocks {

    private static final Pattern FENCE = Pattern.compile("^(\\s*)(`{3,}|~{3,})([^`]*)$");
    private static final Pattern PYTHON = Pattern.compile("\\{?\\.?(?:python|py|ipython|repl)[\\d.]*(?![\\w-]).*");
    private static final Set<String> WRAPPERS = Set.of("", "markdown", "md");

    private final List<String> lines;
    private final List<String> blocks = new ArrayList<>();
    private boolean unterminated;

    private CodeBlocks(String text) {
        this.lines = text.lines().toList();
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
            Matcher open = FENCE.matcher(lines.get(i));
            if (open.matches()) {
                fenced = true;
                i = block(i + 1, open);
            } else {
                i++;
            }
        }
        return fenced;
    }

    /** Reads the block whose first line is {@code start}; returns the line to go on with. */
    private int block(int start, Matcher open) {
        String label = open.group(3).strip().toLowerCase(Locale.ROOT);
        boolean python = PYTHON.matcher(label).matches();
        boolean wrapper = WRAPPERS.contains(label);
        PythonLine reader = new PythonLine();
        int firstClose = -1;
        for (int i = start; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher fence = FENCE.matcher(line);
            boolean quoted = (python || wrapper) && reader.insideString();
            if (fence.matches()) {
                boolean closes = closes(fence, open);
                if (closes && !quoted) {
                    keep(start, i, open.group(1), python, wrapper);
                    return i + 1;
                }
                if (closes && firstClose < 0) {
                    firstClose = i;
                }
                if (!quoted && (python || wrapper) && PYTHON.matcher(fence.group(3).strip()).matches()) {
                    keep(start, i, open.group(1), false, true);
                    return i;
                }
            }
            reader.strip(line);
        }
        if (firstClose >= 0) { // a string was never closed: the kernel will say so
            keep(start, firstClose, open.group(1), python, wrapper);
            return firstClose + 1;
        }
        int before = blocks.size();
        keep(start, lines.size(), open.group(1), python, wrapper);
        unterminated = blocks.size() > before;
        return lines.size();
    }

    private static boolean closes(Matcher fence, Matcher open) {
        return fence.group(3).isBlank() && fence.group(2).charAt(0) == open.group(2).charAt(0)
                && fence.group(2).length() >= open.group(2).length();
    }

    private void keep(int from, int to, String indent, boolean python, boolean ifCode) {
        String code = String.join("\n", lines.subList(from, to).stream().map(line -> outdent(line, indent)).toList());
        if (!code.isBlank() && (python || ifCode && PythonLine.isCode(code))) {
            blocks.add(code.strip().lines().count() == 1 ? code.strip() : stripBlankEdges(code));
        }
    }

    private static String outdent(String line, String indent) {
        return line.startsWith(indent) ? line.substring(indent.length()) : line.stripLeading();
    }

    private static String stripBlankEdges(String code) {
        return code.replaceFirst("^(?:[ \\t]*\\n)+", "").stripTrailing();
    }
}
