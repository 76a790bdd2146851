package dev.deeprepo.checkout;

import org.jspecify.annotations.Nullable;

/** A repository that could not become a snapshot; the message is fit for the caller. */
public final class CheckoutException extends RuntimeException {

    /** Why. */
    public enum Reason {
        /** The address leads to no public host. */
        HOST_REFUSED(false),
        /** No such repository, or not for us: hosts do not tell which. */
        REPOSITORY_NOT_FOUND_OR_PRIVATE(false),
        /** No branch or tag of that name. */
        REF_NOT_FOUND(false),
        /** No such commit, or the server does not hand it out. */
        COMMIT_NOT_FOUND(false),
        /** The repository has no commit. */
        REPOSITORY_EMPTY(false),
        /** The commit, or the subdirectory asked for, holds no text file. */
        NOTHING_TO_READ(false),
        /** It holds what git refuses as broken, or does not read here. */
        REPOSITORY_UNREADABLE(false),
        /** The subdirectory asked for does not exist at that commit. */
        PATH_NOT_FOUND(false),
        /** A size or time limit was reached before the fetch was done. */
        TOO_LARGE(false),
        TIMEOUT(true),
        /** The host did not answer, or broke off. */
        UNREACHABLE(true),
        /** This server has no disk left for it. */
        DISK_LOW(true),
        /** Anything else that git reports. */
        FAILED(true),
        CANCELLED(false);

        private final boolean retryable;

        Reason(boolean retryable) {
            this.retryable = retryable;
        }

        public boolean retryable() {
            return retryable;
        }
    }

    private final Reason reason;

    public CheckoutException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
