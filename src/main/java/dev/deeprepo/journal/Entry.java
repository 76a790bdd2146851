package dev.deeprepo.journal;

import java.time.Instant;

/**
 * An {@link Event} in its place.
 *
 * @param sequence from 1, without gaps within one analysis
 * @param attempt the attempt that wrote it; 0 for the request itself and what came with it
 */
public record Entry(AnalysisId id, long sequence, int attempt, Instant at, Event event) {

    /** Whether it happened in another run, whose sums it stands in. */
    public boolean inherited() {
        return attempt == 0;
    }
}
