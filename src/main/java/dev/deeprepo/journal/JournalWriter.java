package dev.deeprepo.journal;

/** Appends to one analysis on behalf of one attempt. Thread-safe; entries stand in the order they were handed in. */
public interface JournalWriter extends AutoCloseable {

    /** The analysis that it appends to. */
    AnalysisId id();

    /**
     * Appends and waits until the entry is durable: what it says may be used once this returns.
     *
     * @throws Fenced when a newer attempt owns the analysis; this one must stop, and buy and write nothing more
     * @throws JournalUnavailable when the database is away; nothing is written then, unless the answer to a commit was
     *     lost, and the next append may succeed
     * @throws IllegalStateException when closed, or called inside a transaction, whose locks it might wait for
     */
    default Entry append(Event event) {
        return submit(event).await();
    }

    /**
     * Hands in an entry without waiting for it. It stands before whatever is handed in later, and no later entry becomes
     * durable without it: if it cannot be stored, the writer takes nothing more.
     *
     * @throws IllegalStateException as {@link #append} does
     */
    Pending submit(Event event);

    /** An entry on its way to the disk. */
    @FunctionalInterface
    interface Pending {

        /** Waits until the entry is durable, or throws what {@link #append} would. */
        Entry await();
    }

    /**
     * Makes sure, before something is done that cannot be undone, that this attempt owns the analysis: as of now, not as of
     * a time before this process was stopped and continued, or was kept waiting.
     *
     * @throws Fenced when a newer attempt owns it
     * @throws JournalUnavailable when the database is away
     */
    void confirm();

    /** Flushes what was submitted, and ends the writer. Idempotent. */
    @Override
    void close();
}
