package dev.deeprepo.rlm;

import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.CostRange;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What reading a repository is expected to come to, before a token is bought.
 *
 * @param tokens of all loaded files as a prompt would show them
 * @param counted whether all of them were counted; false = judged by a part of them
 * @param fits how the whole repository would fit each known model
 * @param rlm cost of the mode RLM
 * @param baseline cost of the mode BASELINE
 * @param compare cost of the mode COMPARE
 * @param auto cost of what AUTO would choose
 * @param choice what AUTO would choose: {@code BASELINE} or {@code RLM}
 * @param reason why, a sentence
 */
public record Estimate(long tokens, boolean counted, List<Fit> fits, Expected rlm, Expected baseline,
        Expected compare, Expected auto, String choice, String reason) {

    /** @param basis what was assumed, a sentence each */
    public record Expected(CostRange cost, List<String> basis) {

        Expected atMost(Cost most) {
            return new Expected(cost.atMost(most), basis);
        }

        Expected plus(Expected other) {
            return new Expected(cost.plus(other.cost),
                    Stream.concat(basis.stream(), other.basis.stream()).distinct().toList());
        }
    }

    /**
     * The whole repository in one prompt of one model.
     *
     * @param window null = not known, {@link Room#ASSUMED_WINDOW} is taken
     * @param tokens that the prompt has in this model's vocabulary at most
     * @param room tokens that it may have beside the answer
     */
    public record Fit(String model, @Nullable Long window, long tokens, long room) {

        public boolean fits() {
            return tokens <= room;
        }
    }
}
