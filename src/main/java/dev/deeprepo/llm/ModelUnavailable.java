package dev.deeprepo.llm;

/** A model that cannot be called here; the message says what to do about it. */
public final class ModelUnavailable extends RuntimeException {

    /** Why. */
    public enum Reason {
        /** No provider serves that name. */
        UNKNOWN,
        /** Its provider has no key; the message names the variable. */
        KEY_MISSING
    }

    private final Reason reason;

    public ModelUnavailable(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
