package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.llm.Cancellation;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
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

    /** @param attempt 0 before the claim */
    private record Running(int attempt, Cancellation cancellation) {}

    private final Map<AnalysisId, Running> running = new ConcurrentHashMap<>();
    private final String instance = ManagementFactory.getRuntimeMXBean().getName();
    private volatile boolean stopping;

    /** The name of this instance in the journal: process and host. */
    String instance() {
        return instance;
    }

    /** Before the claim: whoever asks the database to cancel afterwards finds the switch here. */
    Cancellation begin(AnalysisId id) {
        Cancellation cancellation = new Cancellation();
        Running older = running.put(id, new Running(0, cancellation));
        if (older != null) {
            older.cancellation.cancel(TAKEN_OVER);
        }
        if (stopping) {
            cancellation.cancel(STOPPING);
        }
        return cancellation;
    }

    /** After the claim. */
    void claimed(AnalysisId id, Cancellation cancellation, int attempt) {
        running.replace(id, new Running(0, cancellation), new Running(attempt, cancellation));
    }

    void end(AnalysisId id, Cancellation cancellation) {
        running.computeIfPresent(id, (_, run) -> run.cancellation == cancellation ? null : run);
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

    boolean isHere(AnalysisId id) {
        return running.containsKey(id);
    }

    /** Ends a run if it is here. */
    void cancel(AnalysisId id) {
        Running run = running.get(id);
        if (run != null) {
            run.cancellation.cancel(CANCELLED);
        }
    }

    void cancelAll(Set<AnalysisId> ids) {
        ids.forEach(this::cancel);
    }

    /**
     * Ends those that a newer attempt has taken over while this process slept, whether it is still at work, has ended, or is
     * deleted by now.
     *
     * @param newest looks the newest attempts of analyses up
     */
    void giveUp(Function<Set<AnalysisId>, Map<AnalysisId, Integer>> newest) {
        Map<AnalysisId, Running> claimed = new HashMap<>(running);
        claimed.values().removeIf(run -> run.attempt == 0);
        if (claimed.isEmpty()) {
            return;
        }
        Map<AnalysisId, Integer> attempts = newest.apply(claimed.keySet());
        claimed.forEach((id, run) -> {
            if (attempts.getOrDefault(id, Integer.MAX_VALUE) > run.attempt) {
                run.cancellation.cancel(TAKEN_OVER);
            }
        });
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
        List<Cancellation> all = running.values().stream().map(Running::cancellation).toList();
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
