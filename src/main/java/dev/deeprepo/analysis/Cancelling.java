package dev.deeprepo.analysis;

import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalWriter;
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
            try (JournalWriter writer = journal.writer(analysis.id(), analysis.attempt())) {
                writer.append(new Event.RunEnded("CANCELLED", "cancelled", null,
                        "The analysis was cancelled before it began.", false));
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
