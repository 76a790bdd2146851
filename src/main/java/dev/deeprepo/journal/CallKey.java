package dev.deeprepo.journal;

import java.util.Comparator;

/**
 * Where a model call stands in its run; the same call has the same key in every attempt at the run, whatever order
 * replies came in.
 *
 * @param turn from 1
 * @param cell the cell that asked, from 0; −1 for the root's own call
 * @param call the host call of that cell, from 0; −1 for the root's own call
 * @param position the item of an {@code llm_batch}, from 0; 0 for {@code llm_query} and the root
 */
public record CallKey(int turn, int cell, int call, int position) {

    /** The order in which the run came to its calls. */
    public static final Comparator<CallKey> ORDER = Comparator.comparingInt(CallKey::turn)
            .thenComparingInt(CallKey::cell).thenComparingInt(CallKey::call).thenComparingInt(CallKey::position);

    public static CallKey root(int turn) {
        return new CallKey(turn, -1, -1, 0);
    }
}
