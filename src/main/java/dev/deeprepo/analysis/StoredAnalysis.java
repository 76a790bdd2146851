package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.report.ReportFacts.Parent;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An analysis as its row says.
 *
 * @param owner whose it is
 * @param ordinal order of acceptance
 * @param place in the queue; the lowest is next
 * @param request complete, as it was accepted
 * @param parent the one that it came out of; null when it came out of none
 * @param ending what ended it, when that was not its answer
 */
record StoredAnalysis(AnalysisId id, String owner, long ordinal, long place, Status status, int attempt,
        AnalysisRequest request,
        @Nullable String commit, boolean cancelAsked, Analysis.@Nullable Failure ending,
        @Nullable Parent parent, Instant createdAt, @Nullable Instant startedAt, @Nullable Instant finishedAt) {}
