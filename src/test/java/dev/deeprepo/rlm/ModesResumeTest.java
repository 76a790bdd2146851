package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.TextSnapshot;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.InMemoryJournal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.LlmSettings;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.llm.ScriptedModels;
import dev.deeprepo.repl.Codebase;
import dev.deeprepo.repl.Patience;
import dev.deeprepo.repl.Repl;
import dev.deeprepo.repl.ReplFactory;
import dev.deeprepo.repl.ReplSettings.SandboxMode;
import dev.deeprepo.repl.Sandbox;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.DayBudget;
import dev.deeprepo.usage.DayBudgets;
import dev.deeprepo.usage.OwnerAllowance;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** A comparison, or a choice, that is cut off after any entry of its journal, and goes on. */
class ModesResumeTest {

    private static final Method.Rlm RLM = new Method.Rlm(Candidates.only(ScriptedModels.ROOT),
            Candidates.only(ScriptedModels.SUB));
    private static final Method.Baseline BASELINE = new Method.Baseline(Candidates.only(ScriptedModels.ROOT));
    private static final TextSnapshot REPOSITORY = new TextSnapshot("demo").with("a.py", "x = 1\n")
            .with("b.py", "y = 2\n");

    private final AnalysisId id = AnalysisId.random();

    @Test
    void aComparisonGoesOnWhereverItWasCutAndBuysNoReplyTwice() {
        List<Entry> whole = play(new Method.Compare(RLM, BASELINE), List.of(), new Script()).entries;
        Outcome outcome = new Outcome.Compared(new Outcome.Completed("explored"), new Outcome.Completed("in one call"));

        for (int cut = 0; cut <= whole.size(); cut++) {
            List<Entry> before = whole.subList(0, cut);
            Script script = new Script();
            Played resumed = play(new Method.Compare(RLM, BASELINE), before, script);

            assertThat(resumed.outcome).as("cut after %d", cut).isEqualTo(outcome);
            for (Role role : Role.values()) {
                long recorded = before.stream().filter(entry -> entry.event() instanceof ModelReplied reply
                        && reply.role() == role).count();
                assertThat(script.calls(role)).as("%s bought after cut %d", role, cut)
                        .isEqualTo((role == Role.BASELINE ? 1 : 2) - recorded);
            }
        }
    }

    @Test
    void aChoiceIsMadeOnce() {
        Method.Auto auto = new Method.Auto(RLM, BASELINE);
        List<Entry> whole = play(auto, List.of(), new Script()).entries;
        assertThat(whole).map(Entry::event).filteredOn(Event.ModeChosen.class::isInstance)
                .singleElement().extracting(event -> ((Event.ModeChosen) event).mode()).isEqualTo("BASELINE");

        for (int cut = 0; cut <= whole.size(); cut++) {
            Played resumed = play(auto, whole.subList(0, cut), new Script());

            assertThat(resumed.outcome).isEqualTo(new Outcome.Completed("in one call"));
            assertThat(resumed.entries).map(Entry::event).filteredOn(Event.ModeChosen.class::isInstance).hasSize(1);
            assertThat(resumed.entries).map(Entry::event).filteredOn(Event.BaselinePacked.class::isInstance).hasSize(1);
        }
    }

    private record Played(Outcome outcome, List<Entry> entries) {}

    /** Explores in two turns with two sub-calls; answers a baseline at once. */
    private static final class Script {

        private final ScriptedModel root = new ScriptedModel(call -> call.role() == Role.BASELINE
                ? ScriptedModel.text("in one call")
                : Stage.turn(call) == 1 ? Stage.cells("batch p,q") : Stage.cells("answer explored"));
        private final ScriptedModel sub = new ScriptedModel(call -> ScriptedModel.text("re " + Stage.prompt(call)));

        long calls(Role role) {
            return (role == Role.SUB ? sub : root).calls().stream().map(ModelCall::role).filter(role::equals).count();
        }
    }

    private Played play(Method method, List<Entry> before, Script script) {
        InMemoryJournal journal = new InMemoryJournal();
        try (JournalWriter writer = journal.writer(id, 1)) {
            before.forEach(entry -> writer.append(entry.event()));
        }
        List<Entry> history = journal.readAll(id);
        ScriptedModels models = new ScriptedModels(script.root, script.sub);
        PriceList prices = new PriceList(List.of());
        LlmSettings settings = new Binder(new MapConfigurationPropertySource(Map.of())).bindOrCreate("deeprepo.llm",
                LlmSettings.class);
        try (JournalWriter writer = journal.writer(id, 2)) {
            Budget budget = new Budget(20, Cost.usd("5"), 500, null, Duration.ofMinutes(5));
            Task task = new Task("", REPOSITORY, new Brief(method, Domain.CODE, null, budget, false), writer, history,
                    new Cancellation(), LiveText.NONE);
            Outcome outcome = new RlmOrchestrator(models, new ScriptedRepls(), new Estimator(prices, models),
                    new Attempts(prices,
                            new DayBudgets(DayBudget.NONE, new OwnerAllowance(null), (_, _) -> Cost.ZERO),
                            Clock.systemUTC()),
                    settings,
                    new SharedReplies(new InMemoryReplyCache(Clock.systemUTC(), Duration.ofDays(7), 1_000_000)))
                    .run(task);
            return new Played(outcome, journal.readAll(id));
        }
    }

    private static final class ScriptedRepls implements ReplFactory {

        @Override
        public Repl open(Codebase codebase, Patience patience) {
            return new ScriptedRepl();
        }

        @Override
        public Sandbox sandbox() {
            return new Sandbox(true, SandboxMode.REQUIRED, "3.11", "scripted");
        }
    }
}
