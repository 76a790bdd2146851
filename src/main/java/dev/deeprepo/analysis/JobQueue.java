package dev.deeprepo.analysis;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionCallback;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where accepted analyses wait for a worker: bounded, and fair between owners.
 *
 * <p>Each analysis gets its place when it is added and keeps it for good: through failures, parks and restarts. Whoever
 * adds one locks the queue's one row until its commit; so the bound is exact, and each owner's places follow each other.
 *
 * <p>Places are start tags of start-time fair queueing (Goyal, Vin and Cheng, 1996) with every analysis of equal weight:
 * one behind the owner's newest, but not before the head of the queue. So owners take turns, one who has long been idle
 * begins at the head and not with all the turns that were not taken, and the first analysis of an owner waits for at
 * most one of each other owner, however many of them are queued.
 */
@Component
class JobQueue {

    private static final Duration FULL_WAIT = Duration.ofSeconds(30);

    private static final String LOCK = "select id from queue where id = 1 for update";

    /** The head is the first that no attempt has begun; where nobody waits, it is the place that was given last. */
    private static final String PLACE = """
            select greatest(
                coalesce((select min(place) from analysis where status = 'QUEUED' and attempt = 0),
                         (select max(place) from analysis), 0),
                coalesce((select max(place) from analysis where owner = :owner) + 1, 0))""";

    private final ReentrantLock line = new ReentrantLock(true);
    private final Analyses analyses;
    private final Callbacks callbacks;
    private final Journal journal;
    private final Scheduler scheduler;
    private final TransactionTemplate transaction;
    private final JdbcClient jdbc;
    private final JsonMapper json;
    private final Clock clock;
    private final JobsSettings settings;

    JobQueue(Analyses analyses, Callbacks callbacks, Journal journal, Scheduler scheduler,
            TransactionTemplate transaction, JdbcClient jdbc,
            JsonMapper json, Clock clock, JobsSettings settings) {
        this.analyses = analyses;
        this.callbacks = callbacks;
        this.journal = journal;
        this.scheduler = scheduler;
        this.transaction = transaction;
        this.jdbc = jdbc;
        this.json = json;
        this.clock = clock;
        this.settings = settings;
    }

    /**
     * Works on the queue while nobody else does. Callers of this instance stand in line here, not each with a connection of
     * its own at the lock in the database: whoever only reads needs these.
     */
    private boolean inLine(TransactionCallback<Boolean> work) {
        line.lock();
        try {
            return Boolean.TRUE.equals(transaction.execute(status -> {
                jdbc.sql(LOCK).query(Integer.class).single();
                return work.doInTransaction(status);
            }));
        } finally {
            line.unlock();
        }
    }

    /**
     * Saves the analysis, its first journal entry and its job in one transaction, and wakes the workers.
     *
     * @throws org.springframework.dao.DuplicateKeyException when the key was used before
     * @throws Refused when as many wait as may
     */
    void add(AnalysisId id, Submission submission, KeyedRequest asked) {
        inLine(_ -> {
            long place = jdbc.sql(PLACE).param("owner", asked.owner()).query(Long.class).single();
            String callbackUrl = submission.request().callbackUrl();
            Submission kept = submission.withoutCallback();
            analyses.add(id, place, kept, asked);
            refuseAbove(settings.maxQueued());
            if (callbackUrl != null) {
                callbacks.register(id, callbackUrl);
            }
            Map<String, Object> request = json.convertValue(kept.request(), new TypeReference<>() {
            });
            journal.begin(id, new Event.Accepted(request), submission.inherited());
            scheduler.schedule(Jobs.instance(id, place), clock.instant());
            return true;
        });
        // Only after the commit: a look at the queue before it would find nothing and sleep on.
        scheduler.triggerCheckForDueExecutions();
    }

    /**
     * Lets an analysis that has ended wait again, at its old place: its row, the journal entry on it and its new job in one
     * transaction.
     *
     * @return false when it is no longer as it was, or its last worker has not let it go yet
     * @throws org.springframework.dao.DuplicateKeyException when the key was used before
     */
    boolean reopen(StoredAnalysis ended, Event.Reopened reopened, KeyedRequest asked) {
        boolean done = inLine(status -> {
            boolean waits = analyses.reopen(ended, asked)
                    && scheduler.scheduleIfNotExists(Jobs.instance(ended.id(), ended.place()), clock.instant());
            if (waits) {
                refuseAbove(settings.maxQueued());
                journal.reopen(ended.id(), ended.attempt(), reopened);
            } else {
                status.setRollbackOnly();
            }
            return waits;
        });
        if (done) {
            scheduler.triggerCheckForDueExecutions();
        }
        return done;
    }

    /** Refuses what {@link #add} would, without waiting in line for it; it has the last word. */
    void refuseWhenFull() {
        refuseAbove(settings.maxQueued() - 1);
    }

    private void refuseAbove(int waiting) {
        if (analyses.count(Status.QUEUED) > waiting) {
            throw Refused.forNow(ErrorCode.QUEUE_FULL,
                    "%d analyses are waiting already; try again later".formatted(settings.maxQueued()), FULL_WAIT);
        }
    }
}
