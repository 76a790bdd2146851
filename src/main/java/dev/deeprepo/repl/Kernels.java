package dev.deeprepo.repl;

import com.sun.management.OperatingSystemMXBean;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.unit.DataSize;

/**
 * All kernels of this process. None is started before a probe has shown that the sandbox holds, more than the machine has
 * room for wait, and none outlives its repl.
 */
public final class Kernels implements ReplFactory, AutoCloseable {

    private static final Duration PROBING = Duration.ofSeconds(20);

    private static final Logger log = LoggerFactory.getLogger(Kernels.class);

    /** Reads the rest of the program, which the host sends before any frame: no file, and nothing to see in {@code ps}. */
    private static final String BOOTSTRAP = "import sys,builtins;"
            + "exec(compile(sys.stdin.buffer.read(int(sys.argv[1])),'kernel.py','exec'),"
            + "{'__name__':'kernel','__builtins__':dict(vars(builtins))})"; // its own: model code can change the others

    /** Attacks as model code would, also by way of the kernel's own globals, and prints what was not refused. */
    private static final String PROBE = new String(resource("probe.py"), StandardCharsets.UTF_8);

    private final ReplSettings settings;
    private final Admission admission;
    private final byte[] program = resource("kernel.py");
    /**
     * Starts every kernel, and never ends: the system kills a kernel when the thread that started it ends, which is how
     * none survives this process.
     */
    private final ExecutorService spawner = Executors
            .newSingleThreadExecutor(Thread.ofPlatform().daemon().name("kernel-spawner").factory());
    private final ScheduledThreadPoolExecutor watcher = new ScheduledThreadPoolExecutor(1,
            Thread.ofPlatform().daemon().name("kernel-watcher").factory());
    private @Nullable Python python;
    private @Nullable Sandbox sandbox;

    public Kernels(ReplSettings settings) {
        this.settings = settings;
        DataSize total = settings.totalMemory();
        this.admission = new Admission(settings.maxKernels(),
                Math.max(settings.memory().toBytes(), total == null ? freeForKernels() : total.toBytes()));
        watcher.setRemoveOnCancelPolicy(true);
    }

    @Override
    public Repl open(Codebase codebase, Patience patience) {
        Sandbox now = sandbox();
        if (!now.fit()) {
            throw new ReplException(now.detail(), null);
        }
        long memory = admission.enter(settings.memory().toBytes() + 6 * codebase.bytes(), patience);
        var repl = new KernelRepl(() -> spawn(memory), codebase, settings.cellTimeout(),
                () -> admission.leave(memory));
        boolean started = false;
        try {
            repl.start(patience);
            started = true;
            return repl;
        } catch (KernelDied e) {
            throw new ReplException("no kernel can be started: " + e.reason(), e);
        } finally {
            if (!started) {
                repl.close();
            }
        }
    }

    /** How many kernels are alive. */
    public int running() {
        return admission.inside();
    }

    /** Whether model code can be run, found out by trying once; tried again as long as it cannot. */
    @Override
    public synchronized Sandbox sandbox() {
        if (sandbox == null || !sandbox.fit()) {
            Sandbox before = sandbox;
            Sandbox found = probe();
            sandbox = found;
            if (!found.fit() && !found.equals(before) && !watcher.isShutdown()) {
                log.error("No analysis will be run: {}", found.detail());
            } else if (found.fit() && found.mode() == SandboxMode.NONE) {
                log.warn("{}", found.detail());
            } else if (found.fit()) {
                log.info("{}", found.detail());
            }
        }
        return sandbox;
    }

    private Sandbox probe() {
        boolean required = settings.sandbox() == SandboxMode.REQUIRED;
        if (required && !System.getProperty("os.name").equals("Linux")) {
            return unfit("the sandbox needs Linux; deeprepo.repl.sandbox=none runs model code without one");
        }
        Kernel kernel = null;
        try {
            python = Python.find(settings.python());
            kernel = spawn(settings.memory().toBytes());
            String version = kernel.start();
            if (required) {
                prove(kernel);
            }
            kernel.check(PROBING);
            return new Sandbox(true, settings.sandbox(), version,
                    required
                            ? "Python %s behind a system call filter".formatted(version)
                            : "Python %s WITHOUT a sandbox: what a model writes runs with this user's rights"
                                    .formatted(version));
        } catch (KernelDied e) {
            return unfit("the kernel cannot lock itself in: " + e.reason());
        } catch (RejectedExecutionException e) {
            return unfit("the service stops");
        } catch (ReplException e) {
            return unfit(String.valueOf(e.getMessage()));
        } finally {
            if (kernel != null) {
                kernel.kill(CellResult.Outcome.DIED, "the probe is over");
            }
        }
    }

    private static void prove(Kernel kernel) throws KernelDied {
        Cell probe = new Cell(0, 0, PROBE, Instant.EPOCH, 0, Map.of());
        KernelMessage.Done done = kernel.run(probe, PROBING, call -> new Kernel.Reply(call.prompts(), Map.of()));
        if (!done.output().endsWith(": none\n")) {
            throw new ReplException("the sandbox does not hold on this system: of %s%s".formatted(done.output().strip(),
                    done.error() == null ? "" : done.error()), null);
        }
    }

    private Sandbox unfit(String detail) {
        return new Sandbox(false, settings.sandbox(), null, detail);
    }

    private Kernel spawn(long memory) {
        Python found = python;
        if (found == null) {
            throw new IllegalStateException("spawn before the probe");
        }
        var command = new ProcessBuilder(found.executable().toString(), "-s", "-S", "-B", "-X", "utf8", "-c", BOOTSTRAP,
                "" + program.length, "" + ProcessHandle.current().pid(), "" + memory,
                "" + Math.max(3600, 30 * settings.cellTimeout().toSeconds()),
                settings.sandbox() == SandboxMode.REQUIRED ? "required" : "none").directory(Path.of("/").toFile());
        command.environment().clear();
        command.environment().putAll(Map.of("PYTHONHASHSEED", "0", "TZ", "UTC"));
        try {
            return CompletableFuture.supplyAsync(() -> {
                try {
                    return new Kernel(command.start(), watcher, program);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }, spawner).join();
        } catch (CompletionException e) {
            throw new ReplException(found.executable() + " cannot be started: " + e.getCause(), e);
        }
    }

    private static byte[] resource(String name) {
        try (InputStream resource = Kernels.class.getResourceAsStream("/repl/" + name)) {
            if (resource == null) {
                throw new IllegalStateException("repl/" + name + " is not on the class path");
            }
            return resource.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the machine, or the container, has besides this process's own heap. */
    private static long freeForKernels() {
        var system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return system.getTotalMemorySize() - Runtime.getRuntime().maxMemory();
    }

    /** Ends all kernels. */
    @Override
    public void close() {
        spawner.shutdownNow();
        watcher.shutdownNow();
    }
}
