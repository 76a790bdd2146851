package dev.deeprepo.llm;

import java.time.Duration;

/** The wait before a retry; tests move a clock instead. */
@FunctionalInterface
interface Pause {

    /** Waits; true when cancelled meanwhile. */
    boolean await(Cancellation cancellation, Duration duration) throws InterruptedException;
}
