package dev.deeprepo.report;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a report says of its analysis and the journal does not know.
 *
 * @param repository its canonical address
 * @param ref as asked for; null = the default branch
 * @param mode as asked for: {@code RLM}, {@code BASELINE}, {@code COMPARE} or {@code AUTO}
 * @param status the analysis's terminal status
 * @param prices by which the run was charged; they also name the first model of each role
 * @param parent the analysis that this one came out of; null when it came out of none
 * @param fallbacks the same of the models that took over, in their order; no role where none did
 */
public record ReportFacts(AnalysisId id, String repository, @Nullable String ref, String mode, String status,
        Instant createdAt, @Nullable Instant startedAt, @Nullable Instant finishedAt, Map<Role, Price> prices,
        Map<Role, List<Price>> fallbacks, @Nullable Parent parent) {

    /**
     * The analysis that another came out of; it may have been deleted since.
     *
     * @param turn the first turn that is a fork's own; null for what is no fork
     */
    public record Parent(AnalysisId id, Relation relation, @Nullable Integer turn) {

        /** What one analysis is to another. */
        public enum Relation {
            /** It was reopened at a turn. */
            FORK,
            /** A question was asked about it. */
            QUESTION,
            /** It was asked for again, at the newest commit. */
            REFRESH
        }
    }

    public ReportFacts {
        prices = prices.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(prices));
        fallbacks = fallbacks.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(fallbacks));
    }

    /** All by which calls of these roles were charged: the first of each, then those that took over. */
    Stream<Price> charged(Collection<Role> roles) {
        return roles.stream().flatMap(role -> Stream.concat(Stream.ofNullable(prices.get(role)),
                fallbacks.getOrDefault(role, List.of()).stream()));
    }
}
