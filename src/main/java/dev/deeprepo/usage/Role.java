package dev.deeprepo.usage;

import java.util.Locale;

/** The part a model plays in a run. Accounts, metrics and JSON are split by it. */
public enum Role {
    /** Explores by writing Python, one call a turn. */
    ROOT,
    /** Answers the focused prompts that the root's Python dispatches. */
    SUB,
    /** Answers once, with as much code as fits. */
    BASELINE;

    /** The lower-case word used in JSON and as a metric tag. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
