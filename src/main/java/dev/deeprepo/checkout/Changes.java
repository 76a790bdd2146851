package dev.deeprepo.checkout;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a commit changed since another, in the files that are read.
 *
 * @param files by path
 * @param more how many more there are, which are not listed
 * @param diffs of the listed files: path → unified diff, cut where it is too long
 * @param instructions of the earlier commit's lines and names that are gone, those that seem to speak to models
 * @param problem why nothing can be said; null when it can
 */
public record Changes(List<File> files, int more, Map<String, String> diffs,
        Snapshot.Instructions instructions, @Nullable String problem) {

    /**
     * A changed file.
     *
     * @param status {@code A} added, {@code M} modified, {@code D} deleted, {@code R} renamed
     * @param from its earlier path, of one that was renamed; else null
     * @param added lines; 0 where the content is no text
     * @param removed lines
     */
    public record File(String path, String status, @Nullable String from, int added, int removed) {}

    /** There is nothing to compare with. */
    static Changes unknown(String problem) {
        return new Changes(List.of(), 0, Map.of(), Snapshot.Instructions.NONE, problem);
    }
}
