package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import java.util.List;

/**
 * What a run is given.
 *
 * @param owner whose money buys, and who shares replies with its other runs
 * @param history the journal so far, ascending; more than the request's own entries means that this run is resumed
 * @param cancellation ends the run from outside
 * @param live hears what is said while it is said
 */
public record Task(String owner, Snapshot snapshot, Brief brief, JournalWriter journal, List<Entry> history,
        Cancellation cancellation, LiveText live) {}
