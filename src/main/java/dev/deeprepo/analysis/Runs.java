package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.llm.Cancellation;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/** The runs of this instance, and the switches that end them. */
@Component
class Runs {

    /** A run was put aside, its instance stops or has begun it anew; whoever claims it next goes on from the journal. */
    static final class Parked extends RuntimeException {

        private final String reason;

        Parked(String reason) {
            super(reason + "; the next attempt goes on from the journal");
            this.reason = reason;
        }

        String reason() {
            return reason;
        }
    }

    private static final String CANCELLED = "cancelled";
    private static final String STOPPING = "the instance stops";
    private static final String TAKEN_OVER = "taken over";

    private final Map<AnalysisId, Cancellation> running = new ConcurrentHashMap<>();
    private final String instance = ManagementFactory.getRuntimeMXBean().getName();
    private volatile boolean stopping;

    /** The name of this instance in the journal: process and host. */
    String instance() {
        return instance;
    }

    /** Before the claim: whoever asks the database to cancel afterwards finds the switch here. */
    Cancellation begin(AnalysisId id) {
        Cancellation cancellation = new Cancellation();
        Cancellation older = running.put(id, cancellation);
        if (older != null) {
            older.cancel(TAKEN_OVER);
        }
        if (stopping) {
            cancellation.cancel(STOPPING);
        }
        return cancellation;
    }

    void end(AnalysisId id, Cancellation cancellation) {
        running.remove(id, cancellation);
        synchronized (running) {
            running.notifyAll();
        }
    }

    boolean isStopping() {
        return stopping;
    }

    boolean isEmpty() {
        return running.isEmpty();
    }

    int count() {
        return running.size();
    }

    /** Ends a run if it is here. */
    void cancel(AnalysisId id) {
        Cancellation cancellation = running.get(id);
        if (cancellation != null) {
            cancellation.cancel(CANCELLED);
        }
    }

    void cancelAll(Set<AnalysisId> ids) {
        ids.forEach(this::cancel);
    }

    /** @throws Parked when the switch was thrown, and not because somebody wants the run to end */
    void parkUnlessCancelled(Cancellation cancellation) {
        String reason = cancellation.reason();
        if (reason != null && !reason.equals(CANCELLED)) {
            throw new Parked(reason);
        }
    }

    /**
     * Parks all runs, also those that begin from now on.
     *
     * @param calls how long calls under way may take to their replies
     * @param patience how long the runs may take to end after that
     * @return false when some had not ended in time
     */
    boolean park(Duration calls, Duration patience) throws InterruptedException {
        stopping = true;
        List<Cancellation> all = List.copyOf(running.values());
        all.forEach(Cancellation::windDown);
        long replied = System.nanoTime() + calls.toNanos();
        for (Cancellation cancellation : all) {
            cancellation.awaitExchanges(replied);
            cancellation.cancel(STOPPING);
        }
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (running) {
            while (!running.isEmpty()) {
                long left = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                if (left <= 0) {
                    return false;
                }
                running.wait(left);
            }
        }
        return true;
    }
}
