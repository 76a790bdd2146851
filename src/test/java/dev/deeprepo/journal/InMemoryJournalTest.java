package dev.deeprepo.journal;

import java.util.List;
import java.util.Map;

/** The double that other tests use keeps the promises of the real one. */
class InMemoryJournalTest extends JournalContract {

    private final InMemoryJournal journal = new InMemoryJournal();

    @Override
    protected Journal journal() {
        return journal;
    }

    @Override
    protected AnalysisId accepted() {
        AnalysisId id = AnalysisId.random();
        journal.begin(id, new Event.Accepted(Map.of("mode", "RLM")), List.of());
        journal.claim(id, 1);
        return id;
    }

    @Override
    protected void claim(AnalysisId id, int attempt) {
        journal.claim(id, attempt);
    }
}
