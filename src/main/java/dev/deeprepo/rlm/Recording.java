package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.AttemptFailed;
import dev.deeprepo.journal.Event.BaselinePacked;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.CellStarted;
import dev.deeprepo.journal.Event.ModeChosen;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.RunStarted;
import dev.deeprepo.journal.Event.SynthesisBegun;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Spending;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What earlier attempts at a run left behind: replies to hand back, cells to run again, and what it all cost. */
final class Recording {

    /** Names a cell of the run. */
    record CellKey(int turn, int cell) {
        @Override
        public String toString() {
            return "turn %d, cell %d".formatted(turn, cell);
        }
    }

    /** How the recorded error of a call begins that the budget refused. */
    static final String REFUSAL = ModelReplied.REFUSAL;

    private @Nullable RunStarted started;
    private @Nullable BaselinePacked packed;
    private @Nullable ModeChosen chosen;
    private @Nullable SynthesisBegun synthesis;
    private int turns;
    private final Map<Integer, String> notices = new HashMap<>();
    private final Map<CallKey, List<Asked>> asked = new LinkedHashMap<>();
    private final Map<CallKey, ModelReplied> replied = new HashMap<>();
    private final Map<CellKey, ModelReplied> refusals = new HashMap<>();
    private final Map<CallKey, AttemptFailed> failed = new HashMap<>();
    private final Map<CellKey, CellStarted> cellsStarted = new HashMap<>();
    private final Map<CellKey, CellFinished> cellsFinished = new LinkedHashMap<>();
    private final Set<Warned> warned = new HashSet<>();
    private final Map<Integer, Instant[]> lives = new HashMap<>();

    /** @param contextTokens of the messages, where they are not the prompt on record */
    private record Asked(long sequence, ModelAsked event, long contextTokens) {}

    Recording(List<Entry> history) {
        long context = 0;
        for (Entry entry : history) {
            if (entry.attempt() > 0) {
                Instant[] life = lives.computeIfAbsent(entry.attempt(), first -> new Instant[]{entry.at(), entry.at()});
                life[1] = entry.at();
            }
            switch (entry.event()) {
                case RunStarted event -> started = event;
                case BaselinePacked event -> packed = event;
                case ModeChosen event -> chosen = event;
                case Event.TurnStarted event -> {
                    turns = Math.max(turns, event.turn());
                    if (event.notice() != null) {
                        notices.put(event.turn(), event.notice());
                    }
                }
                case SynthesisBegun event -> synthesis = event;
                case ModelAsked event -> asked.computeIfAbsent(event.key(), key -> new ArrayList<>())
                        .add(new Asked(entry.sequence(), event, context(event.role(), context)));
                case ModelReplied event -> {
                    replied.put(event.key(), event);
                    if (isRefusal(event)) {
                        refusals.putIfAbsent(new CellKey(event.key().turn(), event.key().cell()), event);
                    }
                    context = event.role() == Role.ROOT ? event.usage().totalTokens() : context;
                }
                case AttemptFailed event -> failed.put(event.key(), event);
                case CellStarted event -> cellsStarted.put(new CellKey(event.turn(), event.cell()), event);
                case CellFinished event -> cellsFinished.put(new CellKey(event.turn(), event.cell()), event);
                case Warned event -> warned.add(event);
                default -> {
                    // nothing that is handed back
                }
            }
        }
    }

    private long context(Role role, long ofRoot) {
        return switch (role) {
            case ROOT -> ofRoot;
            case SUB -> 0;
            case BASELINE -> packed == null ? 0 : packed.tokens();
        };
    }

    /** What AUTO chose; null when it has not, or was not to. */
    @Nullable
    ModeChosen chosen() {
        return chosen;
    }

    /** The baseline's prompt; null before it was settled. */
    @Nullable
    BaselinePacked packed() {
        return packed;
    }

    @Nullable
    RunStarted started() {
        return started;
    }

    boolean hasTurn(int turn) {
        return turn <= turns;
    }

    /** What the root model was told of its budget before a turn that is on record; empty = nothing. */
    String notice(int turn) {
        return notices.getOrDefault(turn, "");
    }

    /** How the run began to end, when a limit ended it. */
    @Nullable
    SynthesisBegun synthesis() {
        return synthesis;
    }

    boolean has(Warned warning) {
        return warned.contains(warning);
    }

    @Nullable
    CellStarted started(CellKey cell) {
        return cellsStarted.get(cell);
    }

    @Nullable
    CellFinished finished(CellKey cell) {
        return cellsFinished.get(cell);
    }

