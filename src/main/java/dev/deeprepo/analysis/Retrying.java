package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.usage.BudgetExceeded.Limit;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;

/**
 * Lets analyses that failed go on from their last good step. Any failure may be tried again, since only the caller knows
 * what was changed meanwhile; a partial report when it was an outage that ended it, not a limit of the request.
 */
@Component
class Retrying {

    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final long LOOK_NANOS = Duration.ofMillis(20).toNanos();

    private final Capacity capacity;
    private final Caller caller;
    private final Analyses analyses;
    private final AnalysisViews views;
    private final JobQueue queue;

    Retrying(Capacity capacity, Caller caller, Analyses analyses, AnalysisViews views, JobQueue queue) {
        this.capacity = capacity;
        this.caller = caller;
        this.analyses = analyses;
        this.views = views;
        this.queue = queue;
    }

    /**
     * Lets it wait again. The same request with the same key does so once.
     *
     * @throws Refused when it has not failed
     */
    StoredAnalysis retry(AnalysisId id, @Nullable String key) {
        Admission.checkKey(key);
        if (key != null && isRepeated(id, key)) {
            return views.known(id);
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            StoredAnalysis ended = views.known(id);
            check(ended);
            capacity.refuseWhatItCannotTake(ended.owner(), ended.request());
            try {
                if (queue.reopen(ended, new Event.Reopened(ended.status().name(), reason(ended)), key)) {
                    return views.known(id);
                }
            } catch (DuplicateKeyException e) {
                if (key != null && isRepeated(id, key)) {
                    return views.known(id);
                }
                throw e;
            }
            if (System.nanoTime() > deadline) {
                throw Refused.forNow(ErrorCode.ANALYSIS_RUNNING, "the analysis is just ending; try again",
                        Duration.ofSeconds(1));
            }
            LockSupport.parkNanos(LOOK_NANOS); // its worker is about to let it go
        }
    }

    /** @throws Refused when the key was used for something else */
    private boolean isRepeated(AnalysisId id, String key) {
        String owner = caller.owner();
        Optional<AnalysisId> other = analyses.findByIdempotencyKey(owner, key).map(StoredAnalysis::id)
                .or(() -> analyses.findByRetryKey(owner, key).filter(retried -> !retried.equals(id)));
        if (other.isPresent()) {
            throw new Refused(ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "this Idempotency-Key belongs to another request, on analysis %s; use a new key"
                            .formatted(other.get()));
        }
        return analyses.findByRetryKey(owner, key).isPresent();
    }

    private static void check(StoredAnalysis analysis) {
        switch (analysis.status()) {
            case QUEUED, RUNNING -> throw Refused.forNow(ErrorCode.ANALYSIS_RUNNING,
                    "the analysis is %s; it can be tried again once it has failed".formatted(analysis.status()),
                    Duration.ofSeconds(2));
            case COMPLETED -> throw new Refused(ErrorCode.NOTHING_TO_RETRY,
                    "the analysis is COMPLETED; fork it, ask a question about it, or refresh it");
            case CANCELLED -> throw new Refused(ErrorCode.NOTHING_TO_RETRY,
                    "the analysis was CANCELLED; fork it from the turn that it should go on from");
            case PARTIAL -> {
                if (!isOutage(reason(analysis))) {
                    throw new Refused(ErrorCode.NOTHING_TO_RETRY,
                            "the analysis ended by %s, which would end it again; fork it with a larger budget"
                                    .formatted(reason(analysis)));
                }
            }
            case FAILED -> {
                // whatever it failed for
            }
        }
    }

    /** Whether it is over with time. */
    private static boolean isOutage(String reason) {
        return reason.equals(Limit.perDayUsd.name()) || ErrorCode.ofRun(reason).retryable();
    }

    private static String reason(StoredAnalysis analysis) {
        Analysis.Failure ending = analysis.ending();
        return ending == null ? "answer" : ending.code();
    }
}
