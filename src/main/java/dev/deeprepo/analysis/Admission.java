package dev.deeprepo.analysis;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.deeprepo.journal.AnalysisId;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Turns a request into an accepted analysis, or says why not; the same request with the same key only once. */
@Component
class Admission {

    private final AdmissionRules rules;
    private final KeyedRequests requests;
    private final AnalysisViews views;
    private final JobQueue queue;
    private final Capacity capacity;
    private final Caller caller;
    private final JsonMapper said;

    Admission(AdmissionRules rules, KeyedRequests requests, AnalysisViews views, JobQueue queue, Capacity capacity,
            Caller caller, JsonMapper json) {
        this.rules = rules;
        this.requests = requests;
        this.views = views;
        this.queue = queue;
        this.capacity = capacity;
        this.caller = caller;
        this.said = json.rebuild()
                .changeDefaultPropertyInclusion(all -> all.withValueInclusion(JsonInclude.Include.NON_NULL)).build();
    }

    /**
     * Accepts a request, or finds the analysis that the same request with the same key became.
     *
     * @param key the caller's Idempotency-Key; null = every request is a new one
     * @throws Refused saying what the caller can do
     */
    StoredAnalysis admit(AnalysisRequest request, @Nullable String key) {
        return admit(key, "", request, () -> Submission.of(rules.complete(request)));
    }

    /**
     * The same for what comes out of another analysis.
     *
     * @param to what the body was sent to
     * @param body what is not said in it counts for nothing: a later version may know more fields
     * @param submission is asked for when nothing came of it before; what it throws refuses the request
     */
    StoredAnalysis admit(@Nullable String key, String to, Object body, Supplier<Submission> submission) {
        KeyedRequest request = KeyedRequest.submission(caller.owner(), key, to + said.writeValueAsString(body));
        return views.known(requests.once(request, () -> {
            Submission complete = submission.get();
            capacity.refuseWhatItCannotTake(request.owner(), complete.request());
            AnalysisId id = AnalysisId.random();
            queue.add(id, complete, request);
            return id;
        }));
    }
}
