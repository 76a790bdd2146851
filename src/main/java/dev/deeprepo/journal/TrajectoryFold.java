package dev.deeprepo.journal;

import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Trajectory} in the making.
 *
 * <p>An attempt that resumes a run writes only what is new, but may announce again a turn, a cell or a call that its
 * predecessor began and did not end: the first announcement of a turn or cell keeps its place, the newest ask of a call
 * counts. An ask that its own attempt left without a reply is uncertain as soon as that attempt is over.
 */
final class TrajectoryFold {

    private final Map<Integer, TurnFold> turns = new TreeMap<>();
    private final Map<Role, Account> accounts = new EnumMap<>(Role.class);
    private final Map<Integer, Lifetime> lifetimes = new HashMap<>();
    private final List<Event.Warned> warnings = new ArrayList<>();
    private final List<Event.ModelFellBack> fallbacks = new ArrayList<>();
    private int retries;
    private final List<Event.AttemptFailed> failedAttempts = new ArrayList<>();
    private int attempts;
    private int newestAttempt;
    private int kernelRestarts;
    private final Map<Integer, Lifetime> explorations = new HashMap<>();
    private @Nullable CallFold baseline;
    private Event.@Nullable BaselinePacked packed;
    private Event.@Nullable CheckedOut checkedOut;
    private Event.@Nullable ModeChosen chosen;
    private Event.@Nullable RunStarted started;
    private Event.@Nullable FindingsChecked findings;
    private Event.@Nullable RunEnded ended;
    private Account inherited = Account.EMPTY;
    private @Nullable Forked forked;
    private @Nullable EarlierReport earlier;
    private @Nullable ChangesFound changes;
    private @Nullable FindingsCompared compared;

    /** When an attempt wrote its first and its newest entry. */
    private record Lifetime(Instant first, Instant last) {

        Lifetime until(Lifetime later) {
            return new Lifetime(first, later.last);
        }

        Duration length() {
            return Duration.between(first, last);
        }
    }

    void add(Entry entry) {
        if (!(entry.event() instanceof Event.Reopened)) { // long after the attempt that it is counted to
            lifetimes.merge(entry.attempt(), new Lifetime(entry.at(), entry.at()), Lifetime::until);
        }
        newestAttempt = Math.max(newestAttempt, entry.attempt());
        if (explores(entry.event())) {
            explorations.merge(entry.attempt(), new Lifetime(entry.at(), entry.at()), Lifetime::until);
        }
        switch (entry.event()) {
            case Event.Accepted _,Event.AttemptParked _,Event.KernelAwaited _,Event.CallHeld _ -> {
            }
            case Forked event -> forked = event;
            case EarlierReport event -> earlier = event;
            case ChangesFound event -> changes = event;
            case Event.AttemptStarted event -> attempts = Math.max(attempts, event.attempt());
            case Event.CheckedOut event -> checkedOut = event;
            case Event.ModeChosen event -> chosen = event;
            case Event.BaselinePacked event -> packed = event;
            case Event.RunStarted event -> started = started == null ? event : started;
            case Event.TurnStarted event -> turn(event.turn(), entry);
            case Event.SynthesisBegun event -> turn(event.turn(), entry);
            case Event.ModelAsked event -> call(event.key(), entry).asked(entry, event);
            case Event.CallWithdrawn event -> call(event.key(), entry).withdrawn = true;
            case Event.AttemptFailed event -> {
                failedAttempts.add(event);
                if (event.delay() != null) {
                    retries++;
                    call(event.key(), entry).retries++;
                }
            }
            case Event.ModelReplied event -> {
                if (entry.inherited()) {
                    inherited = inherited.plus(event.account());
                } else {
                    accounts.merge(event.role(), event.account(), Account::plus);
                }
                call(event.key(), entry).replied(entry, event);
            }
            case Event.ModelFellBack event -> {
                fallbacks.add(event);
                warnings.add(event.warning());
            }
            case Event.CellStarted event -> turn(event.turn(), entry).cell(event.cell()).started = event;
            case Event.CellFinished event -> turn(event.turn(), entry).cell(event.cell()).finished = event;
            case Event.KernelRestarted _ -> kernelRestarts++;
            case Event.Warned event -> warnings.add(event);
            case Event.ThinkingDropped _ -> {
            }
            case Event.FindingsChecked event -> findings = event;
            case FindingsCompared event -> compared = event;
            case Event.Reopened _ -> {
                ended = null;
                findings = null;
                compared = null;
            }
            case Event.RunEnded event -> ended = event;
        }
    }

