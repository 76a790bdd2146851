package dev.deeprepo.analysis;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.deeprepo.journal.Event;
import java.time.Instant;

/**
 * The data of one server-sent event: when it happened, and the event's own fields beside it.
 *
 * @param at when it happened
 */
record StreamedEntry(Instant at, @JsonUnwrapped Event event) {}
