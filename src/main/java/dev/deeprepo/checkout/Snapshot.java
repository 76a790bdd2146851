package dev.deeprepo.checkout;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The text of a repository at one commit. Only the index is held in memory; texts are read from the object store when
 * asked for. Thread-safe until closed.
 */
public interface Snapshot extends AutoCloseable {

    /** The repository's name, such as {@code spring-petclinic}. */
    String name();

    /** The full id of the commit. */
    String commit();

    /** The loaded files in path order. */
    List<SourceFile> files();

    /** Everything that is in the commit and was not loaded, with the reason. */
    List<NotLoaded> notLoaded();

    /** Caps that were reached and other things a reader should know; one sentence each. */
    List<String> warnings();

    /** Files in whose text a marker, {@code [REDACTED:kind]}, stands for each secret; null = none were looked for. */
    default @Nullable List<Withheld> withheld() {
        return null;
    }

    /** What the text of loaded files, and every name, seems to say to models. */
    default Instructions instructions() {
        return Instructions.NONE;
    }

    /** Paths of loaded files in which a reader of the program begins, the most telling first. */
    List<String> entryPoints();

    /** A listing to depth 4, deeper levels elided with counts, at most 64 kB. */
    String fileTree();

    /** What model code sees as {@code metadata}: name, commit, files, characters, lines, files per type, … */
    Map<String, Object> metadata();

    /** Hands over each file in path order: its path and its text as UTF-8. */
    void forEach(BiConsumer<String, byte[]> file);

    /** The text of one loaded file. */
    String text(String path);

    /**
     * What this commit changed since an earlier one, which is fetched for it. One that can no longer be had is no error:
     * the answer says so.
     *
     * @throws CheckoutException when it was cancelled
     */
    default Changes changesSince(String commit) {
        return Changes.unknown("this snapshot knows of no other commit");
    }

    /** Removes the bare repository. */
    @Override
    void close();

    /** A loaded file: sizes are of its text in UTF-8, characters and lines. */
    record SourceFile(String path, long bytes, long characters, long lines) {}

    /** A path that was passed over, and why: {@code binary}, {@code too-large}, {@code vendored}, … */
    record NotLoaded(String path, String reason) {}

    /**
     * Lines that read like instructions to a model.
     *
     * @param found how many; a long line counts by the part
     * @param listed some of them, first one of each file and rule
     */
    record Instructions(int found, List<Instruction> listed) {

        public static final Instructions NONE = new Instructions(0, List.of());

        /** What a text says to models that is in no file. */
        public static Instructions in(String text) {
            Tripwire tripwire = new Tripwire();
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            tripwire.add("", utf8, Scan.of("", utf8));
            return tripwire.found();
        }
    }

    /**
     * One of them.
     *
     * @param path of a file, or of a directory whose name it is
     * @param line null = it is the name
     * @param rule by which it was found, such as {@code override} or {@code hidden-text}
     * @param quote the line, or the part of it, on which nothing is invisible
     */
    record Instruction(String path, @Nullable Integer line, String rule, String quote) {}

    /** A loaded file without its secrets: how many of each kind there were. */
    record Withheld(String path, Map<String, Integer> kinds) {

        /** All of them. */
        public int secrets() {
            return kinds.values().stream().mapToInt(Integer::intValue).sum();
        }
    }
}
