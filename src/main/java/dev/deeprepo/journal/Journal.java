package dev.deeprepo.journal;

import java.util.List;

/** The append-only logs of all runs. */
public interface Journal {

    /** Opens the one writer of an attempt. */
    JournalWriter writer(AnalysisId id, int attempt);

    /** Entries with a sequence above {@code after}, ascending, {@code limit} at most. */
    List<Entry> read(AnalysisId id, long after, int limit);

    /** All entries of an analysis, ascending. */
    default List<Entry> readAll(AnalysisId id) {
        return read(id, 0, Integer.MAX_VALUE);
    }
}
