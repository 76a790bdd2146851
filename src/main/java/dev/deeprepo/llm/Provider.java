package dev.deeprepo.llm;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Who serves a model. */
public enum Provider {
    ANTHROPIC,
    OPENROUTER,
    OPENAI,
    OFFLINE;

    /** The lower-case word used in JSON and as a metric tag. */
    @JsonValue
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
