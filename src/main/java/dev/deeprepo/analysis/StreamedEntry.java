package dev.deeprepo.analysis;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import java.time.Instant;

/** The data of one server-sent event: when and in which attempt it happened, and the event's own fields. */
record StreamedEntry(long sequence, int attempt, Instant at, @JsonUnwrapped Event event) {

    StreamedEntry(Entry entry) {
        this(entry.sequence(), entry.attempt(), entry.at(), entry.event());
    }
}
