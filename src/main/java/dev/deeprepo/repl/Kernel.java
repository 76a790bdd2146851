package dev.deeprepo.repl;

import dev.deeprepo.repl.CellResult.Outcome;
import dev.deeprepo.repl.KernelMessage.Call;
import dev.deeprepo.repl.KernelMessage.Done;
import dev.deeprepo.repl.KernelMessage.Loaded;
import dev.deeprepo.repl.KernelMessage.Ready;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One Python process, locked in, and the host's end of its two pipes (frames: see {@code kernel.py}). All of it but
 * {@link #kill} is for one thread at a time. What arrives is hostile: a frame that does not fit the moment ends the
 * process and nothing else.
 */
final class Kernel {

    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration LOAD = Duration.ofSeconds(60);
    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final int BATCH = 1 << 20;

    private final Process process;
    private final ScheduledExecutorService watcher;
    private final byte[] program;
    private final DataInputStream in;
    private final DataOutputStream out;
    private final AtomicReference<@Nullable KernelDied> cause = new AtomicReference<>();

    private record Open(String fileTree, String metadata, String extras) {}

    private record Exec(String name, String code, double limit, long now, long seed,
            Map<String, @Nullable Object> left) {}

    /** What the host answers a call. @param left what {@code budget()} says from then on */
    record Reply(List<String> results, Map<String, @Nullable Object> left) {

        Reply wellFormed() {
            return new Reply(results.stream().map(KernelMessage::wellFormed).toList(), left);
        }
    }

    /** @param program the text of {@code kernel.py} */
    Kernel(Process process, ScheduledExecutorService watcher, byte[] program) {
        this.process = process;
        this.watcher = watcher;
        this.program = program;
        this.in = new DataInputStream(process.getInputStream());
        this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 16));
    }

    /** Hands the process its program and waits until it is locked in; returns the version of Python. */
    String start() throws KernelDied {
        try (var deadline = deadline(START, "it did not start within %d s".formatted(START.toSeconds()))) {
            out.write(program);
            out.flush();
            return expect(Ready.class, deadline).python();
        } catch (IOException e) {
            throw died();
        }
    }

    /**
     * Streams a codebase into the process, in batches, without holding more than one of them.
     *
     * @param check is run before each file; what it throws ends the loading
     */
    void load(Codebase codebase, Runnable check) throws KernelDied {
        send('O', KernelMessage.JSON.writeValueAsBytes(new Open(KernelMessage.wellFormed(codebase.fileTree()),
                KernelMessage.wellFormed(codebase.metadataJson()), KernelMessage.wellFormed(codebase.extrasJson()))));
        var batch = new ByteArrayOutputStream(BATCH);
        try {
            codebase.forEach((path, text) -> {
                check.run();
                byte[] name = KernelMessage.wellFormed(path).getBytes(StandardCharsets.UTF_8);
                if (batch.size() > 0 && batch.size() + name.length + text.length > BATCH) {
                    sendBatch(batch);
                }
                pack(batch, name);
                pack(batch, text);
            });
            sendBatch(batch);
        } catch (LoadingEnded e) {
            throw e.died;
        }
    }

    private void sendBatch(ByteArrayOutputStream batch) {
        try {
            send('L', batch.toByteArray());
            batch.reset();
        } catch (KernelDied e) {
            throw new LoadingEnded(e);
        }
    }

    /** Sends what is acknowledged. */
    private void send(char kind, byte[] payload) throws KernelDied {
        try (var deadline = deadline(LOAD, "it did not take in the codebase")) {
            write(kind, payload);
            expect(Loaded.class, deadline);
        } catch (IOException e) {
            throw died();
        }
    }

    /**
     * Runs a cell to its end.
     *
     * @param host answers a call, on this thread; what it throws ends the kernel, which would wait for ever
     */
    Done run(Cell cell, Duration limit, Function<Call, Reply> host) throws KernelDied {
        try (Deadline deadline = new Deadline(watcher, limit.plus(GRACE),
                () -> kill(Outcome.KILLED, "time limit of %.0f s".formatted(limit.toMillis() / 1000.0)))) {
            if (!quiet()) {
                throw breach("it spoke without being asked");
            }
            write('E', KernelMessage.JSON.writeValueAsBytes(
                    new Exec("<turn %d%s>".formatted(cell.turn(), cell.index() == 0 ? "" : ", cell " + cell.index()),
                            KernelMessage.wellFormed(cell.code()), limit.toMillis() / 1000.0,
                            cell.startedAt().toEpochMilli(), cell.seed(), cell.left())));
            for (int asked = 0;;) {
                switch (read()) {
                    case Done done -> {
                        deadline.stop();
                        return done;
                    }
                    case Call call -> {
                        deadline.pause();
                        asked += call.prompts().size();
                        if (asked > KernelMessage.MAX_PROMPTS) {
                            throw breach("%d prompts of one cell".formatted(asked));
                        }
                        Reply reply = host.apply(call).wellFormed();
                        deadline.resume();
                        write('R', KernelMessage.JSON.writeValueAsBytes(reply));
                    }
                    case Ready ready -> throw breach("it greeted twice: " + ready);
                    case Loaded loaded -> throw breach("it has nothing to load: " + loaded);
                }
            }
        } catch (IOException e) {
            throw died();
        } catch (RuntimeException | Error e) {
            kill(Outcome.DIED, "the host could not answer it");
            throw e;
        }
    }

    /**
     * Makes sure that it still runs code after a cell, which may have left behind a trap for the next one. It is to say a
     * number that no frame sent before can hold.
     */
    void check(Duration limit) throws KernelDied {
        long number = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        Done done = run(new Cell(0, 0, "" + number, Instant.EPOCH, 0, Map.of()), limit,
                call -> new Reply(call.prompts(), Map.of()));
        if (done.outcome() != Outcome.MEMORY && !done.output().equals(number + "\n")) {
            throw end("the cell left nothing behind that code can be run in");
        }
    }

    /** Whether it waits for the host to speak, as it must between cells. */
    boolean quiet() {
        try {
            return in.available() == 0;
        } catch (IOException e) {
            return true; // dead, as the next read will show
        }
    }

    private <M extends KernelMessage> M expect(Class<M> type, Deadline deadline) throws IOException, KernelDied {
        KernelMessage message = read();
        if (!type.isInstance(message)) {
            throw breach("expected " + type.getSimpleName() + ", got " + message.getClass().getSimpleName());
        }
        deadline.stop();
        return type.cast(message);
    }

    private KernelMessage read() throws IOException, KernelDied {
        int length = in.readInt();
        char kind = (char) in.readUnsignedByte();
        if (length < 0 || length > KernelMessage.MAX_FRAME) {
            throw breach("a frame of " + Integer.toUnsignedString(length) + " bytes");
        }
        byte[] payload = new byte[length];
        in.readFully(payload);
        try {
            return KernelMessage.parse(kind, payload);
        } catch (RuntimeException e) {
            throw breach("a frame that cannot be read");
        }
    }

    private void write(char kind, byte[] payload) throws IOException {
        out.writeInt(payload.length);
        out.writeByte(kind);
        out.write(payload);
        out.flush();
    }

    private static void pack(ByteArrayOutputStream batch, byte[] bytes) {
        batch.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        batch.writeBytes(bytes);
    }

    private Deadline deadline(Duration limit, String reason) {
        return new Deadline(watcher, limit, () -> kill(Outcome.DIED, reason));
    }

    private KernelDied breach(String what) {
        return end("it broke the protocol: " + what);
    }

    private KernelDied end(String reason) {
        kill(Outcome.DIED, reason);
        return died();
    }

    /** Why the process is gone: our own reason when we killed it, else what its exit tells. */
    private KernelDied died() {
        try {
            if (!process.waitFor(1, TimeUnit.SECONDS)) {
                kill(Outcome.DIED, "it closed its pipes");
                process.waitFor();
            }
        } catch (InterruptedException e) {
            kill(Outcome.DIED, "interrupted");
            Thread.currentThread().interrupt();
        }
        KernelDied ours = cause.get();
        if (ours != null) {
            return ours;
        }
        return KernelDied.byItself(process.exitValue(), standardError());
    }

    /** The end of what it wrote before it closed this stream, which is the last step of locking in. */
    private String standardError() {
        try {
            String text = new String(process.getErrorStream().readNBytes(1 << 16), StandardCharsets.UTF_8).strip();
            return KernelMessage.wellFormed(text.substring(Math.max(0, text.length() - 2000)));
        } catch (IOException | UncheckedIOException e) {
            return "";
        }
    }

    /**
     * Ends the process at once, from any thread; the first reason given stands. By its handle, because
     * {@link Process#destroyForcibly} also closes the streams under a thread that reads them.
     */
    void kill(Outcome outcome, String reason) {
        cause.compareAndSet(null, new KernelDied(outcome, reason));
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.toHandle().destroyForcibly();
    }

    /**
     * Runs {@code action} when the process is gone and its memory is free. On a thread of its own: {@link Process#onExit}
     * needs a worker of the common pool, which on a small machine is one, and anybody's.
     */
    void whenGone(Runnable action) {
        Thread.ofVirtual().name("kernel-gone").start(() -> {
            try {
                process.waitFor();
            } catch (InterruptedException e) { // nobody interrupts this thread
                Thread.currentThread().interrupt();
            }
            action.run();
        });
    }

    /** Carries a kernel's death out of {@link Codebase#forEach}. */
    private static final class LoadingEnded extends RuntimeException {

        private final transient KernelDied died;

        LoadingEnded(KernelDied died) {
            super(died);
            this.died = died;
        }
    }
}
