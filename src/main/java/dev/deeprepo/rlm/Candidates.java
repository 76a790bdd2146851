package dev.deeprepo.rlm;

import dev.deeprepo.llm.ModelId;
import java.util.List;
import java.util.stream.Stream;

/**
 * The models that may play a role.
 *
 * @param first the one that is asked
 * @param others those that take over, one after the other, when a call was given up for a rate limit or an outage
 */
public record Candidates(ModelId first, List<ModelId> others) {

    public Candidates {
        others = List.copyOf(others);
    }

    /** One model, which nobody takes over from. */
    public static Candidates only(ModelId model) {
        return new Candidates(model, List.of());
    }

    Stream<ModelId> all() {
        return Stream.concat(Stream.of(first), others.stream());
    }
}
