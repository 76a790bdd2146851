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
        Sandbox sandbox = repls.sandbox();
        if (sandbox.mode() == SandboxMode.NONE) {
            new Warnings(task.journal(), new Recording(task.history()))
                    .once(new Warned("sandbox-none", "what the models wrote was run without a sandbox around it"));
        }
        return new Run(task, models.of(task.rootModel()), models.of(task.subModel()),
                stopped -> repls.open(new Loaded(task.snapshot()), stopped), prices, clock, subConcurrency).play();
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
