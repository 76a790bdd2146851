package dev.deeprepo.analysis;

import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.rlm.Findings;
import org.springframework.stereotype.Component;

/** Ends analyses on request: at once when waiting, through its run's switch when running, here or elsewhere. */
@Component
class Cancelling {

    private final Analyses analyses;
    private final Journal journal;
    private final Runs runs;
    private final EventStream events;

    Cancelling(Analyses analyses, Journal journal, Runs runs, EventStream events) {
        this.analyses = analyses;
        this.journal = journal;
        this.runs = runs;
        this.events = events;
    }

    /**
     * Asks an analysis to end. Asking again changes nothing.
     *
     * @throws Refused when it had ended in another way
     */
    StoredAnalysis cancel(StoredAnalysis analysis) {
        if (analyses.cancelQueued(analysis.id())) {
            int attempt = analyses.find(analysis.id()).map(StoredAnalysis::attempt).orElseThrow();
            try (JournalWriter writer = journal.writer(analysis.id(), attempt)) {
                writer.append(AnalysisWorker.cancelled(Findings.in(journal.readAll(analysis.id()))));
            }
            events.wake(analysis.id());
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
}
