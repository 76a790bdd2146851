package dev.deeprepo.llm;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A run's one switch to end everything it is waiting for: exchanges, waits before retries, kernels, fetches. It is
 * thrown at most once and stays thrown. Threads are never interrupted: an interrupt closes the database file under
 * whoever else is using it.
 *
 * <p>A stop that can wait a little lets the exchanges under way end first, which are paid for: no other begins, and the
 * switch is thrown when all have ended, or have taken too long.
 */
public final class Cancellation {

    /** Undoes a registration. */
    @FunctionalInterface
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    private final AtomicReference<@Nullable String> reason = new AtomicReference<>();
    private final CountDownLatch thrown = new CountDownLatch(1);
    private final Map<Object, Runnable> actions = new ConcurrentHashMap<>();
    private int exchanges;
    private boolean winding;

    /** Throws the switch; later calls change nothing. Actions run on this thread, none of them may block. */
    public void cancel(String why) {
        if (reason.compareAndSet(null, why)) {
            thrown.countDown();
            actions.keySet().forEach(this::runOnce);
        }
    }

    public boolean isCancelled() {
        return reason.get() != null;
    }

    /** Why; null while not cancelled. */
    public @Nullable String reason() {
        return reason.get();
    }

    /** Runs {@code action} once on cancellation, at once if that has already been. */
    public Registration onCancel(Runnable action) {
        Object key = new Object();
        actions.put(key, action);
        if (isCancelled()) {
            runOnce(key);
        }
        return () -> actions.remove(key);
    }

    /** Waits; true when cancelled meanwhile. */
    public boolean await(Duration duration) throws InterruptedException {
        return thrown.await(duration.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Begins an exchange; false when none should begin any more, since the switch is about to be thrown. */
    public synchronized boolean beginExchange() {
        if (!winding) {
            exchanges++;
        }
        return !winding;
    }

    /** Ends one that was begun. */
    public synchronized void endExchange() {
        exchanges--;
        notifyAll();
    }

    /** Lets no other exchange begin. */
    public synchronized void windDown() {
        winding = true;
    }

    /** Waits for the exchanges under way, but not beyond {@code deadline} of {@link System#nanoTime()}. */
    public synchronized void awaitExchanges(long deadline) throws InterruptedException {
        while (exchanges > 0 && !isCancelled()) {
            long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
            if (left <= 0) {
                return;
            }
            wait(Math.min(left, 100)); // a cancellation wakes nobody here
        }
    }

    private void runOnce(Object key) {
        Runnable action = actions.remove(key);
        if (action != null) {
            action.run();
        }
    }
}
