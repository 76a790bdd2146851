package dev.deeprepo.journal;

import java.util.Comparator;

/**
 * Where a model call stands in its run; the same call has the same key in every attempt at the run, whatever order
 * replies came in.
 *
 * @param turn from 1; 0 for the baseline
 * @param cell the cell that asked, from 0; −1 for a call that no cell made
 * @param call the host call of that cell, from 0; −1 for a call that no cell made
 * @param position the item of an {@code llm_batch}, from 0; 0 for {@code llm_query} and the root
 */
public record CallKey(int turn, int cell, int call, int position) {

    /** The order in which the run came to its calls. */
    public static final Comparator<CallKey> ORDER = Comparator.comparingInt(CallKey::turn)
            .thenComparingInt(CallKey::cell).thenComparingInt(CallKey::call).thenComparingInt(CallKey::position);

    /** The one call of a baseline, which stands before all turns. */
    public static CallKey baseline() {
        return new CallKey(0, -1, -1, 0);
    }

    public static CallKey root(int turn) {
        return new CallKey(turn, -1, -1, 0);
    }

    /** The call for the report, in the place of a turn that the budget did not allow. */
    public static CallKey synthesis(int turn) {
        return new CallKey(turn, -1, -1, 1);
    }
}
