package dev.deeprepo.rlm;

import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.CellStarted;
import dev.deeprepo.journal.Event.KernelRestarted;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.repl.Cell;
import dev.deeprepo.repl.CellResult;
import dev.deeprepo.repl.CellResult.Outcome;
import dev.deeprepo.repl.Repl;
import dev.deeprepo.repl.ReplException;
import dev.deeprepo.usage.Left;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The cells of a run. One that ended in an earlier attempt is read from the recording; before the first new one, those
 * that kept state are run again, against recorded replies, only to rebuild the variables.
 */
final class Cells implements AutoCloseable {

    private final Function<BooleanSupplier, Repl> opener;
    private final SubModel sub;
    private final Recording recording;
    private final JournalWriter journal;
    private final Clock clock;
    private final Cancellation stop;
    private final IntFunction<Left> left;
    private @Nullable Repl repl;
    private String notice = "";

    /**
     * @param opener is told how to ask whether the run has been stopped
     * @param left what the run may still consume in and after a turn
     */
    Cells(Function<BooleanSupplier, Repl> opener, SubModel sub, Recording recording, JournalWriter journal, Clock clock,
            Cancellation stop, IntFunction<Left> left) {
        this.opener = opener;
        this.sub = sub;
        this.recording = recording;
        this.journal = journal;
        this.clock = clock;
        this.stop = stop;
        this.left = left;
    }

    /**
     * Makes sure that there is a kernel with the variables of all earlier cells.
     *
     * @throws ReplException when none can be had
     * @throws ReplayDiverged when an earlier cell asks for other things than it did
     */
    Repl open() {
        Repl open = repl;
        if (open == null) {
            open = opener.apply(stop::isCancelled);
            repl = open;
            stop.onCancel(open::close);
            rebuild(open);
        }
        return open;
    }

    /** Runs a cell, or reads how it went. */
    CellFinished run(Recording.CellKey key, String code, @Nullable String reasoning) {
        CellFinished recorded = recording.finished(key);
        if (recorded != null) {
            return recorded;
        }
        Repl kernel = open();
        CellStarted started = recording.started(key);
        if (started == null) {
            started = new CellStarted(key.turn(), key.cell(), code, reasoning, clock.instant(),
                    31L * key.turn() + key.cell(), left.apply(key.turn()));
            journal.append(started);
        }
        CellResult result = run(kernel, started, false);
        CellFinished finished = new CellFinished(key.turn(), key.cell(), result.outcome().name(),
                Observation.of(result, notices(result)).text(), result.outputLength(), result.millis(),
                result.answer(), result.ready());
        journal.append(finished);
        return finished;
    }

    private void rebuild(Repl kernel) {
        List<String> lost = new ArrayList<>();
        for (CellFinished finished : recording.finished()) {
            Recording.CellKey key = new Recording.CellKey(finished.turn(), finished.cell());
            CellStarted started = recording.started(key);
            boolean kept = Outcome.valueOf(finished.outcome()).keepsState();
            if (started == null || !kept || !run(kernel, started, true).outcome().name().equals(finished.outcome())) {
                lost.add(key.toString());
            }
        }
        if (!lost.isEmpty()) {
            notice = Prompts.nudge("resumed", Map.of("cells", String.join("; ", lost)));
        }
    }

    private CellResult run(Repl kernel, CellStarted cell, boolean again) {
        CellResult result;
        try {
            Left atStart = cell.left() == null ? left.apply(cell.turn()) : cell.left();
            result = kernel.run(new Cell(cell.turn(), cell.cell(), cell.code(), cell.startedAt(), cell.seed(),
                    SubModel.forPython(atStart)),
                    sub.forCell(new Recording.CellKey(cell.turn(), cell.cell()), atStart, again));
        } catch (RuntimeException e) {
            sub.check();
            throw stop.isCancelled() ? new Stopped() : e;
        }
        sub.check();
        if (stop.isCancelled() && result.outcome() == Outcome.DIED) { // ours: the kernel was closed under it
            throw new Stopped();
        }
        if (result.restarted() != null) {
            journal.append(new KernelRestarted(cell.turn(), cell.cell(), result.restarted(), result.replayedCells()));
        }
        return result;
    }

    private String notices(CellResult result) {
        List<String> all = new ArrayList<>();
        if (!notice.isEmpty()) {
            all.add(notice);
            notice = "";
        }
        if (result.ready() && result.answer().isBlank()) {
            all.add(Prompts.nudge("empty-answer", Map.of()));
        }
        return String.join("\n", all);
    }

    @Override
    public void close() {
        Repl open = repl;
        if (open != null) {
            open.close();
        }
    }
}
