package dev.deeprepo.repl;

import dev.deeprepo.repl.CellResult.Outcome;
import dev.deeprepo.repl.KernelMessage.Done;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The cells whose variables a new kernel must get back, with what the host answered them the first time. */
final class Replay {

    /** Characters of all answers that are kept. */
    private static final long MOST_KEPT = 64 << 20;

    /** Characters that each answer counts for besides its own. */
    private static final int FRAME = 500;

    private final List<Finished> cells = new ArrayList<>();
    private final SortedSet<Integer> lostTurns = new TreeSet<>();
    private long kept;

    /** @param question a hash of the call, to notice a replay that asks something else */
    record Answer(int question, Kernel.Reply reply) {

        private long size() {
            return FRAME + reply.results().stream().mapToLong(result -> result.length() + Long.BYTES).sum();
        }
    }

    private record Finished(Cell cell, Outcome outcome, List<Answer> answers) {

        private long size() {
            return answers.stream().mapToLong(Answer::size).sum();
        }
    }

    /** A replay asked for something else than the cell did at first. */
    static final class Diverged extends RuntimeException {}

    /** Notes a cell that ended. One that a limit ended would not stop at the same place again; too much is not kept. */
    void add(Cell cell, Outcome outcome, List<Answer> answers) {
        Finished finished = new Finished(cell, outcome, List.copyOf(answers));
        if (outcome.keepsState() && kept + finished.size() <= MOST_KEPT) {
            kept += finished.size();
            cells.add(finished);
        } else {
            lose(cell);
        }
    }

    /** Notes a cell whose variables no new kernel will have. */
    void lose(Cell cell) {
        lostTurns.add(cell.turn());
    }

    /** Takes the newest cell out: it did more than it said. */
    void giveUpLast() {
        giveUp(Math.max(0, cells.size() - 1));
    }

    /** Takes out all cells from one on. */
    void giveUp(int from) {
        List<Finished> rest = cells.subList(from, cells.size());
        rest.forEach(given -> {
            lose(given.cell);
            kept -= given.size();
        });
        rest.clear();
    }

    int size() {
        return cells.size();
    }

    /**
     * Runs all cells in a new kernel; returns what the last of them came to. Null when there is none, or when one came to
     * something else than before: that one and all after it are given up then, and the kernel is of no more use.
     *
     * @throws KernelDied when the kernel was killed from outside: another may do
     */
    @Nullable
    Done into(Kernel kernel, Duration limit) throws KernelDied {
        Done last = null;
        for (int at = 0; at < cells.size(); at++) {
            Finished finished = cells.get(at);
            Deque<Answer> answers = new ArrayDeque<>(finished.answers);
            try {
                last = kernel.run(finished.cell, limit, call -> {
                    Answer answer = answers.poll();
                    if (answer == null || answer.question != call.hashCode()) {
                        throw new Diverged();
                    }
                    return answer.reply;
                });
            } catch (Diverged e) {
                last = null;
            } catch (KernelDied e) {
                if (e.isFromOutside()) {
                    throw e;
                }
                last = null;
            }
            if (last == null || last.outcome() != finished.outcome || !answers.isEmpty()) {
                giveUp(at);
                return null;
            }
        }
        return last;
    }

    /** Which variables a restarted kernel has, for the root model. */
    String account() {
        SortedSet<Integer> restored = cells.stream().map(f -> f.cell.turn())
                .collect(Collectors.toCollection(TreeSet::new));
        return restored.isEmpty()
                ? "no variables could be restored; define again what you need"
                : "variables of %s restored, those of %s are gone, this cell's among them".formatted(turns(restored),
                        turns(lostTurns));
    }

    private static String turns(SortedSet<Integer> turns) {
        List<String> ranges = new ArrayList<>();
        int from = turns.first();
        for (int turn : turns) {
            if (!turns.contains(turn + 1)) {
                ranges.add(from == turn ? "" + turn : from + "-" + turn);
                from = turns.tailSet(turn + 1).stream().findFirst().orElse(turn);
            }
        }
        return (turns.size() == 1 ? "turn " : "turns ") + String.join(", ", ranges);
    }
}
