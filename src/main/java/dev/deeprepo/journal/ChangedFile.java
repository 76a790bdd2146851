package dev.deeprepo.journal;

import org.jspecify.annotations.Nullable;

/**
 * A file that differs between two commits.
 *
 * @param status {@code A} added, {@code M} modified, {@code D} deleted, {@code R} renamed
 * @param from its earlier path, of one that was renamed; else null
 * @param added lines
 * @param removed lines
 */
public record ChangedFile(String path, String status, @Nullable String from, int added, int removed) {}
