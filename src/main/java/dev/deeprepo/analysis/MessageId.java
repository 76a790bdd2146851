package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import java.time.Instant;

/**
 * What a receiver knows a message by, and its job has for a name. An analysis that is tried again ends once more, which is
 * another message.
 *
 * @param end milliseconds since 1970
 */
record MessageId(AnalysisId analysis, long end) {

    static MessageId of(AnalysisId analysis, Instant end) {
        return new MessageId(analysis, end.toEpochMilli());
    }

    static MessageId parse(String text) {
        int end = text.lastIndexOf('_');
        return new MessageId(AnalysisId.parse(text.substring("msg_".length(), end)),
                Long.parseLong(text.substring(end + 1)));
    }

    @Override
    public String toString() {
        return "msg_%s_%d".formatted(analysis, end);
    }
}
