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

    private final Supplier<Kernel> spawner;
    private final Codebase codebase;
    private final Duration limit;
    private final Runnable released;
    private final Replay replay = new Replay();
    private @Nullable Kernel kernel;
    private boolean closed;

    /** @param released is run once, when the repl is closed and its last kernel is gone */
    KernelRepl(Supplier<Kernel> spawner, Codebase codebase, Duration limit, Runnable released) {
        this.spawner = spawner;
        this.codebase = codebase;
        this.limit = limit;
        this.released = released;
    }

    /** Starts a kernel and loads it. @param patience asked before each file; when it is over, so is the kernel */
    Kernel start(Patience patience) throws KernelDied {
        Kernel fresh = spawner.get();
        adopt(fresh);
        fresh.start();
        fresh.load(codebase, () -> {
            if (patience.isOver()) {
                throw new ReplException("cancelled while the kernel was loaded", null);
            }
        });
        return fresh;
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
        long from = System.nanoTime();
        boolean alive = false;
        try {
            Done done = current.run(cell, limit, asking);
            alive = true;
            replay.add(cell, done.outcome(), asking.answers);
            return new CellResult(done.outcome(), done.output(), done.outputLength(), done.error(),
                    asking.ownMillis(from),
                    done.answer(), done.ready(), 0);
        } catch (KernelDied death) {
            long millis = asking.ownMillis(from);
            replay.lose(cell);
            Restored restored = restore();
            alive = true;
            String error = "the kernel was restarted: %s; %s".formatted(death.reason(), replay.account());
            return new CellResult(death.outcome(), "", 0, error, millis, restored.answer(), restored.ready(),
                    replay.size());
        } finally {
            if (!alive) {
                forget();
            }
        }
    }

    /** Passes a cell's calls to the host, and keeps what came back for a replay. */
    private static final class Asking implements Function<Call, Kernel.Reply> {

        private final HostFunctions host;
        private final List<Replay.Answer> answers = new ArrayList<>();
        private long waitedNanos;

        Asking(HostFunctions host) {
            this.host = host;
        }

        @Override
        public Kernel.Reply apply(Call call) {
            long from = System.nanoTime();
            int number = answers.size();
            List<String> results = call.function().equals("llm_query")
                    ? List.of(host.llmQuery(number, call.prompts().getFirst()))
                    : host.llmBatch(number, call.prompts());
            if (results.size() != call.prompts().size()) {
                throw new IllegalStateException(
                        "%d results for %d prompts".formatted(results.size(), call.prompts().size()));
            }
            Kernel.Reply reply = new Kernel.Reply(List.copyOf(results), host.left());
            answers.add(new Replay.Answer(call.hashCode(), reply));
            waitedNanos += System.nanoTime() - from;
            return reply;
        }

        long ownMillis(long from) {
            return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - from - waitedNanos);
        }
    }

    private record Restored(Kernel kernel, String answer, boolean ready) {}

    /** A new kernel with as many of the earlier cells as come to the same again. */
    private Restored restore() {
        while (true) {
            Kernel fresh;
            try {
                fresh = start(() -> false); // whoever wants it to end closes the repl
            } catch (KernelDied e) {
                current();
                throw new ReplException("the kernel could not be restarted: " + e.reason(), e);
            }
            Done last = replay.into(fresh, limit);
            if (last != null || replay.size() == 0) {
                return new Restored(fresh, last == null ? "" : last.answer(), last != null && last.ready());
            }
            fresh.kill(Outcome.DIED, "its replay differed");
            current();
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
