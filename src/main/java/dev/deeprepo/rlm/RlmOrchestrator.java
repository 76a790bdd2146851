package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Event.ModeChosen;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.LlmSettings;
import dev.deeprepo.llm.Models;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.repl.Codebase;
import dev.deeprepo.repl.ReplFactory;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import dev.deeprepo.repl.Sandbox;
import dev.deeprepo.usage.PriceList;
import java.time.Clock;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Brings a run its models, its kernel and its prices. */
@Component
final class RlmOrchestrator implements Orchestrator {

    /** Whose replies a run shares: the service has one caller yet. */
    private static final String OWNER = "";

    private final Models models;
    private final ReplFactory repls;
    private final PriceList prices;
    private final Estimator estimator;
    private final Clock clock;
    private final LlmSettings settings;
    private final SharedReplies replies;

    RlmOrchestrator(Models models, ReplFactory repls, PriceList prices, Estimator estimator, Clock clock,
            LlmSettings settings, SharedReplies replies) {
        this.models = models;
        this.repls = repls;
        this.prices = prices;
        this.estimator = estimator;
        this.clock = clock;
        this.settings = settings;
        this.replies = replies;
    }

    @Override
    public Outcome run(Task task) {
        Attempt attempt = new Attempt(task, prices, clock);
        Sandbox sandbox = repls.sandbox();
        if (sandbox.mode() == SandboxMode.NONE) {
            attempt.warnings()
                    .once(new Warned("sandbox-none", "what the models wrote was run without a sandbox around it"));
        }
        return switch (task.brief().method()) {
            case Method.Rlm rlm -> run(attempt, rlm).play();
            case Method.Baseline baseline -> baseline(attempt, baseline, false).play();
            case Method.Compare both -> compare(run(attempt, both.rlm()), baseline(attempt, both.baseline(), true));
            case Method.Auto either -> choose(attempt, either);
        };
    }

    /** Both at once: the baseline is one long call, in which the run gets far. */
    private static Outcome compare(Run run, Baseline baseline) {
        FutureTask<Outcome> beside = new FutureTask<>(baseline::play);
        Thread.ofVirtual().name("baseline").start(beside);
        Outcome explored;
        try {
            explored = run.play();
        } catch (RuntimeException | Error e) {
            try {
                result(beside); // stopped already, and must have ended before the journal closes
            } catch (RuntimeException | Error second) {
                e.addSuppressed(second);
            }
            throw e;
        }
        return new Outcome.Compared(explored, result(beside));
    }

    /** An interrupt is kept for later: a call left behind would be left unaccounted for. */
    private static Outcome result(FutureTask<Outcome> task) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return task.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    switch (e.getCause()) {
                        case RuntimeException failure -> throw failure;
                        case Error failure -> throw failure;
                        case null, default -> throw new IllegalStateException(e);
                    }
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
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
        return new Baseline(attempt, baseline.model(), models.of(baseline.model()), shared);
    }

    private Run run(Attempt attempt, Method.Rlm rlm) {
        return new Run(attempt, rlm, models.of(rlm.root()), models.of(rlm.sub()),
                stopped -> repls.open(new Loaded(attempt.snapshot()), stopped), settings.subConcurrency(),
                sharing(attempt, rlm));
    }

    /** Null when every reply is to be bought. The offline models' are: they cost nothing, and change with the version. */
    private @Nullable Sharing sharing(Attempt attempt, Method.Rlm rlm) {
        return settings.cache() && attempt.brief().cache() && rlm.sub().provider() != Provider.OFFLINE
                ? new Sharing(replies, OWNER, attempt.recording().cacheHits(), attempt.brief().budget().maxSubCalls())
                : null;
    }

    /** A snapshot as a kernel loads it. */
    private record Loaded(Snapshot snapshot) implements Codebase {

        @Override
        public void forEach(BiConsumer<String, byte[]> file) {
            snapshot.forEach(file);
        }

        @Override
        public long bytes() {
            return snapshot.files().stream().mapToLong(Snapshot.SourceFile::bytes).sum();
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
