package dev.deeprepo.journal;

import dev.deeprepo.journal.EventJson.Draft;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The one ordered writer of an attempt.
 *
 * <p>A durable commit costs the same for one entry as for a hundred. So appenders only queue their event and wait; one
 * thread takes all that is queued, stores it in one transaction, and lets their appenders go. While it waits for the
 * disk, the next batch gathers: the more threads append, the larger the batches. The thread is started when the queue
 * gets its first event and ends when it is empty, so an idle writer holds nothing.
 *
 * <p>That thread is our own because of interrupts: one that hits a thread inside H2 closes the database file under
 * everybody. Appenders belong to callers, who may interrupt them; nobody knows this one.
 */
final class GroupCommit implements JournalWriter {

    /** Bounds what one transaction holds in memory. */
    private static final int LARGEST_BATCH = 256;

    private record Waiting(Draft draft, CompletableFuture<Entry> stored) {}

    private final AnalysisId id;
    private final int attempt;
    private final Function<List<Draft>, List<Entry>> store;

    private final List<Waiting> queue = new ArrayList<>();
    private CompletableFuture<?> thread = CompletableFuture.completedFuture(null);
    private boolean writing;
    private boolean closed;

    /** @param store makes a batch durable as a whole or throws; called by one thread at a time */
    GroupCommit(AnalysisId id, int attempt, Function<List<Draft>, List<Entry>> store) {
        this.id = id;
        this.attempt = attempt;
        this.store = store;
    }

    @Override
    public Entry append(Event event) {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("append of '%s' inside a transaction: it could wait for its own locks"
                    .formatted(event.name()));
        }
        Waiting waiting = new Waiting(EventJson.draft(event), new CompletableFuture<>());
        enqueue(waiting);
        try {
            return waiting.stored().join();
        } catch (CompletionException failed) {
            Throwable cause = failed.getCause() == null ? failed : failed.getCause();
            // A new exception for each appender: its stack trace is the appender's.
            throw cause instanceof Fenced ? new Fenced(id, attempt) : new JournalUnavailable(id, cause);
        }
    }

    private synchronized void enqueue(Waiting waiting) {
        if (closed) {
            throw new IllegalStateException("the journal writer of attempt %d of analysis %s is closed".formatted(
                    attempt, id));
        }
        if (!writing) { // It cannot take anything before this monitor is left; if it does not start, nothing is queued.
            thread = CompletableFuture.runAsync(this::drain,
                    task -> Thread.ofVirtual().name("journal-" + id).start(task));
            writing = true;
        }
        queue.add(waiting);
    }

    @Override
    public void close() {
        CompletableFuture<?> last;
        synchronized (this) {
            closed = true;
            last = thread;
        }
        last.join();
    }

    private void drain() {
        for (List<Waiting> batch = take(); !batch.isEmpty(); batch = take()) {
            try {
                List<Entry> entries = store.apply(batch.stream().map(Waiting::draft).toList());
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).stored().complete(entries.get(i));
                }
            } catch (Throwable failed) { // An Error too: whoever waits must hear of it, or waits for ever.
                batch.forEach(waiting -> waiting.stored().completeExceptionally(failed));
            }
        }
    }

    private synchronized List<Waiting> take() {
        List<Waiting> head = queue.subList(0, Math.min(queue.size(), LARGEST_BATCH));
        List<Waiting> batch = List.copyOf(head);
        head.clear();
        writing = !batch.isEmpty();
        return batch;
    }
}
