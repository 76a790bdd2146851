package dev.deeprepo.analysis;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A request that is answered with a problem; the message tells the caller what to do. */
final class Refused extends RuntimeException {

    private final ErrorCode code;
    private final @Nullable String field;
    private final @Nullable Duration retryAfter;

    Refused(ErrorCode code, String detail) {
        this(code, detail, null, null);
    }

    private Refused(ErrorCode code, String detail, @Nullable String field, @Nullable Duration retryAfter) {
        super(detail);
        this.code = code;
        this.field = field;
        this.retryAfter = retryAfter;
    }

    /** The fault lies in one field of the body. */
    static Refused field(ErrorCode code, String field, String detail) {
        return new Refused(code, detail, field, null);
    }

    /** It may work after a while. */
    static Refused forNow(ErrorCode code, String detail, Duration retryAfter) {
        return new Refused(code, detail, null, retryAfter);
    }

    ErrorCode code() {
        return code;
    }

    @Nullable
    String field() {
        return field;
    }

    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }
}
