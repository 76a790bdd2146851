package dev.deeprepo.journal;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.transaction.TransactionException;

/** Time in which the database cannot be reached, or cuts its connections: whoever works for minutes waits for its end. */
public final class Outage {

    private static final Logger log = LoggerFactory.getLogger(Outage.class);

    /** Between two tries; one that finds no connection at all takes longer by itself. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private Outage() {}

    /**
     * Does a step, and again for as long as it fails for want of the database. What a try did in the database before its
     * answer was lost may be there: the step must be one that can be done twice.
     *
     * @param stopped asked before each further try; true = what the last one threw is thrown
     */
    public static <T> T outlast(BooleanSupplier stopped, Supplier<T> step) {
        for (int failures = 0;; failures++) {
            try {
                T done = step.get();
                if (failures > 0) {
                    log.info("The database is back, the work goes on");
                }
                return done;
            } catch (RuntimeException e) {
                if (!isOutage(e) || stopped.getAsBoolean()) {
                    throw e;
                }
                if (failures == 0) {
                    log.warn("The database is away, the work waits until it is back: {}", e.getMessage());
                }
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    private static boolean isOutage(RuntimeException e) {
        return e instanceof TransactionException || e instanceof DataAccessResourceFailureException
                || e instanceof TransientDataAccessException || e instanceof RecoverableDataAccessException;
    }
}
