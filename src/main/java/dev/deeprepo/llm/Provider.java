package dev.deeprepo.llm;

import java.util.Locale;

/** Who serves a model. */
public enum Provider {
    ANTHROPIC, OPENROUTER, OPENAI, OFFLINE;

    /** The lower-case word used in JSON and as a metric tag. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
