package dev.deeprepo.analysis;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/**
 * Where a page ended: at this analysis of the caller's own, whether it is still there or not. It tells nothing that the
 * caller was not told, and so not how many analyses others have.
 */
record Cursor(Instant createdAt, UUID id) {

    /** Before everything. */
    static final Cursor START = new Cursor(Instant.parse("9999-12-31T23:59:59Z"), new UUID(-1, -1));

    static Cursor after(StoredAnalysis analysis) {
        return new Cursor(analysis.createdAt(), analysis.id().value());
    }

    /** @throws Refused when it is none */
    static Cursor parse(String text) {
        int dot = text.indexOf('.');
        try {
            if (dot > 0) {
                long micros = Long.parseUnsignedLong(text.substring(0, dot), Character.MAX_RADIX);
                Instant at = Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
                Cursor cursor = new Cursor(at, UUID.fromString(text.substring(dot + 1)));
                if (micros >= 0 && at.isBefore(START.createdAt) && cursor.toString().equals(text)) {
                    return cursor;
                }
            }
        } catch (IllegalArgumentException _) {
            // refused below
        }
        throw new Refused(ErrorCode.INVALID_REQUEST, "cursor must be the nextCursor of an earlier page");
    }

    @Override
    public String toString() {
        return Long.toString(ChronoUnit.MICROS.between(Instant.EPOCH, createdAt), Character.MAX_RADIX) + '.' + id;
    }
}
