package dev.deeprepo.metrics;

import dev.deeprepo.journal.Ledger;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.stereotype.Component;

/**
 * {@code /actuator/retries}: how often model calls failed, were tried again and were given up, over all analyses on
 * record. Read from the journal, so a restart resets nothing. Everywhere, {@code retries = failedAttempts − givenUp}
 * and, where all attempts are known, {@code attempts = answered calls + failedAttempts}.
 */
@Component
@Endpoint(id = "retries")
class RetriesEndpoint {

    private final Ledger ledger;

    RetriesEndpoint(Ledger ledger) {
        this.ledger = ledger;
    }

    @ReadOperation
    Retries retries() {
        Attempts total = Attempts.NONE;
        Map<String, Attempts> byRole = new TreeMap<>();
        Map<String, Attempts> byModel = new TreeMap<>();
        for (Ledger.Line line : ledger.lines()) {
            Attempts attempts = Attempts.of(line);
            total = total.plus(attempts);
            byRole.merge(line.role().label(), attempts, Attempts::plus);
            byModel.merge(line.model(), attempts, Attempts::plus);
        }
        Map<String, Failures> byReason = new TreeMap<>();
        for (Ledger.Failures line : ledger.failures()) {
            byReason.merge(line.reason().toLowerCase(Locale.ROOT), Failures.of(line), Failures::plus);
        }
        return new Retries(total, byRole, byModel, byReason);
    }

    /** By reason there are only failed attempts: one that succeeds has none. */
    record Retries(Attempts total, Map<String, Attempts> byRole, Map<String, Attempts> byModel,
            Map<String, Failures> byReason) {}

    /** @param waitMillis time spent waiting before retries */
    record Attempts(long attempts, long failedAttempts, long retries, long givenUp, long waitMillis) {

        static final Attempts NONE = new Attempts(0, 0, 0, 0, 0);

        static Attempts of(Ledger.Line line) {
            return new Attempts((long) line.account().calls() + line.failedAttempts(), line.failedAttempts(),
                    line.retries(), line.givenUp(), line.waitMillis());
        }

        Attempts plus(Attempts other) {
            return new Attempts(attempts + other.attempts, failedAttempts + other.failedAttempts,
                    retries + other.retries, givenUp + other.givenUp, waitMillis + other.waitMillis);
        }
    }

    /** @param waitMillis time spent waiting before retries */
    record Failures(long failedAttempts, long retries, long givenUp, long waitMillis) {

        static Failures of(Ledger.Failures line) {
            return new Failures(line.failedAttempts(), line.retries(), line.givenUp(), line.waitMillis());
        }

        Failures plus(Failures other) {
            return new Failures(failedAttempts + other.failedAttempts, retries + other.retries,
                    givenUp + other.givenUp, waitMillis + other.waitMillis);
        }
    }
}
