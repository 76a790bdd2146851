package dev.deeprepo.analysis;

import dev.deeprepo.checkout.Checkout;
import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.checkout.RepositoryUrl;
import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.RunEnded;
import dev.deeprepo.journal.Fenced;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalUnavailable;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.journal.Outage;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import dev.deeprepo.rlm.Findings;
import dev.deeprepo.rlm.Inheritance;
import dev.deeprepo.rlm.LiveText;
import dev.deeprepo.rlm.Orchestrator;
import dev.deeprepo.rlm.Outcome;
import dev.deeprepo.rlm.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;

/** Works on one analysis from claim to end. Whatever goes wrong becomes a terminal status, or a later attempt. */
@Component
class AnalysisWorker {

    private static final Logger log = LoggerFactory.getLogger(AnalysisWorker.class);

    /** Attempts that may begin without any of them getting further. */
    static final int MAX_STALLED_ATTEMPTS = 5;

    /** Attempts, about one a minute, in which the commit of a run that has begun cannot be fetched again. */
    static final int MAX_PARKED_ATTEMPTS = 60;

    private final Analyses analyses;
    private final Journal journal;
    private final Checkout checkout;
    private final Orchestrator orchestrator;
    private final Models models;
    private final Runs runs;
    private final LiveText live;

    AnalysisWorker(Analyses analyses, Journal journal, Checkout checkout, Orchestrator orchestrator, Models models,
            Runs runs, LiveText live) {
        this.analyses = analyses;
        this.journal = journal;
        this.checkout = checkout;
        this.orchestrator = orchestrator;
        this.models = models;
        this.runs = runs;
        this.live = live;
    }

    /**
     * Runs or resumes an analysis; does nothing when it has ended, or is gone.
     *
     * @throws Runs.Parked when this instance stops: the next attempt goes on
     */
    void work(AnalysisId id) {
        Cancellation cancellation = runs.begin(id);
        try {
            runs.parkUnlessCancelled(cancellation); // an instance that stops takes nothing more
            Outage.outlast(cancellation::isCancelled, () -> analyses.claim(id)).ifPresent(analysis -> {
                runs.claimed(id, cancellation, analysis.attempt());
                claimed(analysis, cancellation);
            });
        } catch (Fenced e) {
            log.info("analysis {}: {}; this one stops, the newer one goes on", id, e.getMessage());
        } finally {
            runs.end(id, cancellation);
        }
    }

    private void claimed(StoredAnalysis analysis, Cancellation cancellation) {
        try {
            work(analysis, cancellation);
        } catch (Fenced e) {
            throw e;
        } catch (RuntimeException e) {
            putBack(analysis, e);
            throw e;
        }
    }

    /** Until another attempt begins the analysis waits, and can be cancelled and deleted like any that does. */
    private void putBack(StoredAnalysis analysis, RuntimeException why) {
        try {
            analyses.putBack(analysis.id(), analysis.attempt());
        } catch (DataAccessException | TransactionException e) {
            why.addSuppressed(e);
        }
    }

    private void work(StoredAnalysis analysis, Cancellation cancellation) {
        AnalysisId id = analysis.id();
        try (JournalWriter writer = journal.writer(id, analysis.attempt(), cancellation::isCancelled)) {
            List<Entry> history = Outage.outlast(cancellation::isCancelled, () -> journal.readAll(id));
            RunEnded ended = ended(history);
            if (ended == null) {
                ended = attemptUnlessParked(new Attempt(analysis, history, writer, cancellation));
                ended = (RunEnded) writer.append(ended).event(); // as it is on record: text that a database takes
            }
            Status status = Status.valueOf(ended.status());
            Analysis.Failure failure = failure(ended);
            if (Outage.outlast(cancellation::isCancelled,
                    () -> analyses.finish(id, analysis.attempt(), status, failure))) {
                log.info("analysis {} {}: {}", id, status, ended.reason());
            }
            if (status == Status.CANCELLED) {
                checkout.forget(id.value());
            }
        }
    }

    private record Attempt(StoredAnalysis analysis, List<Entry> history, JournalWriter writer,
            Cancellation cancellation) {}

    private RunEnded attemptUnlessParked(Attempt attempt) {
        try {
            return attempt(attempt);
        } catch (Runs.Parked e) {
            attempt.writer().append(new Event.AttemptParked(attempt.analysis().attempt(), e.reason(), null));
            throw e;
        }
    }

    private RunEnded attempt(Attempt attempt) {
        StoredAnalysis analysis = attempt.analysis();
        attempt.writer().append(new Event.AttemptStarted(analysis.attempt(), runs.instance()));
        if (Standstill.stalled(attempt.history()) >= MAX_STALLED_ATTEMPTS) {
            return failed(attempt, ErrorCode.ATTEMPTS_EXHAUSTED,
                    "%d attempts got no further; the service's log says why"
                            .formatted(MAX_STALLED_ATTEMPTS));
        }
        if (analysis.cancelAsked()) {
            return Endings.cancelled(Findings.in(attempt.history()));
        }
        log.info("analysis {} begins (attempt {}): {}", analysis.id(), analysis.attempt(),
                analysis.request().repository());
        try (Snapshot snapshot = fetch(attempt)) {
            return run(attempt, snapshot);
        } catch (CheckoutException e) {
            runs.parkUnlessCancelled(attempt.cancellation());
            if (attempt.cancellation().isCancelled()) {
                return Endings.cancelled(Findings.in(attempt.history()));
            }
            if (mayFareBetter(attempt, e.reason())) {
                attempt.writer().append(new Event.AttemptParked(analysis.attempt(), String.valueOf(e.getMessage()),
                        ErrorCode.of(e.reason()).code()));
                throw e;
            }
            return failed(attempt, ErrorCode.of(e.reason()), String.valueOf(e.getMessage()));
        } catch (ModelUnavailable e) {
            return failed(attempt, ErrorCode.of(e.reason()), String.valueOf(e.getMessage()));
        } catch (Fenced | Runs.Parked | DataAccessException | TransactionException | JournalUnavailable e) {
            throw e; // not the run's fault: another attempt can do it
        } catch (RuntimeException e) {
            runs.parkUnlessCancelled(attempt.cancellation());
            log.error("analysis {} failed in a way that was not foreseen; it ends as FAILED", analysis.id(), e);
            return failed(attempt, ErrorCode.INTERNAL_ERROR, ErrorCode.INTERNAL_ERROR.meaning());
        }
    }

