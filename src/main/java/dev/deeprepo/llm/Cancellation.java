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

    private void runOnce(Object key) {
        Runnable action = actions.remove(key);
        if (action != null) {
            action.run();
        }
    }
}
