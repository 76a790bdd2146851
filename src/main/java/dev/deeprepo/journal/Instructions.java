package dev.deeprepo.journal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lines of a repository that read like instructions to a model. Rules found them, before any model was asked.
 *
 * @param found how many; a long line counts by the part
 * @param listed some of them, first one of each file and rule
 */
public record Instructions(int found, List<Line> listed) {

    /** One of them; {@code line} null = the name of a file or directory, {@code rule} what kind, {@code quote} what it says. */
    public record Line(String path, @Nullable Integer line, String rule, String quote) {}
}
