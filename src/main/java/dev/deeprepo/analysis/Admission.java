package dev.deeprepo.analysis;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.deeprepo.checkout.CheckoutSettings;
import dev.deeprepo.checkout.InvalidRepository;
import dev.deeprepo.checkout.Ref;
import dev.deeprepo.checkout.RepositoryUrl;
import dev.deeprepo.checkout.Subdirectory;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Turns a request into an accepted analysis, its first journal entry and its job, in one transaction. */
@Component
class Admission {

    private static final int MAX_KEY = 255;
    private static final Duration QUEUE_FULL_WAIT = Duration.ofSeconds(30);

    private final Analyses analyses;
    private final Journal journal;
    private final Models models;
    private final Scheduler scheduler;
    private final TransactionTemplate transaction;
    private final BudgetSettings budget;
    private final JobsSettings jobs;
    private final CheckoutSettings checkout;
    private final JsonMapper json;
    private final Clock clock;

    Admission(Analyses analyses, Journal journal, Models models, Scheduler scheduler, TransactionTemplate transaction,
            BudgetSettings budget, JobsSettings jobs, CheckoutSettings checkout, JsonMapper json, Clock clock) {
        this.analyses = analyses;
        this.journal = journal;
        this.models = models;
        this.scheduler = scheduler;
        this.transaction = transaction;
        this.budget = budget;
        this.jobs = jobs;
        this.checkout = checkout;
        this.json = json;
        this.clock = clock;
    }

    /**
     * Accepts a request, or finds the analysis that the same request with the same key became.
     *
     * @param key the caller's Idempotency-Key; null = every request is a new one
     * @throws Refused saying what the caller can do
     */
    StoredAnalysis admit(AnalysisRequest request, @Nullable String key) {
        if (key != null && (key.isBlank() || key.length() > MAX_KEY)) {
            throw new Refused(ErrorCode.INVALID_REQUEST,
                    "Idempotency-Key must have 1 to %d characters".formatted(MAX_KEY));
        }
        String hash = sha256(json.writeValueAsString(request));
        return earlier(key, hash).orElseGet(() -> {
            AnalysisRequest complete = complete(request);
            refuseWhenQueueIsFull();
            try {
                AnalysisId id = save(complete, key, hash);
                // Only after the commit: a look at the queue before it would find nothing and sleep on.
                scheduler.triggerCheckForDueExecutions();
                return analyses.find(id).orElseThrow();
            } catch (DuplicateKeyException e) {
                return earlier(key, hash).orElseThrow(() -> e);
            }
        });
    }

    private Optional<StoredAnalysis> earlier(@Nullable String key, String hash) {
        Optional<StoredAnalysis> earlier = key == null ? Optional.empty() : analyses.findByIdempotencyKey(key);
        earlier.filter(analysis -> !analysis.requestHash().equals(hash)).ifPresent(analysis -> {
            throw new Refused(ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "this Idempotency-Key belongs to analysis %s, whose body was another one; use a new key"
                            .formatted(analysis.id()));
        });
        return earlier;
    }

    private AnalysisRequest complete(AnalysisRequest request) {
        if (request.repository() == null || request.repository().isBlank()) {
            throw Refused.field(ErrorCode.INVALID_REQUEST, "repository", "repository is required: an https URL");
        }
        RepositoryUrl url = address(request, request.repository());
        ModelId root = model("rootModel", request.rootModel(), models::defaultRoot);
        ModelId sub = model("subModel", request.subModel(), models::defaultSub);
        return request.complete(url.canonical(), root.name(), sub.name(), budget);
    }

    /** The rules of {@code checkout} for all three fields that reach git. */
    private RepositoryUrl address(AnalysisRequest request, String repository) {
        try {
            RepositoryUrl url = RepositoryUrl.parse(repository, checkout);
            if (request.ref() != null) {
                Ref.parse(request.ref());
            }
            if (request.path() != null) {
                Subdirectory.parse(request.path());
            }
            return url;
        } catch (InvalidRepository e) {
            throw Refused.field(switch (e.field()) {
                case "ref" -> ErrorCode.REF_INVALID;
                case "path" -> ErrorCode.PATH_INVALID;
                default -> ErrorCode.REPOSITORY_REFUSED;
            }, e.field(), String.valueOf(e.getMessage()));
        }
    }

    private ModelId model(String field, @Nullable String name, Supplier<ModelId> otherwise) {
        try {
            return name == null ? otherwise.get() : models.resolve(name);
        } catch (ModelUnavailable e) {
            throw Refused.field(switch (e.reason()) {
                case UNKNOWN -> ErrorCode.MODEL_UNKNOWN;
                case KEY_MISSING -> ErrorCode.MODEL_KEY_MISSING;
            }, field, String.valueOf(e.getMessage()));
        }
    }

    /** A bound against floods, not a promise: POSTs at the same instant may overshoot it by their number. */
    private void refuseWhenQueueIsFull() {
        if (analyses.count(Status.QUEUED) >= jobs.maxQueued()) {
            throw Refused.forNow(ErrorCode.QUEUE_FULL,
                    "%d analyses are waiting already; try again later".formatted(jobs.maxQueued()), QUEUE_FULL_WAIT);
        }
    }

    private AnalysisId save(AnalysisRequest request, @Nullable String key, String hash) {
        AnalysisId id = AnalysisId.random();
        transaction.executeWithoutResult(_ -> {
            analyses.add(id, request, key, hash);
            journal.begin(id,
                    new Event.Accepted(json.convertValue(request, new TypeReference<Map<String, Object>>() {
                    })));
            scheduler.schedule(Jobs.TASK.instance(id.toString()).build(), clock.instant());
        });
        return id;
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
