package dev.deeprepo.repl;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A stretch of a kernel's own time, after which it is killed. It stands still while the kernel waits for the host. A
 * blocked read of a pipe cannot be interrupted; only the death of the other side ends it.
 */
final class Deadline implements AutoCloseable {

    private final ScheduledExecutorService watcher;
    private final Runnable expired;
    private final long limitNanos;
    private long usedNanos;
    private long since;
    /** Of the alarm that is set: true until it goes off or is stopped, whichever comes first. */
    private AtomicBoolean armed = new AtomicBoolean();
    private Future<?> alarm;

    Deadline(ScheduledExecutorService watcher, Duration limit, Runnable expired) {
        this.watcher = watcher;
        this.expired = expired;
        this.limitNanos = limit.toNanos();
        this.since = System.nanoTime();
        this.alarm = set();
    }

    private Future<?> set() {
        AtomicBoolean mine = new AtomicBoolean(true);
        armed = mine;
        return watcher.schedule(() -> {
            if (mine.getAndSet(false)) {
                expired.run();
            }
        }, limitNanos - usedNanos, TimeUnit.NANOSECONDS);
    }

    /** @throws IOException as {@link #stop} does */
    void pause() throws IOException {
        stop();
        usedNanos += System.nanoTime() - since;
    }

    void resume() {
        since = System.nanoTime();
        alarm = set();
    }

    /**
     * The kernel has spoken.
     *
     * @throws IOException when it was too late: what was still in the pipe is heard, but who said it is gone, or about to be
     */
    void stop() throws IOException {
        alarm.cancel(false);
        if (!armed.getAndSet(false)) {
            throw new InterruptedIOException("its time was up");
        }
    }

    @Override
    public void close() {
        alarm.cancel(false);
        armed.set(false);
    }
}
