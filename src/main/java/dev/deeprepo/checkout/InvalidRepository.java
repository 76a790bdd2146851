package dev.deeprepo.checkout;

/** An address, ref or path that is refused as it is written, before anything is looked up. The message is fit for the caller. */
public final class InvalidRepository extends IllegalArgumentException {

    private final String field;
    private final String message;

    InvalidRepository(String field, String message) {
        super(message);
        this.field = field;
        this.message = message;
    }

    @Override
    public String getMessage() {
        return message;
    }

    /** The field of the request: {@code repository}, {@code ref} or {@code path}. */
    public String field() {
        return field;
    }
}
