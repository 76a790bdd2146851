package dev.deeprepo.analysis;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Where accepted analyses wait for a worker. */
@Component
class JobQueue {

    private final Analyses analyses;
    private final Journal journal;
    private final Scheduler scheduler;
    private final TransactionTemplate transaction;
    private final JsonMapper json;
    private final Clock clock;

    JobQueue(Analyses analyses, Journal journal, Scheduler scheduler, TransactionTemplate transaction, JsonMapper json,
            Clock clock) {
        this.analyses = analyses;
        this.journal = journal;
        this.scheduler = scheduler;
        this.transaction = transaction;
        this.json = json;
        this.clock = clock;
    }

    /**
     * Saves the analysis, its first journal entry and its job in one transaction, and wakes the workers.
     *
     * @throws org.springframework.dao.DuplicateKeyException when the key was used before
     */
    void add(AnalysisId id, AnalysisRequest request, @Nullable String key, String hash) {
        transaction.executeWithoutResult(_ -> {
            analyses.add(id, request, key, hash);
            journal.begin(id,
                    new Event.Accepted(json.convertValue(request, new TypeReference<Map<String, Object>>() {
                    })));
            scheduler.schedule(Jobs.TASK.instance(id.toString()).build(), clock.instant());
        });
        // Only after the commit: a look at the queue before it would find nothing and sleep on.
        scheduler.triggerCheckForDueExecutions();
    }
}
