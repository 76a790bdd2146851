package dev.deeprepo.rlm;

import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.usage.BudgetExceeded;
import java.util.concurrent.atomic.AtomicInteger;

/** One run's part in the {@link SharedReplies}. */
final class Sharing {

    /**
     * Replies that a run gets for nothing at most, or as many as it may buy: code that asks in an endless loop must not fill
     * the journal.
     */
    static final int MAX_HITS = 20_000;

    private final SharedReplies replies;
    private final String owner;
    private final AtomicInteger hits;
    private final int maxHits;

    /** @param hits what earlier attempts at the run got for nothing */
    Sharing(SharedReplies replies, String owner, int hits, int maxSubCalls) {
        this.replies = replies;
        this.owner = owner;
        this.hits = new AtomicInteger(hits);
        this.maxHits = Math.max(MAX_HITS, maxSubCalls);
    }

    /** Whether replies of a model are shared. The offline models' are not: they cost nothing, and change with the version. */
    static boolean isOf(String model) {
        return !model.startsWith("offline/");
    }

    /** As {@link SharedReplies#claim}. */
    SharedReplies.Claim claim(String model, String system, String prompt, Cancellation stop) {
        return replies.claim(new Question(owner, model, system, prompt), stop);
    }

    /** @throws BudgetExceeded when the run has had its share */
    void countHit() {
        if (hits.incrementAndGet() > maxHits) {
            throw new BudgetExceeded(BudgetExceeded.Limit.maxSubCalls,
                    "this run has had %d replies from the cache".formatted(maxHits));
        }
    }
}
