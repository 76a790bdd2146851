package dev.deeprepo.repl;

import dev.deeprepo.repl.CellResult.Outcome;
import dev.deeprepo.repl.KernelMessage.Call;
import dev.deeprepo.repl.KernelMessage.Done;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A Repl that outlives its kernels: it keeps the cells that left state behind, with what the host answered them, and
 * plays them again to a new kernel when one dies.
 */
final class KernelRepl implements Repl {

    /** Kernels in a row that may be killed from outside while they start or are restored. */
    private static final int MOST_KILLED = 3;

    private final Supplier<Kernel> spawner;
    private final Codebase codebase;
    private final Duration limit;
    private final Runnable released;
    private final Replay replay = new Replay();
    private @Nullable Kernel kernel;
    private boolean diedBefore;
    private boolean closed;

    /** @param released is run once, when the repl is closed and its last kernel is gone */
    KernelRepl(Supplier<Kernel> spawner, Codebase codebase, Duration limit, Runnable released) {
        this.spawner = spawner;
        this.codebase = codebase;
        this.limit = limit;
        this.released = released;
    }

    /**
     * Starts a kernel and loads it; another when that one is killed meanwhile.
     *
     * @param patience asked before each file; when it is over, so is the kernel
     */
    Kernel start(Patience patience) throws KernelDied {
        for (int killed = 0;;) {
            Kernel fresh = spawner.get();
            adopt(fresh);
            try {
                fresh.start();
                fresh.load(codebase, () -> {
                    if (patience.isOver()) {
                        throw new ReplException("cancelled while the kernel was loaded", null);
                    }
                });
                return fresh;
            } catch (KernelDied e) {
                if (!e.isFromOutside() || ++killed == MOST_KILLED) {
                    throw e;
                }
            }
        }
    }

    @Override
    public CellResult run(Cell cell, HostFunctions host) {
        Kernel current = current();
        if (current == null) {
            current = restore().kernel();
        }
        if (!current.quiet()) {
            replay.giveUpLast(); // it left behind what will end this kernel, and would end the next one
        }
        var asking = new Asking(host);
        boolean alive = false;
        try {
            CellResult result;
            try {
                result = run(current, cell, asking, null);
            } catch (KernelDied death) {
                result = death.isFromOutside() ? again(death, cell, asking) : lost(death, cell, asking);
            }
            alive = true;
            return result;
        } finally {
            if (!alive) {
                forget();
            }
        }
    }

    private CellResult run(Kernel kernel, Cell cell, Asking asking, @Nullable String restarted) throws KernelDied {
        int earlier = replay.size();
        Done done = kernel.run(cell, limit, asking);
        long millis = asking.ownMillis();
        if (!done.ready()) {
            kernel.check(limit);
        }
        diedBefore = false;
        replay.add(cell, done.outcome(), asking.answers);
        return new CellResult(done.outcome(), done.output(), done.outputLength(), done.error(), millis,
                done.answer(), done.ready(), restarted, restarted == null ? 0 : earlier);
    }

    /** Nothing was wrong with the cell. It is run once more, unless some of the variables that it may use are gone. */
    private CellResult again(KernelDied death, Cell cell, Asking asking) {
        int earlier = replay.size();
        Restored restored = restore();
        if (replay.size() < earlier) {
            return lost(death, cell, asking, restored);
        }
        asking.again();
        try {
            return run(restored.kernel(), cell, asking,
                    "the kernel was restarted: %s; all variables were restored and the cell was run again"
                            .formatted(death.reason()));
        } catch (KernelDied second) {
            return lost(second, cell, asking);
        } catch (Replay.Diverged e) {
            return lost(death, cell, asking);
        }
    }

    /** When two cells in a row end their kernels, what is restored for them may be why: then nothing is. */
    private CellResult lost(KernelDied death, Cell cell, Asking asking) {
        boolean died = death.outcome() == Outcome.DIED && !death.isFromOutside();
        if (died && diedBefore) {
            replay.giveUp(0);
        }
        diedBefore = died;
        return lost(death, cell, asking, restore());
    }

    private CellResult lost(KernelDied death, Cell cell, Asking asking, Restored restored) {
        replay.lose(cell);
        String error = "the kernel was restarted: %s; %s".formatted(death.reason(), replay.account());
        return new CellResult(death.outcome(), "", 0, error, asking.ownMillis(), restored.answer(), restored.ready(),
                error, replay.size());
    }

    /** Passes a cell's calls to the host, and keeps what came back for a replay. */
    private static final class Asking implements Function<Call, Kernel.Reply> {

        private final HostFunctions host;
        private final List<Replay.Answer> answers = new ArrayList<>();
        private int calls;
        private long from = System.nanoTime();
        private long waitedNanos;

        Asking(HostFunctions host) {
            this.host = host;
        }

        /** The cell begins anew: what it was answered before is what it is answered now. */
        void again() {
            calls = 0;
            from = System.nanoTime();
            waitedNanos = 0;
        }

        @Override
        public Kernel.Reply apply(Call call) {
            int number = calls++;
            if (number < answers.size()) {
                Replay.Answer before = answers.get(number);
                if (before.question() != call.hashCode()) {
                    throw new Replay.Diverged();
                }
                return before.reply();
            }
            long asked = System.nanoTime();
            List<String> results = call.function().equals("llm_query")
                    ? List.of(host.llmQuery(number, call.prompts().getFirst()))
                    : host.llmBatch(number, call.prompts());
            if (results.size() != call.prompts().size()) {
                throw new IllegalStateException(
                        "%d results for %d prompts".formatted(results.size(), call.prompts().size()));
            }
            Kernel.Reply reply = new Kernel.Reply(List.copyOf(results), host.left());
            answers.add(new Replay.Answer(call.hashCode(), reply));
            waitedNanos += System.nanoTime() - asked;
            return reply;
        }

        long ownMillis() {
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from - waitedNanos);
        }
    }

    private record Restored(Kernel kernel, String answer, boolean ready) {}

    /** A new kernel with as many of the earlier cells as come to the same again. */
    private Restored restore() {
        for (int killed = 0;;) {
            try {
                Kernel fresh = start(() -> false); // whoever wants it to end closes the repl
                Done last = replay.into(fresh, limit);
                if (last != null || replay.size() == 0) {
                    return new Restored(fresh, last == null ? "" : last.answer(), last != null && last.ready());
                }
                fresh.kill(Outcome.DIED, "its replay differed");
                current();
            } catch (KernelDied e) {
                current();
                if (!e.isFromOutside() || ++killed == MOST_KILLED) {
                    throw new ReplException("the kernel could not be restarted: " + e.reason(), e);
                }
            }
        }
    }

    private synchronized void adopt(Kernel fresh) {
        if (closed) {
            fresh.kill(Outcome.DIED, "closed");
            throw new ReplException("the repl is closed", null);
        }
        kernel = fresh;
    }

    private synchronized @Nullable Kernel current() {
        if (closed) {
            throw new ReplException("the repl is closed", null);
        }
        return kernel;
    }

    private synchronized void forget() {
        if (!closed) {
            kernel = null;
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (kernel == null) {
            released.run();
        } else {
            kernel.kill(Outcome.DIED, "closed");
            kernel.whenGone(released);
        }
    }
}
