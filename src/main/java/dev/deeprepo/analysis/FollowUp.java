package dev.deeprepo.analysis;

import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asks for about an analysis that has ended. What is left out stays as it was there, but for whom to tell of
 * the end: the address that the parent's request named is not told of its children.
 */
sealed interface FollowUp {

    String CALLBACK = "Is told of the end of the new analysis, by the rules of POST /analyses. That of the parent is not taken over";

    /** The limits of the new run, which begins with nothing spent. */
    @Nullable
    Limits budget();

    /** Whom to tell of the end of the new one; null = nobody. */
    @Nullable
    String callbackUrl();

    /** To go on from one of its turns, in another way. */
    @Schema(name = "ForkRequest")
    record Fork(
            @Schema(description = "The first turn that is played, and paid for, anew; those before it are taken over", requiredMode = Schema.RequiredMode.REQUIRED, minimum = "1", example = "3") @Nullable Integer fromTurn,
            @Schema(description = "What the root model is told to attend to from that turn on", maxLength = AnalysisRequest.MAX_FOCUS) @Nullable String focus,
            @Schema(description = "Alias or name of another model that plays on; fallback models of the old one do not take over from it", example = "opus") @Nullable String rootModel,
            @Nullable Limits budget,
            @Schema(description = CALLBACK, maxLength = 1024, example = "https://hooks.example.net/deeprepo") @Nullable String callbackUrl)
            implements
                FollowUp {}

    /** To answer a question about the same commit. */
    @Schema(name = "QuestionRequest")
    record Question(
            @Schema(requiredMode = Schema.RequiredMode.REQUIRED, maxLength = AnalysisRequest.MAX_FOCUS, example = "Which requests reach the database without being validated?") @Nullable String question,
            @Schema(description = "Alias or name of another root model", example = "opus") @Nullable String rootModel,
            @Schema(description = "Alias or name of another sub model", example = "haiku") @Nullable String subModel,
            @Nullable Limits budget,
            @Schema(description = CALLBACK, maxLength = 1024, example = "https://hooks.example.net/deeprepo") @Nullable String callbackUrl)
            implements
                FollowUp {}

    /** To make the same report at the newest commit of its branch. */
    @Schema(name = "RefreshRequest")
    record Refresh(
            @Schema(description = CALLBACK, maxLength = 1024, example = "https://hooks.example.net/deeprepo") @Nullable String callbackUrl)
            implements
                FollowUp {

        static final Refresh PLAIN = new Refresh(null);

        @Override
        public @Nullable Limits budget() {
            return null;
        }
    }

    /** As the fields of the same names in the request for an analysis. */
    @Schema(name = "FollowUpBudget")
    record Limits(
            @Schema(description = "Turns in all, those of the parent that a fork takes over included", minimum = "1", maximum = "1000") @Nullable Integer maxTurns,
            @Schema(description = "US dollars", minimum = "0", example = "2.50") @Nullable BigDecimal maxCostUsd,
            @Schema(minimum = "0", maximum = "100000") @Nullable Integer maxSubCalls, @Nullable Long maxTokens,
            @Schema(description = "Running time, ISO 8601", example = "PT10M") @Nullable Duration timeout) {

        static final Limits AS_BEFORE = new Limits(null, null, null, null, null);
    }
}
