package dev.deeprepo.report;

import dev.deeprepo.journal.BaselineCall;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything in a report that differs between two runs of the same thing.
 *
 * @param commit null when the run did not get that far
 * @param reason what ended the run: {@code answer}, a limit's name, an error code
 * @param running time in which the run was worked on
 * @param usage by {@code root}, {@code sub}, {@code baseline} where they were called, and {@code total}
 * @param turns replies of the root model
 * @param retries failed attempts that were followed by another
 * @param restarts how often another worker took over
 * @param uncertainCalls calls that may have been paid without a reply to show for it
 * @param checked null when the findings were not checked
 * @param chosen what AUTO chose; null in every other mode
 * @param packed null when no baseline was asked
 * @param inherited what the turns took that were played in the run that this one is a fork of: paid there, and no part of
 *     {@code usage}; null when there are none
 * @param comparison null but in COMPARE
 */
public record RunAccount(ReportFacts run, @Nullable String commit, String reason, @Nullable String detail,
        Duration running, Map<String, Consumed> usage, int turns, int retries, int restarts, int kernelRestarts,
        int uncertainCalls, @Nullable Checked checked, List<Event.Warned> warnings,
        Event.@Nullable ModeChosen chosen, @Nullable Packed packed, @Nullable Consumed inherited,
        @Nullable Sides comparison) {

    /**
     * What the baseline's one prompt was made of.
     *
     * @param tokens of the prompt, as counted, and what it might have had
     * @param leftOut loaded files that were not in it
     * @param limit what left no room for these: {@code window}, {@code maxCostUsd} or {@code maxTokens}; null = none was
     */
    public record Packed(List<String> files, List<String> leftOut, @Nullable String limit, long tokens, long room) {

        static @Nullable Packed of(@Nullable BaselineCall call) {
            return call == null
                    ? null
                    : new Packed(call.packed().files(), call.packed().leftOut(), call.packed().limit(),
                            call.packed().tokens(), call.packed().room());
        }
    }

    /** How many findings were looked up, and how many of them hold. */
    public record Checked(int findings, int hold) {}

    /** Calls, tokens and money, as the API writes them. */
    public record Consumed(int calls, int cacheHits, long inputTokens, long outputTokens, long cacheReadTokens,
            long cacheWriteTokens, Cost costUsd) {

        static Consumed of(Account account) {
            return new Consumed(account.calls(), account.cacheHits(), account.usage().inputTokens(),
                    account.usage().outputTokens(), account.usage().cacheReadTokens(),
                    account.usage().cacheWriteTokens(), account.cost());
        }
    }

    static RunAccount of(ReportFacts facts, Trajectory trajectory, Event.RunEnded ended) {
        Event.CheckedOut checkedOut = trajectory.checkedOut();
        Map<String, Consumed> usage = new LinkedHashMap<>();
        Account total = Account.EMPTY;
        for (Role role : Role.values()) {
            Account account = trajectory.accounts().get(role);
            if (account != null) {
                usage.put(role.label(), Consumed.of(account));
                total = total.plus(account);
            }
        }
        usage.put("total", Consumed.of(total));
        return new RunAccount(facts, checkedOut == null ? null : checkedOut.commit(), ended.reason(), ended.detail(),
                trajectory.running(), usage, trajectory.turns().size(), trajectory.retries(),
                Math.max(0, trajectory.attempts() - 1),
                trajectory.kernelRestarts(), trajectory.uncertain(), checked(trajectory),
                List.copyOf(trajectory.warnings()), trajectory.chosen(), Packed.of(trajectory.baseline()),
                trajectory.inherited().equals(Account.EMPTY) ? null : Consumed.of(trajectory.inherited()),
                Sides.of(facts, trajectory));
    }

    private static @Nullable Checked checked(Trajectory trajectory) {
        Event.FindingsChecked checked = trajectory.findings();
        return checked == null
                ? null
                : new Checked(checked.findings().size(),
                        (int) checked.findings().stream().filter(Event.CheckedFinding::holds).count());
    }
}
