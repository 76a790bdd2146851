package dev.deeprepo.journal;

import dev.deeprepo.usage.Account;
import org.jspecify.annotations.Nullable;

/**
 * The one call of a baseline.
 *
 * @param packed what its prompt was made of
 * @param text the answer; null when there is none, yet or at all
 * @param error why the call was given up; null otherwise
 * @param millis latency, retries included
 * @param uncertain asked by an attempt that died before a reply was recorded: it may have been paid
 */
public record BaselineCall(Event.BaselinePacked packed, @Nullable String text, @Nullable String error, Account account,
        long millis, int retries, boolean uncertain) {}
