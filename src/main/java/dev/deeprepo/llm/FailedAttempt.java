package dev.deeprepo.llm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One attempt that failed.
 *
 * @param number 1 for the first attempt of the call
 * @param kind what decides about a retry
 * @param status the HTTP status; null when there was none
 * @param delay time until the next attempt; null when the call is given up
 * @param cause what happened, with secrets removed, one line
 */
public record FailedAttempt(int number, ModelException.Kind kind, @Nullable Integer status, @Nullable Duration delay,
        String cause) {}
