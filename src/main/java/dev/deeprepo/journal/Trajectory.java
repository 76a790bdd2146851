package dev.deeprepo.journal;

import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Role;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A journal, folded: what a run did, turn by turn, and what it took.
 *
 * @param retries failed attempts that were followed by another
 * @param failedAttempts all that failed, in their order: why, and how long the wait for the next was
 * @param attempts how often a worker began; above 1 = restarted
 * @param uncertain calls that may have been paid without a reply to show for it
 * @param baseline null when no baseline was packed
 * @param running time in which an attempt lived
 * @param exploring the part of it that turns took, from the first question to the last answer
 * @param fallbacks models that took over, in order; the warnings tell of them too
 * @param chosen what AUTO chose; null in every other mode
 * @param inherited what the turns that were played in another run took there; no part of {@code accounts}
 * @param forked null unless the run is a fork
 * @param earlier the report that the run builds on; null when it does not
 * @param changes since that report; null when it does not look for any
 * @param compared its findings beside the new ones; null when there is nothing to compare
 */
public record Trajectory(List<Turn> turns, @Nullable BaselineCall baseline, Map<Role, Account> accounts, int retries,
        List<Event.AttemptFailed> failedAttempts,
        int attempts, int kernelRestarts,
        int uncertain, Duration running, Duration exploring, List<Event.Warned> warnings,
        List<Event.ModelFellBack> fallbacks,
        Event.@Nullable CheckedOut checkedOut, Event.@Nullable ModeChosen chosen,
        Event.@Nullable RunStarted started, Event.@Nullable FindingsChecked findings,
        Event.@Nullable RunEnded ended, Account inherited, @Nullable Forked forked,
        @Nullable EarlierReport earlier, @Nullable ChangesFound changes,
        @Nullable FindingsCompared compared) {

    /** Folds the entries of one analysis, all of them or those so far, ascending. */
    public static Trajectory of(List<Entry> entries) {
        TrajectoryFold fold = new TrajectoryFold();
        entries.forEach(fold::add);
        return fold.trajectory();
    }
}
