package dev.deeprepo.journal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The commit was compared with that of the earlier report.
 *
 * @param files the changed ones among those that are read, by path
 * @param more how many more there are
 * @param instructions of the earlier commit's lines and names that are gone, those that read like orders to a model; null =
 *     none were looked for
 * @param problem why there is no comparison; null when there is
 */
public record ChangesFound(String from, String to, List<ChangedFile> files, int more,
        @Nullable Instructions instructions, @Nullable String problem) implements Event {}
