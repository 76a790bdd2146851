package dev.deeprepo.rlm;

/** How a run ended. */
public sealed interface Outcome {

    /** A resumed run came to another prompt than the one on record; nothing was bought for it. */
    String REPLAY_DIVERGED = "replay-diverged";

    /** The root model could not be asked. */
    String MODEL_FAILED = "model-failed";

    /** The root model, or its provider, declined. */
    String MODEL_REFUSED = "model-refused";

    /** The conversation outgrew the root model's window. */
    String WINDOW_EXCEEDED = "window-exceeded";

    /** The baseline's answer ran into its token limit. */
    String ANSWER_CUT = "answer-cut";

    /** No kernel could be had. */
    String KERNEL_FAILED = "kernel-failed";

    /** The root model gave its answer. */
    record Completed(String answer) implements Outcome {}

    /**
     * A limit or a failure ended the run, with an answer that can be used.
     *
     * @param reason the limit's name in the API ({@code maxTurns}, …), or one of the codes above
     */
    record Partial(String answer, String reason, String detail) implements Outcome {}

    /**
     * No answer.
     *
     * @param code as the reason of {@link Partial}
     */
    record Failed(String code, String detail, boolean retryable) implements Outcome {}

    /** Cancelled from outside; {@code answer} is what had been found by then, possibly empty. */
    record Cancelled(String answer) implements Outcome {}

    /** Two ways to read the same repository ended, each as it did. */
    record Compared(Outcome rlm, Outcome baseline) implements Outcome {}
}
