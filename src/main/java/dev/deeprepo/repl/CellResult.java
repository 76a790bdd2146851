package dev.deeprepo.repl;

import org.jspecify.annotations.Nullable;

/**
 * What came of a {@link Cell}.
 *
 * @param output captured stdout and stderr, cut by the kernel at 200 000 characters
 * @param outputLength how many characters there were before the cut
 * @param error the traceback, or a sentence on how the kernel died; null when all went well
 * @param millis wall time without time spent waiting for the host
 * @param answer what {@code answer["content"]} holds; empty when nothing
 * @param ready whether {@code set_answer} was called or {@code answer["ready"]} is true
 * @param restarted why its kernel had to be replaced, as a sentence; null when it had not
 * @param replayedCells how many earlier cells were replayed into the new kernel; 0 if none
 */
public record CellResult(Outcome outcome, String output, long outputLength, @Nullable String error, long millis,
        String answer, boolean ready, @Nullable String restarted, int replayedCells) {

    /** How a cell ended. */
    public enum Outcome {
        OK,
        /** Python raised. */
        ERROR,
        /** Stopped at its time limit from inside; variables are kept. */
        TIMEOUT,
        /** The kernel had to be killed at the hard time limit; variables of this cell are gone. */
        KILLED,
        /** Out of memory; variables are kept. */
        MEMORY,
        /** The kernel died or broke the protocol; variables of this cell are gone. */
        DIED;

        /** Whether the kernel survived, so that the cell counts in a replay. */
        public boolean keepsState() {
            return this == OK || this == ERROR;
        }
    }
}