    /**
     * What is paid for is not given up for a bad hour of its host; and a disk that is full has nothing to do with the run,
     * which is tried a few times before it fails for it.
     */
    private static boolean mayFareBetter(Attempt attempt, CheckoutException.Reason reason) {
        int parked = Standstill.parked(attempt.history());
        return last(attempt.history(), Event.CheckedOut.class) != null
                ? reason.retryable() && parked < MAX_PARKED_ATTEMPTS
                : reason == CheckoutException.Reason.DISK_LOW && parked < MAX_STALLED_ATTEMPTS - 1;
    }

    /** Fetches; a later attempt gets the commit of the first. */
    private Snapshot fetch(Attempt attempt) {
        AnalysisRequest request = attempt.analysis().request();
        Event.CheckedOut before = last(attempt.history(), Event.CheckedOut.class);
        return checkout.fetch(new RepositoryUrl(Objects.requireNonNull(request.repository())),
                before == null ? request.ref() : before.commit(), request.path(), kept(attempt.analysis()),
                attempt.cancellation()::isCancelled);
    }

    /** What an earlier attempt fetched, else the analysis that this one follows. */
    private static List<UUID> kept(StoredAnalysis analysis) {
        return Stream.of(analysis.id(), analysis.parent() == null ? null : analysis.parent().id())
                .filter(Objects::nonNull).map(AnalysisId::value).toList();
    }

    private RunEnded run(Attempt attempt, Snapshot snapshot) {
        StoredAnalysis analysis = attempt.analysis();
        AnalysisRequest request = analysis.request();
        if (last(attempt.history(), Event.CheckedOut.class) == null) {
            recordCheckout(attempt, snapshot);
        }
        Refresh refresh = Refresh.in(attempt.history(), attempt.writer());
        RunEnded unchanged = refresh == null ? null : refresh.begin(snapshot);
        if (unchanged != null) {
            return unchanged;
        }
        long seen = attempt.history().getLast().sequence();
        List<Entry> history = new ArrayList<>(attempt.history());
        history.addAll(Outage.outlast(attempt.cancellation()::isCancelled,
                () -> journal.read(analysis.id(), seen, Integer.MAX_VALUE)));
        Outcome outcome = orchestrator
                .run(new Task(analysis.owner(), snapshot, new Briefing(models).of(request), attempt.writer(),
                        List.copyOf(history), attempt.cancellation(), live));
        if (Endings.brokeOff(outcome)) {
            runs.parkUnlessCancelled(attempt.cancellation());
        }
        Endings ending = Endings.of(outcome, snapshot);
        List<Event.CheckedFinding> findings = ending.findings();
        if (findings != null) {
            attempt.writer().append(new Event.FindingsChecked(findings));
            if (refresh != null) {
                refresh.end(findings, snapshot);
            }
        }
        return ending.event();
    }

    private void recordCheckout(Attempt attempt, Snapshot snapshot) {
        List<String> told = attempt.history().stream().map(Entry::event).filter(Event.Warned.class::isInstance)
                .map(event -> ((Event.Warned) event).detail()).toList();
        snapshot.warnings().stream().filter(warning -> !told.contains(warning))
                .forEach(warning -> attempt.writer().append(new Event.Warned(Inheritance.CHECKOUT_WARNING, warning)));
        Outage.outlast(attempt.cancellation()::isCancelled, () -> analyses.checkedOut(attempt.analysis().id(),
                attempt.analysis().attempt(), snapshot.commit()));
        attempt.writer()
                .append(SnapshotRecord.of(String.valueOf(attempt.analysis().request().repository()), snapshot));
    }

    /** What earlier attempts found is kept. */
    private static RunEnded failed(Attempt attempt, ErrorCode code, String detail) {
        String found = Findings.in(attempt.history());
        return found.isEmpty()
                ? new RunEnded("FAILED", code.code(), null, detail, code.retryable())
                : new RunEnded("PARTIAL", code.code(), found, detail, code.retryable());
    }

    /** What the analysis says of an end that is not the answer. */
    static Analysis.@Nullable Failure failure(RunEnded ended) {
        return ended.reason().equals("answer")
                ? null
                : new Analysis.Failure(ended.reason(), Objects.requireNonNullElse(ended.detail(), ended.reason()),
                        ended.retryable());
    }

    /** How it ended; null when it has not, or goes on since. */
    private static @Nullable RunEnded ended(List<Entry> history) {
        return last(sinceReopened(history), RunEnded.class);
    }

    /** What came after the run was last tried again. */
    private static List<Entry> sinceReopened(List<Entry> history) {
        int from = 0;
        for (int i = 0; i < history.size(); i++) {
            from = history.get(i).event() instanceof Event.Reopened ? i + 1 : from;
        }
        return history.subList(from, history.size());
    }

    static <E extends Event> @Nullable E last(List<Entry> history, Class<E> kind) {
        return history.reversed().stream().map(Entry::event).filter(kind::isInstance).map(kind::cast).findFirst()
                .orElse(null);
    }
}
