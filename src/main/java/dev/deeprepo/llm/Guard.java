package dev.deeprepo.llm;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.jspecify.annotations.Nullable;

/**
 * Ends one exchange from outside, in whatever phase it is: on cancellation, at its deadline, when its stream falls
 * silent. The first reason counts; the request is aborted on a thread of its own, because closing a socket may block.
 * A reason may come before the request exists, and is then met when it does.
 */
final class Guard implements AutoCloseable {

    /** The guard of the exchange on this thread: how the request finds it, deep inside the client. */
    static final ScopedValue<Guard> CURRENT = ScopedValue.newInstance();

    /** Why an exchange was ended. */
    enum Reason {
        CANCELLED,
        DEADLINE,
        IDLE,
        TOO_LARGE,
        /** It ended by itself. */
        OVER
    }

    private static final Duration SLACK = Duration.ofSeconds(1);

    private final ScheduledExecutorService timer;
    private final AtomicReference<@Nullable Reason> reason = new AtomicReference<>();
    private final AtomicReference<@Nullable HttpUriRequestBase> request = new AtomicReference<>();
    private final Duration readTimeout;
    private final Cancellation.Registration registration;
    private final ScheduledFuture<?> deadline;
    private volatile long lastEvent = System.nanoTime();
    private volatile @Nullable ScheduledFuture<?> idleCheck;

    /** @param idle null = silence is no reason */
    Guard(ScheduledExecutorService timer, Cancellation cancellation, Duration total, @Nullable Duration idle) {
        this.timer = timer;
        this.readTimeout = (idle == null ? total : idle).plus(SLACK);
        this.deadline = timer.schedule(() -> end(Reason.DEADLINE), total.toNanos(), TimeUnit.NANOSECONDS);
        if (idle != null) {
            checkIdle(idle.toNanos());
        }
        this.registration = cancellation.onCancel(() -> end(Reason.CANCELLED));
    }

    /** Longest time that a single read may take: a little more than the guard allows, so that it is the guard that ends it. */
    Duration readTimeout() {
        return readTimeout;
    }

    /** The request that is about to be sent. */
    void watch(HttpUriRequestBase about) {
        request.set(about);
        if (reason.get() != null) {
            about.abort();
        }
    }

    /** A real event came: the stream lives. */
    void touch() {
        lastEvent = System.nanoTime();
    }

    /** Why the exchange was ended from outside; null when it was not. */
    @Nullable
    Reason reason() {
        return reason.get();
    }

    void end(Reason why) {
        if (reason.compareAndSet(null, why)) {
            abort();
        }
    }

    /** The answer is complete: what the server may still send is not waited for, beyond a moment to end in order. */
    void over() {
        reason.compareAndSet(null, Reason.OVER);
        ScheduledFuture<?> _ = timer.schedule(this::abort, 100, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        reason.compareAndSet(null, Reason.OVER);
        request.set(null);
        registration.close();
        deadline.cancel(false);
        ScheduledFuture<?> check = idleCheck;
        if (check != null) {
            check.cancel(false);
        }
    }

    private void abort() {
        HttpUriRequestBase running = request.get();
        if (running != null) {
            Thread.startVirtualThread(running::abort);
        }
    }

    private void checkIdle(long idle) {
        long left = lastEvent + idle - System.nanoTime();
        if (left <= 0) {
            end(Reason.IDLE);
        } else if (reason.get() == null) {
            idleCheck = timer.schedule(() -> checkIdle(idle), left, TimeUnit.NANOSECONDS);
        }
    }
}