    /** Whether an event belongs to the turns, rather than to the baseline beside them or to what is around both. */
    private static boolean explores(Event event) {
        return switch (event) {
            case Event.TurnStarted _,Event.ThinkingDropped _,Event.SynthesisBegun _,Event.CellStarted _,Event.CellFinished _,Event.KernelRestarted _ ->
                true;
            case Event.ModelAsked asked -> asked.role() != Role.BASELINE;
            case Event.ModelReplied replied -> replied.role() != Role.BASELINE;
            case Event.CallWithdrawn withdrawn -> withdrawn.role() != Role.BASELINE;
            case Event.AttemptFailed failed -> failed.role() != Role.BASELINE;
            case Event.ModelFellBack fellBack -> fellBack.role() != Role.BASELINE;
            case Event.Accepted _,Forked _,EarlierReport _,Event.AttemptStarted _,Event.CheckedOut _,ChangesFound _,Event.ModeChosen _,Event.BaselinePacked _,Event.RunStarted _,Event.Warned _,Event.FindingsChecked _,FindingsCompared _,Event.Reopened _,Event.RunEnded _,Event.AttemptParked _,Event.KernelAwaited _,Event.CallHeld _ ->
                false;
        };
    }

    Trajectory trajectory() {
        int living = ended == null ? newestAttempt : Integer.MAX_VALUE;
        CallFold alone = baseline;
        int uncertain = turns.values().stream().mapToInt(turn -> turn.uncertain(living)).sum()
                + (alone == null ? 0 : alone.uncertain(living));
        return new Trajectory(turns.values().stream().map(turn -> turn.turn(living)).toList(),
                packed == null ? null : baseline(packed, alone, living), Map.copyOf(accounts), retries,
                List.copyOf(failedAttempts), attempts,
                kernelRestarts, uncertain, sum(lifetimes), sum(explorations), List.copyOf(warnings),
                List.copyOf(fallbacks), checkedOut, chosen,
                started, findings, ended, inherited, forked, earlier, changes, compared);
    }

    private static Duration sum(Map<Integer, Lifetime> lifetimes) {
        return lifetimes.values().stream().map(Lifetime::length).reduce(Duration.ZERO, Duration::plus);
    }

    private static BaselineCall baseline(Event.BaselinePacked packed, @Nullable CallFold call, int living) {
        Event.ModelReplied reply = call == null ? null : call.reply;
        if (call == null || reply == null) {
            return new BaselineCall(packed, null, null, Account.EMPTY, 0, call == null ? 0 : call.retries,
                    call != null && call.uncertain(living) > 0);
        }
        return new BaselineCall(packed, reply.error() == null ? reply.text() : null, reply.error(), reply.account(),
                reply.millis(), call.retries, call.uncertain(living) > 0);
    }

    private TurnFold turn(int number, Entry entry) {
        return turns.computeIfAbsent(number, _ -> new TurnFold(number, entry.at()));
    }

    private CallFold call(CallKey key, Entry entry) {
        if (key.equals(CallKey.baseline())) {
            CallFold call = baseline == null ? new CallFold(key, entry.at()) : baseline;
            baseline = call;
            return call;
        }
        TurnFold turn = turn(key.turn(), entry);
        return key.cell() < 0 ? turn.root : turn.cell(key.cell()).call(key, entry);
    }

    private static final class TurnFold {

        private final int number;
        private final Instant startedAt;
        private final CallFold root;
        private final Map<Integer, CellFold> cells = new TreeMap<>();

