package dev.deeprepo.analysis;

import dev.deeprepo.checkout.Checkout;
import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.checkout.RepositoryUrl;
import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.llm.Models;
import dev.deeprepo.rlm.Brief;
import dev.deeprepo.rlm.Estimate;
import dev.deeprepo.rlm.Estimator;
import dev.deeprepo.rlm.Method;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Fetches and loads a repository to say what reading it would cost. Few at once: each holds a connection and a fetch. */
@Component
class Estimating {

    private static final Duration BUSY_WAIT = Duration.ofSeconds(10);

    private final AdmissionRules rules;
    private final Checkout checkout;
    private final Estimator estimator;
    private final Models models;
    private final Runs runs;
    private final Semaphore places;

    Estimating(AdmissionRules rules, Checkout checkout, Estimator estimator, Models models, Runs runs,
            JobsSettings jobs) {
        this.rules = rules;
        this.checkout = checkout;
        this.estimator = estimator;
        this.models = models;
        this.runs = runs;
        this.places = new Semaphore(jobs.maxConcurrent());
    }

    /** @throws Refused when the request cannot be served, or its repository cannot be fetched */
    Estimation estimate(AnalysisRequest request) {
        AnalysisRequest complete = rules.complete(request.withAllModes());
        if (!places.tryAcquire()) {
            throw Refused.forNow(ErrorCode.QUEUE_FULL, "as many estimates as may be are being made; try again later",
                    BUSY_WAIT);
        }
        try (Snapshot snapshot = checkout.fetch(new RepositoryUrl(Objects.requireNonNull(complete.repository())),
                complete.ref(), complete.path(), List.of(), runs::isStopping)) {
            return estimation(complete, snapshot);
        } catch (CheckoutException e) {
            ErrorCode code = ErrorCode.of(e.reason());
            throw code.retryable()
                    ? Refused.forNow(code, String.valueOf(e.getMessage()), BUSY_WAIT)
                    : new Refused(code, String.valueOf(e.getMessage()));
        } finally {
            places.release();
        }
    }

    private void stopIfAsked() {
        if (runs.isStopping()) {
            throw new Refused(ErrorCode.UNAVAILABLE, "this instance stops; ask again");
        }
    }

    private Estimation estimation(AnalysisRequest request, Snapshot snapshot) {
        Briefing briefing = new Briefing(models);
        Brief brief = briefing.of(request);
        if (!(brief.method() instanceof Method.Compare all)) {
            throw new IllegalStateException("the request names no baseline: " + brief.method());
        }
        Estimate estimate = estimator.estimate(snapshot, brief, all.rlm(), all.baseline().model().first(),
                this::stopIfAsked);
        return new Estimation(
                new Analysis.Repository(Objects.requireNonNull(request.repository()), request.ref(), request.path(),
                        snapshot.commit()),
                snapshot.files().size(), snapshot.files().stream().mapToLong(Snapshot.SourceFile::characters).sum(),
                snapshot.files().stream().mapToLong(Snapshot.SourceFile::lines).sum(), estimate.tokens(),
                estimate.counted(),
                snapshot.notLoaded().stream().collect(Collectors.groupingBy(Snapshot.NotLoaded::reason, TreeMap::new,
                        Collectors.summingInt(_ -> 1))),
                snapshot.warnings(), Analysis.Models.of(request, null),
                estimate.fits().stream().map(fit -> new Estimation.Window(fit.model(), fit.window(), fit.tokens(),
                        fit.room(), fit.fits())).toList(),
                new Estimation.Modes(Estimation.Mode.of(estimate.rlm()), Estimation.Mode.of(estimate.baseline()),
                        Estimation.Mode.of(estimate.compare()), Estimation.Mode.of(estimate.auto())),
                new Estimation.AutoChoice(estimate.choice(), estimate.reason()));
    }
}
