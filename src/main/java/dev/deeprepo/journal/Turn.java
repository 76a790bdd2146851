package dev.deeprepo.journal;

import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Usage;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One root reply, its cells, and what they printed.
 *
 * @param text the root's visible words; empty when it only wrote code, or has not answered yet
 * @param inherited whether it was played, and paid for, in the run that this one is a fork of
 * @param millis latency of the root call, its retries included
 */
public record Turn(int number, boolean inherited, Instant startedAt, String text, Usage usage, Cost cost, long millis,
        int retries,
        List<ExecutedCell> cells) {

    /**
     * A cell as it went.
     *
     * @param outcome null while it runs
     * @param output the Observation, as the root model was told
     */
    public record ExecutedCell(int index, String code, @Nullable String reasoning, @Nullable String outcome,
            String output, long outputLength, long millis, List<SubCall> subCalls) {}
}
