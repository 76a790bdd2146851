package dev.deeprepo.analysis;

import dev.deeprepo.rlm.Estimate;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a repository is, and what each mode is expected to cost. Nothing was bought for it.
 *
 * @param tokens of all loaded files, each line with its number, in the vocabulary {@code o200k}
 * @param counted whether all of them were counted; false = judged by a part of a large repository
 * @param notLoaded paths passed over, by reason
 * @param windows how the whole repository would fit one prompt of each known model
 * @param modes cost by mode, for the models and limits of the request
 * @param choice what AUTO would choose
 */
@Schema(name = "Estimate")
record Estimation(Analysis.Repository repository, int files, long characters, long lines, long tokens, boolean counted,
        Map<String, Integer> notLoaded, List<String> warnings, Analysis.Models models, List<Window> windows,
        Modes modes, AutoChoice choice) {

    /**
     * One model's window.
     *
     * @param window tokens of prompt and answer together; null = not known
     * @param promptTokens that the whole repository would have at most in this model's vocabulary
     * @param roomTokens that a prompt may have beside its answer
     */
    @Schema(name = "WindowFit")
    record Window(String model, @Nullable Long window, long promptTokens, long roomTokens, boolean fits) {}

    /**
     * What one mode is expected to cost.
     *
     * @param basis what was assumed, a sentence each
     */
    @Schema(name = "ModeEstimate")
    record Mode(Analysis.Money costUsd, List<String> basis) {

        static Mode of(Estimate.Expected expected) {
            return new Mode(Analysis.Money.of(expected.cost()), expected.basis());
        }
    }

    @Schema(name = "ModeEstimates")
    record Modes(Mode RLM, Mode BASELINE, Mode COMPARE, Mode AUTO) {}

    /** What AUTO would choose, and why. */
    record AutoChoice(@Schema(implementation = dev.deeprepo.analysis.Mode.class) String mode, String reason) {}
}
