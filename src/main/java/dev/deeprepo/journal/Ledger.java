package dev.deeprepo.journal;

import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Role;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;

/** Sums over the journal, asked of the database without reading any text. */
public interface Ledger {

    /** How far a run is. */
    Progress progress(AnalysisId id);

    /** Everything on record, summed by day (UTC), role and model. */
    List<Line> lines();

    /**
     * How far a run is.
     *
     * @param turn the newest turn; 0 before the first
     * @param subCalls sub-calls answered so far, bought or not
     * @param retries failed attempts that were followed by another
     * @param phase {@code queued}, {@code fetching}, {@code thinking} (root is asked), {@code running} (a cell runs),
     *     {@code finishing} or {@code done}
     */
    record Progress(int turn, int subCalls, int retries, String phase, Map<Role, Account> accounts) {}

    /** @param waitMillis time spent waiting before retries */
    record Line(LocalDate day, Role role, String model, Account account, int failedAttempts, int retries, int givenUp,
            long waitMillis) {}
}
