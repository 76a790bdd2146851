package dev.deeprepo.llm;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A call, or one attempt at it, that brought no answer. The message is fit for users: one line, no secrets. */
public abstract sealed class ModelException extends RuntimeException {

    /** What decides about a retry, and the {@code reason} tag of retry metrics. */
    public enum Kind {
        RATE_LIMITED,
        TRANSIENT,
        PERMANENT,
        CANCELLED
    }

    private final @Nullable Integer status;

    private ModelException(String message, @Nullable Integer status, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    /** The HTTP status; null when there was none. */
    public @Nullable Integer status() {
        return status;
    }

    public abstract Kind kind();

    /** The same failure in other words. */
    abstract ModelException saying(String message);

    /** What may be over after a while. */
    public abstract static sealed class Passing extends ModelException {

        private final @Nullable Duration retryAfter;
        private final boolean again;

        private Passing(String message, @Nullable Integer status, @Nullable Duration retryAfter, boolean again,
                @Nullable Throwable cause) {
            super(message, status, cause);
            this.retryAfter = retryAfter;
            this.again = again;
        }

        /** How long the provider asks to wait; null when it does not say. */
        public @Nullable Duration retryAfter() {
            return retryAfter;
        }

        /** Whether the provider lets the call be tried again. */
        boolean again() {
            return again;
        }
    }

    /** The provider asks for fewer calls. */
    public static final class RateLimited extends Passing {

        public RateLimited(String message, @Nullable Integer status, @Nullable Duration retryAfter) {
            this(message, status, retryAfter, true);
        }

        /** @param again whether the provider lets the call be tried again */
        RateLimited(String message, @Nullable Integer status, @Nullable Duration retryAfter, boolean again) {
            super(message, status, retryAfter, again, null);
        }

        @Override
        public Kind kind() {
            return Kind.RATE_LIMITED;
        }

        @Override
        RateLimited saying(String message) {
            return new RateLimited(message, status(), retryAfter(), again());
        }
    }

    /** Something that may well work a moment later. */
    public static final class Transient extends Passing {

        public Transient(String message, @Nullable Integer status, @Nullable Duration retryAfter,
                @Nullable Throwable cause) {
            this(message, status, retryAfter, true, cause);
        }

        /** @param again whether the provider lets the call be tried again */
        Transient(String message, @Nullable Integer status, @Nullable Duration retryAfter, boolean again,
                @Nullable Throwable cause) {
            super(message, status, retryAfter, again, cause);
        }

        @Override
        public Kind kind() {
            return Kind.TRANSIENT;
        }

        @Override
        Transient saying(String message) {
            return new Transient(message, status(), retryAfter(), again(), getCause());
        }
    }

    /** Something that will not work however often it is tried. */
    public static final class Permanent extends ModelException {

        public Permanent(String message, @Nullable Integer status, @Nullable Throwable cause) {
            super(message, status, cause);
        }

        @Override
        public Kind kind() {
            return Kind.PERMANENT;
        }

        @Override
        Permanent saying(String message) {
            return new Permanent(message, status(), getCause());
        }
    }

    /** The run was cancelled, or its time ended, before the call was answered. */
    public static final class Cancelled extends ModelException {

        private final boolean sent;

        public Cancelled(String message) {
            this(message, true);
        }

        /** @param sent false when it is certain that no provider is at work on it */
        public Cancelled(String message, boolean sent) {
            super(message, null, null);
            this.sent = sent;
        }

        /** Whether a provider may be at work on it, and charge for it. */
        public boolean sent() {
            return sent;
        }

        @Override
        public Kind kind() {
            return Kind.CANCELLED;
        }

        @Override
        Cancelled saying(String message) {
            return this;
        }
    }
}
