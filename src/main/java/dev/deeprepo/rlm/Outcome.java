package dev.deeprepo.rlm;

/** How a run ended. */
public sealed interface Outcome {

    /** The root model gave its answer. */
    record Completed(String answer) implements Outcome {}

    /**
     * A limit or a failure ended the run, with an answer that can be used.
     *
     * @param reason the limit's name in the API, or an error code
     */
    record Partial(String answer, String reason, String detail) implements Outcome {}

    /** No answer. */
    record Failed(String code, String detail, boolean retryable) implements Outcome {}

    /** Cancelled from outside; {@code answer} is what had been found by then, possibly empty. */
    record Cancelled(String answer) implements Outcome {}
}
