package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.usage.Budget;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run is given.
 *
 * @param focus the caller's question or emphasis; null = none
 * @param history the journal so far, ascending; more than the request's own entries means that this run is resumed
 * @param cancellation ends the run from outside
 */
public record Task(Snapshot snapshot, ModelId rootModel, ModelId subModel, Budget budget, @Nullable String focus,
        JournalWriter journal, List<Entry> history, Cancellation cancellation) {}
