package dev.deeprepo.analysis;

import dev.deeprepo.checkout.Checkout;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event.RunEnded;
import dev.deeprepo.journal.Fenced;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.rlm.Findings;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Ends analyses on request: at once when waiting, through its run's switch when running, here or elsewhere. Removes those
 * that have ended.
 */
@Component
class Cancelling {

    private static final Logger log = LoggerFactory.getLogger(Cancelling.class);

    private final Analyses analyses;
    private final Journal journal;
    private final Checkout checkout;
    private final Runs runs;
    private final EventStream events;

    Cancelling(Analyses analyses, Journal journal, Checkout checkout, Runs runs, EventStream events) {
        this.analyses = analyses;
        this.journal = journal;
        this.checkout = checkout;
        this.runs = runs;
        this.events = events;
    }

    /**
     * Asks an analysis to end. Asking again changes nothing.
     *
     * @throws Refused when it had ended in another way
     */
    StoredAnalysis cancel(StoredAnalysis analysis) {
        if (analyses.takeToCancel(analysis.id())) {
            end(analyses.find(analysis.id()).orElseThrow());
        } else if (analyses.askCancel(analysis.id())) {
            runs.cancel(analysis.id());
        }
        StoredAnalysis now = analyses.find(analysis.id()).orElse(analysis);
        if (now.status().terminal() && now.status() != Status.CANCELLED) {
            throw new Refused(ErrorCode.ANALYSIS_FINISHED,
                    "the analysis is %s already".formatted(now.status()));
        }
        return now;
    }

    /**
     * Removes an analysis with all its data but what it cost. Removing it again changes nothing.
     *
     * @throws Refused when it is running
     */
    void delete(AnalysisId id) {
        if (!analyses.delete(id) && analyses.status(id).isPresent()) {
            throw Refused.forNow(ErrorCode.ANALYSIS_RUNNING,
                    "the analysis is running: POST /analyses/%s/cancel first".formatted(id), Duration.ofSeconds(2));
        }
        checkout.forget(id.value());
        events.wake(id);
    }

    /**
     * Ends what waited as a worker would: first the journal, then the status. Its job is still there: should this break
     * off, or a worker come in between, then that worker finds that it was asked to cancel.
     */
    private void end(StoredAnalysis analysis) {
        try (JournalWriter writer = journal.writer(analysis.id(), analysis.attempt())) {
            RunEnded ended = (RunEnded) writer
                    .append(Endings.cancelled(Findings.in(journal.readAll(analysis.id())))).event();
            analyses.finish(analysis.id(), analysis.attempt(), Status.CANCELLED, AnalysisWorker.failure(ended));
            checkout.forget(analysis.id().value());
            events.wake(analysis.id());
        } catch (Fenced e) {
            log.info("analysis {}: {}; the worker that has it now ends it", analysis.id(), e.getMessage());
        }
    }
}
