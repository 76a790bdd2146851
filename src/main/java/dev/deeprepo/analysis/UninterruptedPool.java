package dev.deeprepo.analysis;

import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * So many virtual threads. They are never interrupted: that would close H2's file under everybody.
 *
 * <p>The scheduler queues what it found with every look at the database, as many as there are threads, and takes
 * nothing that an earlier look found; but it leaves that in the queue, which would grow for as long as all threads
 * are busy. What so many newer ones stand behind was found earlier: to run it is to drop it.
 */
final class UninterruptedPool extends ThreadPoolExecutor {

    UninterruptedPool(String name, int threads) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(),
                Thread.ofVirtual().name(name, 1).factory());
    }

    @Override
    public void execute(Runnable found) {
        if (getQueue().size() >= getMaximumPoolSize()) {
            Runnable outdated = getQueue().poll();
            if (outdated != null) {
                outdated.run();
            }
        }
        super.execute(found);
    }

    @Override
    public List<Runnable> shutdownNow() {
        shutdown();
        return List.of();
    }
}
