package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An analysis as its row says.
 *
 * @param ordinal order of acceptance
 * @param place in the queue; the lowest is next
 * @param request complete, as it was accepted
 * @param ending what ended it, when that was not its answer
 */
record StoredAnalysis(AnalysisId id, long ordinal, long place, Status status, int attempt, AnalysisRequest request,
        @Nullable String commit, boolean cancelAsked, String requestHash, Analysis.@Nullable Failure ending,
        Instant createdAt, @Nullable Instant startedAt, @Nullable Instant finishedAt) {}
