package dev.deeprepo.repl;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets kernels in, first come first served, by their number and by the sum of their memory limits. */
final class Admission {

    private final ReentrantLock lock = new ReentrantLock(true);
    private final Condition left = lock.newCondition();
    private final int maxKernels;
    private final long maxBytes;
    private int kernels;
    private long bytes;
    private long nextTicket;
    private long serving;

    Admission(int maxKernels, long maxBytes) {
        this.maxKernels = maxKernels;
        this.maxBytes = maxBytes;
    }

    /** Waits for a place; returns the memory limit that goes with it, which is never above what the machine has. */
    long enter(long wanted) {
        long granted = Math.min(wanted, maxBytes);
        lock.lock();
        try {
            long ticket = nextTicket++;
            while (ticket != serving || kernels == maxKernels || bytes + granted > maxBytes) {
                left.awaitUninterruptibly();
            }
            serving++;
            kernels++;
            bytes += granted;
            left.signalAll();
            return granted;
        } finally {
            lock.unlock();
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
