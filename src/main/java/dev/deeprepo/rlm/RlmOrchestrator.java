package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Event.KernelAwaited;
import dev.deeprepo.journal.Event.ModeChosen;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.LlmSettings;
import dev.deeprepo.llm.Models;
import dev.deeprepo.repl.Codebase;
import dev.deeprepo.repl.Patience;
import dev.deeprepo.repl.ReplFactory;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import dev.deeprepo.repl.Sandbox;
import dev.deeprepo.usage.Role;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Brings a run its models and its kernel, and plays it by its method. */
@Component
final class RlmOrchestrator implements Orchestrator {

    private final Models models;
    private final ReplFactory repls;
    private final Estimator estimator;
    private final Attempts attempts;
    private final LlmSettings settings;
    private final SharedReplies replies;

    RlmOrchestrator(Models models, ReplFactory repls, Estimator estimator, Attempts attempts, LlmSettings settings,
            SharedReplies replies) {
        this.models = models;
        this.repls = repls;
        this.estimator = estimator;
        this.attempts = attempts;
        this.settings = settings;
        this.replies = replies;
    }

    @Override
    public Outcome run(Task task) {
        Attempt attempt = attempts.begin(task);
        Sandbox sandbox = repls.sandbox();
        if (sandbox.mode() == SandboxMode.NONE) {
            attempt.warnings()
                    .once(new Warned("sandbox-none", "what the models wrote was run without a sandbox around it"));
        }
        return switch (task.brief().method()) {
            case Method.Rlm rlm -> run(attempt, rlm).play();
            case Method.Baseline baseline -> baseline(attempt, baseline, false).play();
            case Method.Compare both ->
                Comparing.both(run(attempt, both.rlm()), baseline(attempt, both.baseline(), true));
            case Method.Auto either -> choose(attempt, either);
        };
    }

    /** Counting a large repository takes seconds, in which a run can be cancelled like in any other. */
    private Outcome choose(Attempt attempt, Method.Auto either) {
        ModeChosen recorded = attempt.recording().chosen();
        Baseline baseline = baseline(attempt, either.baseline(), false);
        if (recorded != null) {
            return follow(recorded, attempt, either, baseline);
        }
        Cancellation stop = new Cancellation();
        AtomicReference<@Nullable ModeChosen> chosen = new AtomicReference<>();
        Outcome stopped = attempt.play(stop, () -> {
            ModeChosen choice = estimator.choose(attempt, either, baseline.plan(), () -> attempt.checkTime(stop));
            attempt.journal().append(choice);
            chosen.set(choice);
            return new Outcome.Completed("");
        }, () -> "");
        ModeChosen choice = chosen.get();
        return choice == null ? stopped : follow(choice, attempt, either, baseline);
    }

    private Outcome follow(ModeChosen chosen, Attempt attempt, Method.Auto either, Baseline baseline) {
        return chosen.mode().equals(Estimator.BASELINE) ? baseline.play() : run(attempt, either.rlm()).play();
    }

    private Baseline baseline(Attempt attempt, Method.Baseline baseline, boolean shared) {
        return new Baseline(attempt, new Relay(attempt, Role.BASELINE, baseline.model(), models::of), shared);
    }

    private Run run(Attempt attempt, Method.Rlm rlm) {
        return new Run(attempt, new Relay(attempt, Role.ROOT, rlm.root(), models::of),
                new Relay(attempt, Role.SUB, rlm.sub(), models::of),
                stopped -> repls.open(Loaded.of(attempt), new Waits(stopped, attempt.journal())),
                settings.subConcurrency(),
                sharing(attempt));
    }

    /** Null when every reply is to be bought. */
    private @Nullable Sharing sharing(Attempt attempt) {
        return settings.cache() && attempt.brief().cache()
                ? new Sharing(replies, attempt.owner(), attempt.recording().calls().cacheHits(),
                        attempt.brief().budget().maxSubCalls())
                : null;
    }

    /** A run that waits for a kernel until it is stopped, and says so. */
    private record Waits(BooleanSupplier stopped, JournalWriter journal) implements Patience {

        @Override
        public boolean isOver() {
            return stopped.getAsBoolean();
        }

        @Override
        public void waits(int kernels) {
            journal.append(new KernelAwaited(kernels));
        }
    }

    /** A snapshot as a kernel loads it, with what the run builds on. */
    private record Loaded(Snapshot snapshot, String extrasJson) implements Codebase {

        static Loaded of(Attempt attempt) {
            Basis basis = attempt.recording().basis();
            return new Loaded(attempt.snapshot(), JsonMapper.shared()
                    .writeValueAsString(basis == null ? Map.of() : basis.inPython(attempt.snapshot())));
        }

        @Override
        public void forEach(BiConsumer<String, byte[]> file) {
            snapshot.forEach(file);
        }

        @Override
        public long bytes() {
            return snapshot.files().stream().mapToLong(Snapshot.SourceFile::bytes).sum() + extrasJson.length();
        }

        @Override
        public String fileTree() {
            return snapshot.fileTree();
        }

        @Override
        public String metadataJson() {
            return JsonMapper.shared().writeValueAsString(snapshot.metadata());
        }
    }
}
