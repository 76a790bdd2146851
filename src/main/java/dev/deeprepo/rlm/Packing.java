package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.checkout.Snapshot.SourceFile;
import dev.deeprepo.llm.Tokens;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
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

    /** A line comes to as many tokens at least: its number, and what ends it. */
    private static final int LEAST_PER_LINE = 2;

    /** Files that did not fit one after the other: those that come now are larger still. */
    private static final int ENOUGH_MISSES = 20;

    /**
     * @param room counted tokens that all files together may have
     * @param check called before each file is counted; may throw
     */
    static Packing of(Snapshot snapshot, long room, Runnable check) {
        List<String> files = new ArrayList<>();
        long tokens = 0;
        int misses = -snapshot.entryPoints().size(); // these come first whatever their size
        for (SourceFile file : inOrder(snapshot)) {
            long left = room - tokens;
            if (misses >= ENOUGH_MISSES) {
                break;
            }
            if (file.lines() * LEAST_PER_LINE > left) {
                misses++;
                continue;
            }
            check.run();
            long size = Tokens.count(shown(file.path(), snapshot.text(file.path())));
            if (size <= left) {
                files.add(file.path());
                tokens += size;
            } else {
                misses++;
            }
        }
        List<String> leftOut = new ArrayList<>(snapshot.files().stream().map(SourceFile::path).toList());
        leftOut.removeAll(new HashSet<>(files));
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
