package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** One checkout's deadline and cancellation, looked at often. */
final class Watch {

    /** How late a cancellation may be noticed, at most. */
    static final long POLL_MILLIS = 100;

    private final Duration timeout;
    private final long deadline;
    private final BooleanSupplier cancelled;

    Watch(Duration timeout, BooleanSupplier cancelled) {
        this.timeout = timeout;
        this.deadline = System.nanoTime() + timeout.toNanos();
        this.cancelled = cancelled;
    }

    /** @throws CheckoutException when the caller cancelled, or time is up */
    void check() {
        if (cancelled.getAsBoolean()) {
            throw new CheckoutException(Reason.CANCELLED, "the checkout was cancelled", null);
        }
        if (System.nanoTime() - deadline > 0) {
            throw new CheckoutException(Reason.TIMEOUT,
                    "the repository was not there after %d s; try again, or a smaller"
                            .formatted(timeout.toSeconds()) + " repository",
                    null);
        }
    }

    /** Waits for what another thread does, and gives it up when this watch ends. */
    <T> T await(CompletableFuture<T> future) {
        while (true) {
            check();
            try {
                return future.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                continue;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof CheckoutException known) {
                    throw known;
                }
                throw new IllegalStateException("a step of the checkout broke", e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CheckoutException(Reason.CANCELLED, "the checkout was interrupted", e);
            }
        }
    }
}
