package dev.deeprepo.analysis;

import com.github.kagkarlsson.scheduler.Scheduler;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Begins with what the last process left behind and, while the service runs, listens for cancellations that other
 * instances were asked for, and for runs that others have taken over; stops first of all, so that runs are parked while everything they need is still there.
 */
final class JobsLifecycle implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(JobsLifecycle.class);
    /** Replies that are paid for are worth a wait. With all that follows, an instance stops within 20 s. */
    private static final Duration CALLS = Duration.ofSeconds(6);

    /** As long as a cancellation may take. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Scheduler scheduler;
    private final Analyses analyses;
    private final Runs runs;
    private final EventStream events;
    private final TakeOver takeOver;
    private final CallbackJobs callbacks;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile boolean running;

    JobsLifecycle(Scheduler scheduler, Analyses analyses, Runs runs, EventStream events, TakeOver takeOver,
            CallbackJobs callbacks) {
        this.scheduler = scheduler;
        this.analyses = analyses;
        this.runs = runs;
        this.events = events;
        this.takeOver = takeOver;
        this.callbacks = callbacks;
    }

    @Override
    public void start() {
        takeOver.run();
        callbacks.start();
        running = true;
        Thread.ofVirtual().name("cancellations").start(this::watch);
    }

    private void watch() {
        try {
            while (!stopped.await(1, TimeUnit.SECONDS)) {
                try {
                    if (!runs.isEmpty()) {
                        runs.cancelAll(analyses.cancelAsked());
                        runs.giveUp(analyses::attempts);
                    }
                } catch (RuntimeException e) {
                    log.warn("cannot look for cancellations, trying again in a second: {}", e.getMessage());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void stop() {
        running = false;
        stopped.countDown();
        scheduler.pause();
        callbacks.pause();
        try {
            if (!runs.park(CALLS, PATIENCE)) {
                log.warn("{} runs did not stop within {}; their last finished step is in the journal", runs.count(),
                        PATIENCE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        events.close();
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
