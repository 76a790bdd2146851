package dev.deeprepo.report;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a report says of its analysis and the journal does not know.
 *
 * @param repository its canonical address
 * @param ref as asked for; null = the default branch
 * @param mode as asked for: {@code RLM}, {@code BASELINE}, {@code COMPARE} or {@code AUTO}
 * @param status the analysis's terminal status
 * @param prices by which the run was charged; they also name the model of each role
 */
public record ReportFacts(AnalysisId id, String repository, @Nullable String ref, String mode, String status,
        Instant createdAt, @Nullable Instant startedAt, @Nullable Instant finishedAt, Map<Role, Price> prices) {

    public ReportFacts {
        prices = prices.isEmpty() ? Map.of() : Collections.unmodifiableMap(new EnumMap<>(prices));
    }
}
