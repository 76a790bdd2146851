package dev.deeprepo.journal;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.UUID;

/** Names one analysis: a random UUID, so that nobody guesses another's. */
public record AnalysisId(@JsonValue UUID value) {

    public static AnalysisId random() {
        return new AnalysisId(UUID.randomUUID());
    }

    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public static AnalysisId parse(String text) {
        return new AnalysisId(UUID.fromString(text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
