package dev.deeprepo.repl;

import org.jspecify.annotations.Nullable;

/** No kernel can be had, or it was closed under a running cell. */
public final class ReplException extends RuntimeException {

    public ReplException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
