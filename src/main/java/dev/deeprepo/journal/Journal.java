package dev.deeprepo.journal;

import java.util.List;
import java.util.function.BooleanSupplier;

/** The append-only logs of all runs. */
public interface Journal {

    /** Opens the one writer of an attempt. */
    JournalWriter writer(AnalysisId id, int attempt);

    /**
     * Opens one that waits when the database is away, and goes on when it is back.
     *
     * @param stopped asked while it waits; true = it waits no longer, and says that the journal is unavailable
     */
    default JournalWriter writer(AnalysisId id, int attempt, BooleanSupplier stopped) {
        return writer(id, attempt);
    }

    /**
     * Appends the first entries of an analysis, of attempt 0: the request, sequence 1, and what is inherited. Joins the
     * transaction that saves the analysis, if there is one; listeners hear of the request after the commit.
     */
    Entry begin(AnalysisId id, Event.Accepted accepted, List<Event> inherited);

    /**
     * Appends to the journal of a run that has ended. Joins the transaction that lets it wait again, if there is one;
     * listeners hear of it after the commit.
     *
     * @param attempt the last one
     * @throws Fenced when it is not the last
     */
    Entry reopen(AnalysisId id, int attempt, Event.Reopened reopened);

    /** Entries with a sequence above {@code after}, ascending, {@code limit} at most. */
    List<Entry> read(AnalysisId id, long after, int limit);

    /** All entries of an analysis, ascending. */
    default List<Entry> readAll(AnalysisId id) {
        return read(id, 0, Integer.MAX_VALUE);
    }
}
