package dev.deeprepo.analysis;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A callback as its row says.
 *
 * @param url canonical
 * @param attempts requests that were begun
 * @param busyUntil until when one of them may be under way; null = none is
 */
record StoredCallback(String url, CallbackStatus status, int attempts, @Nullable Instant busyUntil,
        @Nullable String lastError, @Nullable Instant deliveredAt) {}
