package dev.deeprepo.journal;

import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Usage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One prompt that the root's Python gave to the sub model, and what came back.
 *
 * @param reply null while under way, when given up, or when uncertain
 * @param error why it was given up; null otherwise
 * @param uncertain asked, at least once, by an attempt that died before a reply was recorded: it may have been paid
 */
public record SubCall(CallKey key, String model, String prompt, Instant askedAt, @Nullable String reply,
        @Nullable String error, Event.ModelReplied.@Nullable Source source, Usage usage, Cost cost, long millis,
        int retries, boolean uncertain) {}
