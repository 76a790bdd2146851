package dev.deeprepo.rlm;

/** Runs tasks: opens the kernel, plays the loop, and says how it ended. */
public interface Orchestrator {

    /**
     * Runs, or resumes, to the end. Every step is in the journal before its effect is used; the last entry,
     * {@code run-ended}, is the caller's to write.
     *
     * @throws dev.deeprepo.journal.Fenced when a newer attempt took over
     */
    Outcome run(Task task);
}
