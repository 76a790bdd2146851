package dev.deeprepo.journal;

/**
 * The journal could not be written: the database is away or refused. What the event says must not be used; the
 * writer stays usable, and an append that is tried again may succeed.
 */
public final class JournalUnavailable extends RuntimeException {

    public JournalUnavailable(AnalysisId id, Throwable cause) {
        super("the journal of analysis %s could not be written: %s".formatted(id, cause.getMessage()), cause);
    }
}
