package dev.deeprepo.repl;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One code block to run.
 *
 * @param turn the turn it belongs to, from 1
 * @param index its place in the turn, from 0
 * @param startedAt what the clock says inside: {@code time} and {@code datetime} count from here, so a replay sees
 *     the same time
 * @param seed of {@code random}, for the same reason
 * @param left what {@code budget()} says before the cell's first call: names and JSON values
 */
public record Cell(int turn, int index, String code, Instant startedAt, long seed,
        Map<String, @Nullable Object> left) {}
