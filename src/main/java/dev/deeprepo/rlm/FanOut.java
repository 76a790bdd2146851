package dev.deeprepo.rlm;

import dev.deeprepo.journal.JournalWriter.Pending;
import dev.deeprepo.llm.Cancellation;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** Asks many things at once, a few at a time, until all are answered or one of them cannot go on. */
final class FanOut {

    private final int concurrency;
    private final Cancellation stop;
    private final AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();

    /** @param stop thrown when one cannot go on */
    FanOut(int concurrency, Cancellation stop) {
        this.concurrency = concurrency;
        this.stop = stop;
    }

    /**
     * Runs {@code task} for each item, on a few virtual threads that take the next item when they are done with one. A
     * worker's reply is written together with its next question; the last is awaited here, so all are durable in the end.
     */
    void run(List<Integer> items, IntFunction<@Nullable Pending> task) {
        AtomicInteger next = new AtomicInteger();
        Runnable worker = () -> {
            try {
                Pending last = null;
                for (int i = next.getAndIncrement(); i < items.size() && broken.get() == null; i = next
                        .getAndIncrement()) {
                    Pending written = task.apply(items.get(i));
                    last = written == null ? last : written;
                }
                if (last != null) {
                    last.await();
                }
            } catch (RuntimeException | Error e) {
                // A call that merely stopped is a consequence: the cause may come to light after it.
                broken.accumulateAndGet(e, (was, now) -> was == null || was instanceof Stopped ? now : was);
                stop.cancel("a sub-call could not go on");
            }
        };
        List<Thread> others = new ArrayList<>();
        for (int i = 1; i < Math.min(concurrency, items.size()); i++) {
            others.add(Thread.ofVirtual().name("sub-call-", i).start(worker));
        }
        worker.run();
        others.forEach(FanOut::join);
        check();
    }

    /** An interrupt is kept for later: leaving calls behind would leave them unaccounted for. */
    private static void join(Thread thread) {
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Throws what ended it, if anything did. */
    void check() {
        switch (broken.get()) {
            case RuntimeException failure -> throw failure;
            case Error failure -> throw failure;
            case null, default -> {
            }
        }
    }
}