        TurnFold(int number, Instant startedAt) {
            this.number = number;
            this.startedAt = startedAt;
            this.root = new CallFold(CallKey.root(number), startedAt);
        }

        CellFold cell(int index) {
            return cells.computeIfAbsent(index, CellFold::new);
        }

        int uncertain(int living) {
            return root.uncertain(living) + cells.values().stream().flatMap(cell -> cell.calls.values().stream())
                    .mapToInt(call -> call.uncertain(living)).sum();
        }

        Turn turn(int living) {
            Event.ModelReplied reply = root.reply;
            Account account = root.account();
            return new Turn(number, root.inherited, startedAt, reply == null ? "" : reply.text(), account.usage(),
                    account.cost(),
                    reply == null ? 0 : reply.millis(), root.retries,
                    cells.values().stream().map(cell -> cell.executed(living)).toList());
        }
    }

    private static final class CellFold {

        private final int index;
        /** By key: the order in which the prompts were handed over, not the one in which replies came. */
        private final Map<CallKey, CallFold> calls = new TreeMap<>(CallKey.ORDER);
        private Event.@Nullable CellStarted started;
        private Event.@Nullable CellFinished finished;

        CellFold(int index) {
            this.index = index;
        }

        CallFold call(CallKey key, Entry entry) {
            return calls.computeIfAbsent(key, _ -> new CallFold(key, entry.at()));
        }

        Turn.ExecutedCell executed(int living) {
            List<SubCall> subCalls = calls.values().stream().map(call -> call.subCall(living)).toList();
            String code = started == null ? "" : started.code();
            String reasoning = started == null ? null : started.reasoning();
            return finished == null
                    ? new Turn.ExecutedCell(index, code, reasoning, null, "", 0, 0, subCalls)
                    : new Turn.ExecutedCell(index, code, reasoning, finished.outcome(), finished.observation(),
                            finished.outputLength(), finished.millis(), subCalls);
        }
    }

    private static final class CallFold {

        private final CallKey key;
        private Instant askedAt;
        private Event.@Nullable ModelAsked ask;
        private int askingAttempt;
        private Event.@Nullable ModelReplied reply;
        private boolean withdrawn;
        private boolean inherited;
        private int lostAsks;
        private int retries;

        CallFold(CallKey key, Instant askedAt) {
            this.key = key;
            this.askedAt = askedAt;
        }

        void asked(Entry entry, Event.ModelAsked event) {
            if (pending() && askingAttempt < entry.attempt()) {
                lostAsks++;
            }
            ask = event;
            withdrawn = false;
            askedAt = entry.at();
            askingAttempt = entry.attempt();
            reply = null;
        }

        void replied(Entry entry, Event.ModelReplied event) {
            if (pending() && askingAttempt < entry.attempt()) {
                lostAsks++; // A later attempt gave up on it instead of asking again.
            }
            reply = event;
            inherited = entry.inherited();
        }

        /** Whether something was sent that is not answered. */
        private boolean pending() {
            return ask != null && !ask.cached() && !withdrawn && reply == null;
        }

        /** How many asks may have been paid without a reply to show for it; attempts below {@code living} are over. */
        int uncertain(int living) {
            return lostAsks + (pending() && askingAttempt < living ? 1 : 0);
        }

        Account account() {
            return reply == null || inherited ? Account.EMPTY : reply.account();
        }

        SubCall subCall(int living) {
            String model = reply != null ? reply.model() : ask != null ? ask.model() : "";
            String prompt = ask == null || ask.prompt() == null ? "" : ask.prompt();
            Account account = account();
            boolean uncertain = uncertain(living) > 0;
            if (reply == null) {
                return new SubCall(key, model, prompt, askedAt, null, null, null, account.usage(), account.cost(), 0,
                        retries, uncertain);
            }
            return new SubCall(key, model, prompt, askedAt, reply.error() == null ? reply.text() : null, reply.error(),
                    reply.source(), account.usage(), account.cost(), reply.millis(), retries, uncertain);
        }
    }
}
