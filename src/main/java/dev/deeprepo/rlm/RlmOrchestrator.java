package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.llm.LlmSettings;
import dev.deeprepo.llm.Models;
import dev.deeprepo.repl.Codebase;
import dev.deeprepo.repl.ReplFactory;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import dev.deeprepo.repl.Sandbox;
import dev.deeprepo.usage.PriceList;
import java.time.Clock;
import java.util.function.BiConsumer;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/** Brings a run its models, its kernel and its prices. */
@Component
final class RlmOrchestrator implements Orchestrator {

    private final Models models;
    private final ReplFactory repls;
    private final PriceList prices;
    private final Clock clock;
    private final int subConcurrency;

    RlmOrchestrator(Models models, ReplFactory repls, PriceList prices, Clock clock, LlmSettings settings) {
        this.models = models;
        this.repls = repls;
        this.prices = prices;
        this.clock = clock;
        this.subConcurrency = settings.subConcurrency();
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
            case Method.Baseline _,Method.Compare _,Method.Auto _ -> throw new UnsupportedOperationException();
        };
    }

    private Run run(Attempt attempt, Method.Rlm rlm) {
        return new Run(attempt, rlm, models.of(rlm.root()), models.of(rlm.sub()),
                stopped -> repls.open(new Loaded(attempt.snapshot()), stopped), subConcurrency);
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
