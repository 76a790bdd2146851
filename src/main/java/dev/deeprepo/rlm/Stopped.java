package dev.deeprepo.rlm;

/** The run's switch was thrown while it waited for something: it was cancelled, or its time is up. */
final class Stopped extends RuntimeException {

    Stopped() {
        super("the run was stopped", null, false, false);
    }
}
