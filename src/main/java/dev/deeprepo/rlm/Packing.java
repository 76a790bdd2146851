package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.checkout.Snapshot.SourceFile;
import dev.deeprepo.llm.Tokens;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which files of a repository go into one prompt: those in which a reader begins, then the smallest first, as long as
 * there is room.
 *
 * @param files the paths that go in, in the order of the prompt
 * @param leftOut the loaded paths that do not, in path order
 * @param tokens of the files as the prompt shows them, as counted
 */
record Packing(List<String> files, List<String> leftOut, long tokens) {

    /** A token has no more bytes than this in any text that people wrote; a file above it need not be counted. */
    private static final int MOST_BYTES_PER_TOKEN = 100;

    /** @param room counted tokens that all files together may have */
    static Packing of(Snapshot snapshot, long room) {
        List<String> files = new ArrayList<>();
        long tokens = 0;
        for (SourceFile file : inOrder(snapshot)) {
            long left = room - tokens;
            if (file.bytes() > left * MOST_BYTES_PER_TOKEN) {
                continue;
            }
            long size = Tokens.count(shown(file.path(), snapshot.text(file.path())));
            if (size <= left) {
                files.add(file.path());
                tokens += size;
            }
        }
        List<String> leftOut = new ArrayList<>(snapshot.files().stream().map(SourceFile::path).toList());
        leftOut.removeAll(new java.util.HashSet<>(files));
        return new Packing(List.copyOf(files), List.copyOf(leftOut), tokens);
    }

    private static List<SourceFile> inOrder(Snapshot snapshot) {
        Map<String, SourceFile> files = new LinkedHashMap<>();
        snapshot.files().forEach(file -> files.put(file.path(), file));
        List<SourceFile> order = new ArrayList<>();
        for (String entryPoint : snapshot.entryPoints()) {
            SourceFile file = files.remove(entryPoint);
            if (file != null) {
                order.add(file);
            }
        }
        files.values().stream().sorted(Comparator.comparingLong(SourceFile::bytes).thenComparing(SourceFile::path))
                .forEach(order::add);
        return order;
    }

    /** A file as the model sees it: each line with its number, so that a place in it can be named. */
    static String shown(String path, String text) {
        StringBuilder shown = new StringBuilder(text.length() + text.length() / 8 + path.length() + 32);
        shown.append("<file path=\"").append(path.replace("\"", "&quot;")).append("\">\n");
        int number = 0;
        for (String line : (Iterable<String>) text.lines()::iterator) {
            shown.append(++number).append('\t').append(line).append('\n');
        }
        return shown.append("</file>\n").toString();
    }
}
