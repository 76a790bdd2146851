package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a receiver is told: that an analysis has ended, how, and where to read on. The same at every attempt.
 *
 * @param type such as {@code analysis.completed}
 * @param timestamp of the end
 */
record CallbackMessage(String type, Instant timestamp, Ending data) {

    /**
     * The end itself, in the words of {@code GET /analyses/{id}}.
     *
     * @param analysis link to the analysis
     * @param report link to its report; null when there is none
     */
    record Ending(AnalysisId id, Status status, String analysis, @Nullable String report, Instant finishedAt,
            BigDecimal costUsd, Analysis.@Nullable Failure error) {}

    /** @param link makes a link of a path */
    static CallbackMessage of(Analysis analysis, boolean report, UnaryOperator<String> link) {
        Instant finished = Objects.requireNonNull(analysis.finishedAt());
        String path = link.apply("/analyses/" + analysis.id());
        return new CallbackMessage("analysis." + analysis.status().name().toLowerCase(Locale.ROOT), finished,
                new Ending(analysis.id(), analysis.status(), path, report ? path + "/report" : null, finished,
                        analysis.usage().total().costUsd(), analysis.error()));
    }
}
