package dev.deeprepo.analysis;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Event;
import dev.deeprepo.rlm.Orchestrator;
import dev.deeprepo.rlm.Outcome;
import dev.deeprepo.rlm.Task;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;

/** Does what the focus says: {@code complete} (also the default), {@code partial}, {@code fail CODE}, {@code break}, {@code wait}, {@code hold},
 * {@code turns N}, {@code domain}. */
final class ScriptedOrchestrator implements Orchestrator {

    @Override
    public Outcome run(Task task) {
        String focus = Objects.requireNonNullElse(task.brief().focus(), "complete");
        String[] words = focus.split(" ", -1);
        switch (words[0].toLowerCase(Locale.ROOT)) {
            case "domain" :
                return new Outcome.Completed("# On " + task.brief().domain());
            case "partial" :
                return new Outcome.Partial("# Half", "maxCostUsd", "the money is gone");
            case "fail" :
                return new Outcome.Failed(words[1], "it failed", true);
            case "break" :
                throw new IllegalStateException("secret /etc/path and select * from analysis");
            case "turns" :
                for (int turn = 1; turn <= Integer.parseInt(words[1]); turn++) {
                    turn(task, turn);
                }
                break;
            case "hold" :
                task.journal()
                        .append(new Event.AttemptFailed(CallKey.root(1), Role.ROOT, "root-model", 1, "RATE_LIMITED",
                                429, Duration.ofMinutes(5), "slow down"));
                return waited(task);
            case "wait" :
                turn(task, 1);
                return waited(task);
            default :
                turn(task, 1);
        }
        return new Outcome.Completed("# Report\n\nIt prints hello.");
    }

    private static Outcome waited(Task task) {
        try {
            return task.cancellation().await(Duration.ofSeconds(30))
                    ? new Outcome.Cancelled("# So far")
                    : new Outcome.Completed("# Report\n\nIt prints hello.");
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody may interrupt", e);
        }
    }

    private static void turn(Task task, int turn) {
        CallKey key = CallKey.root(turn);
        task.journal().append(new Event.TurnStarted(turn));
        task.journal().append(new Event.ModelAsked(key, Role.ROOT, "root-model", null, "hash", 1000, 100,
                Cost.usd("0.02"), false));
        task.journal().append(new Event.ModelReplied(key, Role.ROOT, "root-model", "reply " + turn, "{}",
                Usage.of(1000, 100), Cost.usd("0.01"), Cost.usd("0.02"), 5, Event.ModelReplied.Source.MODEL, null,
                null));
    }
}
