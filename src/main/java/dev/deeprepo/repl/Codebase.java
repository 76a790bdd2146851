package dev.deeprepo.repl;

import java.util.function.BiConsumer;

/** What a kernel is loaded with. Read once per kernel start, so it can be streamed. */
public interface Codebase {

    /** Hands over each file in path order: its path and its text as UTF-8. */
    void forEach(BiConsumer<String, byte[]> file);

    /** The sum of all texts, in bytes; it sizes the kernel's memory limit. */
    long bytes();

    /** The listing that model code sees as {@code file_tree}. */
    String fileTree();

    /** A JSON object that model code sees as the dict {@code metadata}. */
    String metadataJson();

    /**
     * A JSON object of what else model code is to find: names and their values. An object called {@code diffs}, of paths and
     * unified diffs, becomes the function {@code diff(path)}.
     */
    default String extrasJson() {
        return "{}";
    }
}
