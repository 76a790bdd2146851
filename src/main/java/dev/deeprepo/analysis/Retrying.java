package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.usage.BudgetExceeded.Limit;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
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
    private final KeyedRequests requests;
    private final AnalysisViews views;
    private final JobQueue queue;

    Retrying(Capacity capacity, Caller caller, KeyedRequests requests, AnalysisViews views, JobQueue queue) {
        this.capacity = capacity;
        this.caller = caller;
        this.requests = requests;
        this.views = views;
        this.queue = queue;
    }

    /**
     * Lets it wait again. The same request with the same key does so once.
     *
     * @throws Refused when it has not failed
     */
    StoredAnalysis retry(AnalysisId id, @Nullable String key) {
        KeyedRequest request = new KeyedRequest(caller.owner(), key, "retry " + id);
        return views.known(requests.once(request, () -> reopened(id, request)));
    }

    private AnalysisId reopened(AnalysisId id, KeyedRequest request) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            StoredAnalysis ended = views.known(id);
            check(ended);
            capacity.refuseWhatItCannotTake(ended.owner(), ended.request());
            if (queue.reopen(ended, new Event.Reopened(ended.status().name(), reason(ended)), request)) {
                return id;
            }
            if (System.nanoTime() > deadline) {
                throw Refused.forNow(ErrorCode.ANALYSIS_RUNNING, "the analysis is just ending; try again",
                        Duration.ofSeconds(1));
            }
            LockSupport.parkNanos(LOOK_NANOS); // its worker is about to let it go
        }
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
