package dev.deeprepo.rlm;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Plays a run and a baseline side by side, to the end of both. */
final class Comparing {

    private Comparing() {}

    /** Both at once: the baseline is one long call, in which the run gets far. */
    static Outcome both(Run run, Baseline baseline) {
        run.holdBack(); // before the baseline looks how much there is
        FutureTask<Outcome> beside = new FutureTask<>(baseline::play);
        Thread.ofVirtual().name("baseline").start(beside);
        Outcome explored;
        try {
            explored = run.play();
        } catch (RuntimeException | Error e) {
            try {
                result(beside); // stopped already, and must have ended before the journal closes
            } catch (RuntimeException | Error second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        return new Outcome.Compared(explored, result(beside));
    }

    /** An interrupt is kept for later: a call left behind would be left unaccounted for. */
    private static Outcome result(FutureTask<Outcome> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case RuntimeException failure -> throw failure;
                        case Error failure -> throw failure;
                        case null, default -> throw new IllegalStateException(e);
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
