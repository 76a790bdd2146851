package dev.deeprepo.rlm;

import dev.deeprepo.journal.ChangesFound;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.BaselinePacked;
import dev.deeprepo.journal.Event.CallWithdrawn;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.CellStarted;
import dev.deeprepo.journal.Event.ModeChosen;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelFellBack;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.Reopened;
import dev.deeprepo.journal.Event.RunStarted;
import dev.deeprepo.journal.Event.SynthesisBegun;
import dev.deeprepo.journal.Event.ThinkingDropped;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.Forked;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What earlier attempts at a run left behind: calls that were made, cells to run again, and how far it came. */
final class Recording {

    /** Names a cell of the run. */
    record CellKey(int turn, int cell) {
        @Override
        public String toString() {
            return "turn %d, cell %d".formatted(turn, cell);
        }
    }

    private @Nullable RunStarted started;
    private @Nullable BaselinePacked packed;
    private @Nullable ModeChosen chosen;
    private @Nullable SynthesisBegun synthesis;
    private @Nullable Forked forked;
    private @Nullable EarlierReport earlier;
    private @Nullable ChangesFound changes;
    private int turns;
    private final Map<Integer, String> notices = new HashMap<>();
    private final Map<Integer, String> messages = new HashMap<>();
    private final Set<ThinkingDropped> dropped = new HashSet<>();
    private final RecordedCalls calls = new RecordedCalls();
    private final Map<CellKey, ModelReplied> refusals = new HashMap<>();
    private final Map<CellKey, CellStarted> cellsStarted = new HashMap<>();
    private final Map<CellKey, CellFinished> cellsFinished = new LinkedHashMap<>();
    private final Set<Warned> warned = new HashSet<>();
    private final Map<Integer, Instant[]> lives = new HashMap<>();

    Recording(List<Entry> history) {
        for (Entry entry : history) {
            if (!entry.inherited() && !(entry.event() instanceof Reopened)) { // which stands long after its attempt
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
                    if (event.message() != null) {
                        messages.put(event.turn(), event.message());
                    }
                }
                case SynthesisBegun event -> synthesis = event;
                case ModelAsked event -> calls.asked(entry.sequence(), event);
                case ModelReplied event -> {
                    calls.replied(event, entry.inherited());
                    if (event.refused()) {
                        refusals.putIfAbsent(new CellKey(event.key().turn(), event.key().cell()), event);
                    }
                }
                case CallWithdrawn event -> calls.withdrawn(event);
                case ModelFellBack event -> calls.fellBack(event);
                case CellStarted event -> cellsStarted.put(new CellKey(event.turn(), event.cell()), event);
                case CellFinished event -> cellsFinished.put(new CellKey(event.turn(), event.cell()), event);
                case Warned event -> warned.add(event);
                case Forked event -> forked = event;
                case EarlierReport event -> earlier = event;
                case ChangesFound event -> changes = event;
                case ThinkingDropped event -> dropped.add(event);
                case Reopened _ -> {
                    synthesis = null;
                    calls.reopen(key -> cellsFinished.containsKey(new CellKey(key.turn(), key.cell())));
                    refusals.keySet().retainAll(cellsFinished.keySet());
                }
                default -> {
                    // nothing that is handed back
                }
            }
        }
    }

    /** The calls of its models. */
    RecordedCalls calls() {
        return calls;
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

    /** What the root model was told in a message of its own before a turn that is on record; null = nothing. */
    @Nullable
    String message(int turn) {
        return messages.get(turn);
    }

    /** Where this run parts from another; null when it does not. */
    @Nullable
    Forked forked() {
        return forked;
    }

    /** What the run builds on; null when on nothing. */
    @Nullable
    Basis basis() {
        return earlier == null ? null : new Basis(earlier, changes);
    }

    boolean has(ThinkingDropped event) {
        return dropped.contains(event);
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

    /** The budget's refusal that stands for all of a cell; null when there was none. */
    @Nullable
    ModelReplied refusal(CellKey cell) {
        return refusals.get(cell);
    }

    /** Time in which earlier attempts, and this one until now, lived. */
    Duration lived() {
        return lives.values().stream().map(life -> Duration.between(life[0], life[1]))
                .reduce(Duration.ZERO, Duration::plus);
    }
}
