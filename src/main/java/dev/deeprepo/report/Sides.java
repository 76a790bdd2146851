package dev.deeprepo.report;

import dev.deeprepo.journal.BaselineCall;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the two ways to read a repository took, side by side. */
public record Sides(Side rlm, Side baseline) {

    /**
     * One of the two.
     *
     * @param models by name, the leading one first
     * @param took from its first question to its last answer
     * @param filesSeen files whose text a model read: named in sub-prompts, or packed into the one prompt
     * @param places in the code that its text names
     * @param hold how many of them are really there
     */
    public record Side(List<String> models, Cost costUsd, Duration took, int calls, long inputTokens, long outputTokens,
            int filesSeen, int places, int hold) {}

    static @Nullable Sides of(ReportFacts facts, Trajectory trajectory) {
        BaselineCall alone = trajectory.baseline();
        if (!facts.mode().equals("COMPARE") || alone == null) {
            return null;
        }
        Account explored = account(trajectory, Role.ROOT).plus(account(trajectory, Role.SUB));
        return new Sides(
                side(facts, trajectory, List.of(Role.ROOT, Role.SUB), explored, trajectory.exploring(),
                        Coverage.inSubPrompts(trajectory).size()),
                side(facts, trajectory, List.of(Role.BASELINE), account(trajectory, Role.BASELINE),
                        Duration.ofMillis(alone.millis()), alone.text() == null ? 0 : alone.packed().files().size()));
    }

    private static Side side(ReportFacts facts, Trajectory trajectory, List<Role> roles, Account account, Duration took,
            int filesSeen) {
        List<String> models = facts.charged(roles).map(Price::model).distinct().toList();
        Event.FindingsChecked checked = trajectory.findings();
        List<Event.CheckedFinding> findings = (checked == null
                ? Stream.<Event.CheckedFinding>empty()
                : checked.findings().stream())
                .filter(finding -> finding.by() == roles.getFirst()).toList();
        return new Side(models, account.cost(), took, account.calls(), account.usage().inputTokens(),
                account.usage().outputTokens(), filesSeen, findings.size(),
                (int) findings.stream().filter(Event.CheckedFinding::holds).count());
    }

    private static Account account(Trajectory trajectory, Role role) {
        return trajectory.accounts().getOrDefault(role, Account.EMPTY);
    }
}