    /** The cells that ended, in their order. */
    Collection<CellFinished> finished() {
        return cellsFinished.values();
    }

    /**
     * The reply on record; null when there is none.
     *
     * @throws ReplayDiverged when something else was asked in its place
     */
    @Nullable
    ModelReplied reply(CallKey key, String promptHash) {
        for (Asked before : asked.getOrDefault(key, List.of())) {
            if (!before.event.promptHash().equals(promptHash)) {
                throw new ReplayDiverged("%s asks for something else than entry %d has on record: hash %.12s, was %.12s"
                        .formatted(name(key), before.sequence, promptHash, before.event.promptHash()));
            }
        }
        return replied.get(key);
    }

    /** Whether a reply stands for a call that the budget refused, which is then not one that was paid or given up. */
    static boolean isRefusal(ModelReplied reply) {
        return reply.refused();
    }

    /** The budget's refusal that stands for all of a cell; null when there was none. */
    @Nullable
    ModelReplied refusal(CellKey cell) {
        return refusals.get(cell);
    }

    /** The failure that a recorded given-up call ended with. */
    ModelException failure(ModelReplied reply) {
        String error = String.valueOf(reply.error());
        AttemptFailed last = failed.get(reply.key());
        return switch (last == null ? ModelException.Kind.PERMANENT : ModelException.Kind.valueOf(last.kind())) {
            case RATE_LIMITED -> new ModelException.RateLimited(error, last == null ? null : last.status(), null);
            case TRANSIENT -> new ModelException.Transient(error, last == null ? null : last.status(), null, null);
            case PERMANENT, CANCELLED -> new ModelException.Permanent(error, last == null ? null : last.status(), null);
        };
    }

    /** Sub-calls that were asked and given up. */
    int failures() {
        return (int) replied.values().stream()
                .filter(reply -> reply.role() == Role.SUB && reply.error() != null && !isRefusal(reply))
                .count();
    }

    /** Replies that came from the cache. */
    int cacheHits() {
        return (int) replied.values().stream().filter(reply -> reply.source() == ModelReplied.Source.CACHE).count();
    }

    /** Time in which earlier attempts, and this one until now, lived. */
    Duration lived() {
        return lives.values().stream().map(life -> Duration.between(life[0], life[1]))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Counts what is on record; what is uncertain counts as if the worst had been paid for it. */
    void chargeTo(Spending spending) {
        replied.forEach((key, reply) -> {
            boolean bought = reply.error() == null && reply.source() == ModelReplied.Source.MODEL;
            List<Asked> calls = asked.getOrDefault(key, List.of());
            spending.record(reply.role(), new Account(bought ? 1 : 0, 0, reply.usage(), reply.cost()),
                    calls.isEmpty() ? reply.cost() : calls.getLast().event.reserved());
        });
        for (Asked lost : uncertain()) {
            ModelAsked event = lost.event;
            long input = event.prompt() == null ? lost.contextTokens : Tokens.estimate(event.prompt());
            spending.record(event.role(),
                    new Account(1, 0, Usage.of(input, event.maxTokens()), event.reserved()), event.reserved());
        }
    }

    /** One warning for each call that was under way when an attempt ended. */
    List<Warned> uncertainCalls() {
        return uncertain().stream().map(lost -> new Warned("call-uncertain",
                "%s to %s (entry %d) was under way when an earlier attempt ended: it may have been paid, up to %s stay reserved for it"
                        .formatted(name(lost.event.key()), lost.event.model(), lost.sequence, lost.event.reserved())))
                .toList();
    }

    private List<Asked> uncertain() {
        List<Asked> lost = new ArrayList<>();
        asked.forEach((key, calls) -> {
            List<Asked> sent = calls.stream().filter(call -> !call.event.cached()).toList();
            ModelReplied reply = replied.get(key);
            boolean answered = reply != null && reply.source() == ModelReplied.Source.MODEL && !isRefusal(reply);
            lost.addAll(sent.subList(0, sent.size() - (answered ? 1 : 0)));
        });
        return lost;
    }

    private static String name(CallKey key) {
        if (key.equals(CallKey.baseline())) {
            return "the baseline's call";
        }
        if (key.equals(CallKey.synthesis(key.turn()))) {
            return "the call for the report in the place of turn %d".formatted(key.turn());
        }
        return key.cell() < 0
                ? "the root call of turn %d".formatted(key.turn())
                : "the sub-call of turn %d, cell %d, call %d, position %d".formatted(key.turn(), key.cell(), key.call(),
                        key.position());
    }
}
