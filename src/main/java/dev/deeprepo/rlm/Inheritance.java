package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.ChangesFound;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.RunEnded;
import dev.deeprepo.journal.Event.SynthesisBegun;
import dev.deeprepo.journal.Event.TurnStarted;
import dev.deeprepo.usage.BudgetExceeded.Limit;
import dev.deeprepo.usage.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a fork takes over from the journal of the run that it parts from: all that the turns before came to, and nothing
 * of what went wrong on the way. Of each call there is the last reply and what it answered; attempts that failed, models
 * that took over, and calls that may have been paid in vain belong to the account of the run that made them.
 */
public final class Inheritance {

    /** The code of what a checkout warns of: a fork, which has the same commit, is told it too. */
    public static final String CHECKOUT_WARNING = "checkout";

    private final List<Entry> before;
    private final int turn;
    /** Where each call's last reply and last question stand. */
    private final Map<CallKey, Long> replies = new HashMap<>();
    private final Map<CallKey, Long> asks = new HashMap<>();

    private Inheritance(List<Entry> before, int turn) {
        this.before = before;
        this.turn = turn;
        for (Entry entry : before) {
            switch (entry.event()) {
                case ModelReplied reply -> replies.put(reply.key(), entry.sequence());
                case ModelAsked ask -> asks.put(ask.key(), entry.sequence());
                default -> {
                    // of no call
                }
            }
        }
    }

    /** The events of the turns before this one, in their order. */
    public static List<Event> of(List<Entry> journal, int turn) {
        Inheritance inheritance = new Inheritance(
                journal.stream().takeWhile(entry -> firstTurn(entry.event()) < turn).toList(), turn);
        return inheritance.before.stream().filter(inheritance::isTakenOver).map(Entry::event).toList();
    }

    /** The last turn that a fork can begin with: the newest one, or the one that there was no turn left for; 0 = none. */
    public static int lastTurn(List<Entry> journal) {
        int newest = journal.stream().map(Entry::event).mapToInt(Inheritance::firstTurn).max().orElse(0);
        int played = journal.stream().map(Entry::event).filter(TurnStarted.class::isInstance)
                .mapToInt(Inheritance::firstTurn).max().orElse(0);
        boolean all = journal.getLast().event() instanceof RunEnded ended
                && ended.reason().equals(Limit.maxTurns.name());
        return all ? played + 1 : newest;
    }

    /** The turn that begins with an event; 0 when none does. */
    private static int firstTurn(Event event) {
        return switch (event) {
            case TurnStarted started -> started.turn();
            case SynthesisBegun begun -> begun.turn();
            default -> 0;
        };
    }

    private boolean isTakenOver(Entry entry) {
        Long at = entry.sequence();
        return switch (entry.event()) {
            case EarlierReport _,Event.CheckedOut _,ChangesFound _ -> true;
            case Event.Warned warned -> warned.code().equals(CHECKOUT_WARNING);
            case Event.RunStarted _ -> turn > 1;
            case TurnStarted _,Event.ThinkingDropped _,Event.CellStarted _,Event.CellFinished _ -> true;
            case ModelReplied reply -> explores(reply.key(), reply.role()) && at.equals(replies.get(reply.key()));
            case ModelAsked ask -> explores(ask.key(), ask.role()) && at.equals(asks.get(ask.key()))
                    && replies.containsKey(ask.key());
            default -> false;
        };
    }

    private static boolean explores(CallKey key, Role role) {
        return role != Role.BASELINE && !key.equals(CallKey.synthesis(key.turn()));
    }
}
