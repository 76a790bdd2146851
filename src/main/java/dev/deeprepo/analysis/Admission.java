package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Turns a request into an accepted analysis, or says why not; the same request with the same key only once. */
@Component
class Admission {

    private static final int MAX_KEY = 255;

    private final AdmissionRules rules;
    private final Analyses analyses;
    private final JobQueue queue;
    private final Capacity capacity;
    private final Caller caller;
    private final JsonMapper json;

    Admission(AdmissionRules rules, Analyses analyses, JobQueue queue, Capacity capacity, Caller caller,
            JsonMapper json) {
        this.rules = rules;
        this.analyses = analyses;
        this.queue = queue;
        this.capacity = capacity;
        this.caller = caller;
        this.json = json;
    }

    /**
     * Accepts a request, or finds the analysis that the same request with the same key became.
     *
     * @param key the caller's Idempotency-Key; null = every request is a new one
     * @throws Refused saying what the caller can do
     */
    StoredAnalysis admit(AnalysisRequest request, @Nullable String key) {
        return admit(key, json.writeValueAsString(request), () -> Submission.of(rules.complete(request)));
    }

    /**
     * The same for what comes out of another analysis.
     *
     * @param said what the caller asked for: the body, and what it was sent to
     * @param submission is asked for when nothing came of it before; what it throws refuses the request
     */
    StoredAnalysis admit(@Nullable String key, String said, Supplier<Submission> submission) {
        checkKey(key);
        String owner = caller.owner();
        String hash = sha256(said);
        return earlier(owner, key, hash).orElseGet(() -> {
            Submission complete = submission.get();
            capacity.refuseWhatItCannotTake(owner, complete.request());
            AnalysisId id = AnalysisId.random();
            try {
                queue.add(id, owner, complete, key, hash);
            } catch (DuplicateKeyException e) {
                return earlier(owner, key, hash).orElseThrow(() -> e);
            }
            return analyses.find(id).orElseThrow();
        });
    }

    static void checkKey(@Nullable String key) {
        if (key != null && (key.isBlank() || key.length() > MAX_KEY)) {
            throw new Refused(ErrorCode.INVALID_REQUEST,
                    "Idempotency-Key must have 1 to %d characters".formatted(MAX_KEY));
        }
    }

    private Optional<StoredAnalysis> earlier(String owner, @Nullable String key, String hash) {
        Optional<StoredAnalysis> earlier = key == null
                ? Optional.empty()
                : analyses.findByIdempotencyKey(owner, key);
        earlier.filter(analysis -> !analysis.requestHash().equals(hash)).ifPresent(analysis -> {
            throw new Refused(ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "this Idempotency-Key belongs to analysis %s, whose body was another one; use a new key"
                            .formatted(analysis.id()));
        });
        return earlier;
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
