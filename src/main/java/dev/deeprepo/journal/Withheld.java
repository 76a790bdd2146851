package dev.deeprepo.journal;

import java.util.List;
import java.util.Map;

/**
 * Secrets of a repository that no model got to see.
 *
 * @param secrets how many
 * @param files in so many files
 * @param most the files that have the most, at most 50
 */
public record Withheld(int secrets, int files, List<InFile> most) {

    /** Those of one file: how many of each kind. */
    public record InFile(String path, Map<String, Integer> kinds) {}
}
