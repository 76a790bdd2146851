package dev.deeprepo.journal;

import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sums over the journal, asked of the database without reading any text. What a deleted analysis took stays in the sums
 * over all. Everywhere, {@code retries = failedAttempts − givenUp}.
 */
public interface Ledger {

    /** How far a run is. */
    Progress progress(AnalysisId id);

    /** What readers of the report should know, as far as it is known by now. */
    List<Event.Warned> warnings(AnalysisId id);

    /** What AUTO chose; null when it has not yet, and in every other mode. */
    Event.@Nullable ModeChosen chosen(AnalysisId id);

    /** Keeps what an analysis took, which is about to be deleted in the same transaction. */
    void keep(AnalysisId id);

    /** Everything on record, summed by day (UTC), role and model. */
    List<Line> lines();

    /** The same for one analysis; empty when it has made no call, or is not known. */
    List<Line> lines(AnalysisId id);

    /**
     * What all runs on record spent on a day (UTC), and what is set aside for those calls without a reply that runs of
     * this day have: they may have been paid.
     */
    Cost spent(LocalDate day);

    /** The same of the runs of one owner. */
    Cost spent(String owner, LocalDate day);

    /** All failed attempts on record, summed by role, model and reason. */
    List<Failures> failures();

    /**
     * How far a run is.
     *
     * @param turn the newest turn; 0 before the first
     * @param subCalls sub-calls answered so far, bought or not
     * @param retries failed attempts that were followed by another
     * @param kernelRestarts kernels that died in the midst of it and were replaced
     * @param reserved set aside for calls without a reply: they are under way, or nobody knows whether they were paid
     * @param phase {@code queued}, {@code fetching}, {@code thinking} (root is asked), {@code running} (a cell runs),
     *     {@code waiting} (for a kernel; or for more than a minute, to ask a model again), {@code finishing} or {@code done}
     * @param waitingUntil when that model is asked again; null for a kernel and in every other phase
     * @param parked why the newest attempt was put aside; null when it was not
     */
    record Progress(int turn, int subCalls, int retries, int kernelRestarts, Cost reserved, String phase,
            @Nullable Instant waitingUntil, Event.@Nullable AttemptParked parked, Map<Role, Account> accounts) {}

    /** @param waitMillis time spent waiting before retries */
    record Line(LocalDate day, Role role, String model, Account account, int failedAttempts, int retries, int givenUp,
            long waitMillis) {}

    /** @param reason the kind of failure, as in {@link Event.AttemptFailed} */
    record Failures(Role role, String model, String reason, int failedAttempts, int retries, int givenUp,
            long waitMillis) {}
}
