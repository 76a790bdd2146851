package dev.deeprepo.analysis;

/** Where an analysis stands. */
enum Status {
    QUEUED,
    RUNNING,
    /** Ended by its answer. */
    COMPLETED,
    /** Ended by a limit, with a report that can be used. */
    PARTIAL,
    FAILED,
    CANCELLED;

    /** Nothing will change any more. */
    boolean terminal() {
        return this != QUEUED && this != RUNNING;
    }
}
