package dev.deeprepo.llm;

import java.time.Instant;

/** Hears of what happens while a call is under way. Must not block for long. */
@FunctionalInterface
public interface CallListener {

    CallListener NONE = attempt -> {};

    /**
     * An attempt is about to be sent: all waits before it are over. What this throws keeps it from being sent, and ends the
     * call.
     */
    default void sending() {}

    /** An attempt failed; the wait for the next, if there is one, begins when this returns. */
    void attempted(FailedAttempt attempt);

    /** The model lets no call in before then, and that is a while; the call waits. May be told more than once. */
    default void held(Instant until) {}

    /**
     * The model said something more, in the attempt that is under way: text, or a string among the arguments of a tool
     * call, decoded, such as the code it writes; never what it thinks. Only streamed calls tell; what a failed attempt
     * said does not count.
     */
    default void said(String text) {}
}
