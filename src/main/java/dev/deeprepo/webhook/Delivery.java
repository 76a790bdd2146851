package dev.deeprepo.webhook;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What came of one request. */
public sealed interface Delivery {

    /** The receiver has it. */
    record Accepted(int status) implements Delivery {}

    /**
     * The receiver does not have it, or did not say so.
     *
     * @param reason for the caller: holds nothing that the receiver wrote
     * @param lasting whether trying again is of no use
     * @param retryAfter how long the receiver wants to be left alone; null = it did not say
     */
    record Failed(String reason, boolean lasting, @Nullable Duration retryAfter) implements Delivery {}
}
