package dev.deeprepo.repl;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets kernels in, first come first served, by their number and by the sum of their memory limits. */
final class Admission {

    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition left = lock.newCondition();
    private final Deque<Object> waiting = new ArrayDeque<>();
    private final int maxKernels;
    private final long maxBytes;
    private int kernels;
    private long bytes;

    Admission(int maxKernels, long maxBytes) {
        this.maxKernels = maxKernels;
        this.maxBytes = maxBytes;
    }

    /**
     * Waits for a place; returns the memory limit that goes with it, which is never above what the machine has.
     *
     * @throws ReplException when patience is over; nobody behind waits longer for it
     */
    long enter(long wanted, Patience patience) {
        long granted = Math.min(wanted, maxBytes);
        lock.lock();
        try {
            Object ticket = new Object();
            waiting.add(ticket);
            boolean told = false;
            try {
                while (!ticket.equals(waiting.peek()) || kernels == maxKernels || bytes + granted > maxBytes) {
                    if (patience.isOver()) {
                        throw new ReplException("cancelled while all %d kernels were in use".formatted(kernels), null);
                    }
                    if (told) {
                        pause();
                    } else {
                        told = true;
                        tell(patience);
                    }
                }
                kernels++;
                bytes += granted;
                return granted;
            } finally {
                waiting.remove(ticket);
                left.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Without the lock: nobody else waits for what the listener does. */
    private void tell(Patience patience) {
        int inUse = kernels;
        lock.unlock();
        try {
            patience.waits(inUse);
        } finally {
            lock.lock();
        }
    }

    private void pause() {
        try {
            var _ = left.await(200, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new ReplException("interrupted while waiting for a kernel", e);
        }
    }

    void leave(long granted) {
        lock.lock();
        try {
            kernels--;
            bytes -= granted;
            left.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int inside() {
        lock.lock();
        try {
            return kernels;
        } finally {
            lock.unlock();
        }
    }
}
