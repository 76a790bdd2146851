package dev.deeprepo.journal;

import dev.deeprepo.journal.EventJson.Draft;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/**
 * The one ordered writer of an attempt.
 *
 * <p>A durable commit costs the same for one entry as for a hundred. So appenders only queue their event and wait; one
 * thread takes all that is queued, stores it in one transaction, and lets their appenders go. While it waits for the
 * disk, the next batch gathers: the more threads append, the larger the batches. What is submitted without waiting shares
 * the commit of what its appender appends next. The thread is started when somebody
 * waits and ends when the queue is empty, so an idle writer holds nothing.
 *
 * <p>That thread is our own because of interrupts: one that hits a thread inside H2 closes the database file under
 * everybody. Appenders belong to callers, who may interrupt them; nobody knows this one.
 */
final class GroupCommit implements JournalWriter {

    /** Bounds what one transaction holds in memory. */
    private static final int LARGEST_BATCH = 256;

    /** @param awaited whether its appender waits, and so hears at once when it cannot be stored */
    private record Waiting(Draft draft, boolean awaited, CompletableFuture<Entry> stored) {}

    private final AnalysisId id;
    private final int attempt;
    private final Store store;

    private final List<Waiting> queue = new ArrayList<>();
    private CompletableFuture<?> thread = CompletableFuture.completedFuture(null);
    /** Why an entry that nobody waited for was lost; nothing may stand after it. Touched by the writing thread only. */
    private @Nullable Throwable lost;
    private boolean writing;
    private boolean closed;

    /** Where batches go. */
    interface Store {

        /** Makes a batch durable as a whole or throws; called by one thread at a time. */
        List<Entry> store(List<Draft> batch);

        /** Throws unless the attempt owns the analysis now; called by any thread. */
        void confirm();
    }

    GroupCommit(AnalysisId id, int attempt, Store store) {
        this.id = id;
        this.attempt = attempt;
        this.store = store;
    }

    @Override
    public AnalysisId id() {
        return id;
    }

    @Override
    public Entry append(Event event) {
        return submit(event, true).await();
    }

    @Override
    public Pending submit(Event event) {
        return submit(event, false);
    }

    private Pending submit(Event event, boolean awaited) {
        if (TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("append of '%s' inside a transaction: it could wait for its own locks"
                    .formatted(event.name()));
        }
        Waiting waiting = new Waiting(EventJson.draft(event), awaited, new CompletableFuture<>());
        enqueue(waiting);
        return () -> await(waiting.stored());
    }

    private Entry await(CompletableFuture<Entry> stored) {
        try {
            write();
            return stored.join();
        } catch (CompletionException failed) {
            // A new exception for each appender: its stack trace is the appender's.
            throw failure(failed.getCause() == null ? failed : failed.getCause());
        }
    }

    @Override
    public void confirm() {
        try {
            store.confirm();
        } catch (RuntimeException e) {
            throw failure(e);
        }
    }

    private RuntimeException failure(Throwable cause) {
        return cause instanceof Fenced ? new Fenced(id, attempt) : new JournalUnavailable(id, cause);
    }

    private synchronized void enqueue(Waiting waiting) {
        if (closed) {
            throw new IllegalStateException("the journal writer of attempt %d of analysis %s is closed".formatted(
                    attempt, id));
        }
        queue.add(waiting);
    }

    /** Sees to it that what is queued gets written: somebody waits for it. */
    private synchronized void write() {
        if (!writing && !queue.isEmpty()) {
            thread = CompletableFuture.runAsync(this::drain,
                    task -> Thread.ofVirtual().name("journal-" + id).start(task));
            writing = true;
        }
    }

    @Override
    public void close() {
        CompletableFuture<?> last;
        synchronized (this) {
            closed = true;
            write();
            last = thread;
        }
        last.join();
    }

    private void drain() {
        for (List<Waiting> batch = take(); !batch.isEmpty(); batch = take()) {
            try {
                if (lost != null) {
                    throw lost;
                }
                List<Entry> entries = store.store(batch.stream().map(Waiting::draft).toList());
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).stored().complete(entries.get(i));
                }
            } catch (Throwable failed) { // An Error too: whoever waits must hear of it, or waits for ever.
                lost = batch.stream().allMatch(Waiting::awaited) ? lost : failed;
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
