package dev.deeprepo.journal;

/** Appends to one analysis on behalf of one attempt. Thread-safe; entries stand in the order they were handed in. */
public interface JournalWriter extends AutoCloseable {

    /**
     * Appends and waits until the entry is durable: what it says may be used once this returns.
     *
     * @throws Fenced when a newer attempt owns the analysis; this one must stop, and buy and write nothing more
     */
    Entry append(Event event);

    /** Flushes and ends the writer. Idempotent. */
    @Override
    void close();
}
