package dev.deeprepo.checkout;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The listing of a repository: depth 4, one entry a line, deeper levels and crowded directories elided with counts. It
 * always fits 64 kB: what would not is drawn with fewer files per directory, then with fewer levels.
 */
final class FileTree {

    private static final int DEPTH = 4;
    private static final int MAX_BYTES = 64 * 1024;

    /** Directories end with a slash, so they sort where git sorts them. */
    private static final class Node {
        final Map<String, Node> entries = new TreeMap<>();
        @Nullable
        String note;
        int files;
    }

    private final String prefix;
    private final Node root = new Node();

    /** @param prefix the directory that the listing is of, ends with a slash; empty = the repository */
    FileTree(String prefix) {
        this.prefix = prefix;
    }

    /**
     * @param path as {@link Glyphs#escaped} writes it; begins with the prefix; a directory's ends with a slash
     * @param note in brackets behind the name; null = none
     */
    void add(String path, @Nullable String note) {
        Node node = root;
        boolean directory = path.endsWith("/");
        int depth = 0;
        for (int start = prefix.length(); start < path.length() && depth < DEPTH; depth++) {
            node.files += directory ? 0 : 1;
            int slash = path.indexOf('/', start);
            int end = slash < 0 ? path.length() : slash + 1;
            node = node.entries.computeIfAbsent(path.substring(start, end), name -> new Node());
            if (end == path.length()) {
                node.note = note;
                return;
            }
            start = end;
        }
        node.files += directory ? 0 : 1;
    }

    /** The listing, no longer than 64 kB in UTF-8. */
    String render() {
        for (int depth = DEPTH; depth > 0; depth--) {
            for (int crowd : new int[]{Integer.MAX_VALUE, 40, 12}) {
                StringBuilder text = new StringBuilder();
                text.append(prefix.isEmpty() ? "" : prefix + "\n");
                if (draw(root, prefix.isEmpty() ? "" : "  ", depth, crowd, text)
                        && text.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_BYTES) {
                    return text.toString();
                }
            }
        }
        return "(%d files, too many directories to list)\n".formatted(root.files);
    }

    private static boolean draw(Node node, String indent, int depth, int crowd, StringBuilder text) {
        int files = 0;
        for (Map.Entry<String, Node> entry : node.entries.entrySet()) {
            boolean directory = entry.getKey().endsWith("/");
            Node child = entry.getValue();
            if (!directory && ++files > crowd) {
                continue;
            }
            text.append(indent).append(entry.getKey());
            boolean elided = directory && child.files > 0 && (depth == 1 || child.entries.isEmpty());
            if (child.note != null) {
                text.append(" [").append(child.note).append(']');
            } else if (elided) {
                text.append(" (").append(child.files).append(child.files == 1 ? " file)" : " files)");
            }
            text.append('\n');
            if (text.length() > MAX_BYTES
                    || directory && !elided && !draw(child, indent + "  ", depth - 1, crowd, text)) {
                return false;
            }
        }
        if (files > crowd) {
            text.append(indent).append("… and ").append(files - crowd).append(" more files\n");
        }
        return text.length() <= MAX_BYTES;
    }
}
