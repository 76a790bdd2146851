package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.ScriptedModel;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** A run that failed, and is tried again. */
class ReopenedTest {

    private static final Completion[] TURNS = {cells("query one"), cells("batch two,three"), cells("answer # Done")};

    /** Fails calls of both models until told otherwise. */
    private static Stage failing(Predicate<ModelCall> out, ModelException failure) {
        Stage stage = new Stage();
        stage.root = new ScriptedModel(call -> {
            if (out.test(call)) {
                throw failure;
            }
            return TURNS[Stage.turn(call) - 1];
        });
        stage.sub = new ScriptedModel(call -> {
            if (out.test(call)) {
                throw failure;
            }
            return ScriptedModel.text("re " + Stage.prompt(call));
        });
        return stage;
    }

    private static ModelException away() {
        return new ModelException.Transient("503: away", 503, null, null);
    }

    @Test
    void asksTheRootCallAnewThatItFailedForAndNothingElse() {
        Stage failed = failing(call -> Stage.turn(call) == 2 && call.messages().size() > 1, away());
        Outcome outcome = failed.run();
        assertThat(outcome).isInstanceOf(Outcome.Partial.class);

        Stage again = new Stage().root(TURNS).after(failed.entries()).end().reopen();

        assertThat(again.run()).isEqualTo(new Outcome.Completed("# Done"));
        assertThat(again.rootCalls()).extracting(Stage::turn).containsExactly(2, 3);
        assertThat(again.subCalls()).extracting(Stage::prompt).containsExactlyInAnyOrder("two", "three");
        assertThat(again.events(Warned.class)).noneMatch(warned -> warned.code().equals("call-uncertain"));
        assertThat(Trajectory.of(again.entries()).uncertain()).isZero();
    }

    @Test
    void goesOnWhereverItWasCutAfterwards() {
        Stage failed = failing(call -> Stage.turn(call) == 2 && call.messages().size() > 1, away());
        failed.run();
        Stage whole = new Stage().root(TURNS).after(failed.entries()).end().reopen();
        int reopened = whole.entries().size();
        whole.run();

        for (int cut = reopened; cut <= whole.entries().size(); cut++) {
            List<Entry> before = whole.entries().subList(0, cut);
            Set<CallKey> known = new HashSet<>();
            before.forEach(entry -> {
                if (entry.event() instanceof ModelReplied reply && reply.error() == null) {
                    known.add(reply.key());
                }
            });
            Stage resumed = new Stage().root(TURNS).after(before);
            assertThat(resumed.run()).as("cut after %d", cut).isEqualTo(new Outcome.Completed("# Done"));
            assertThat(resumed.entries().subList(cut, resumed.entries().size()).stream().map(Entry::event))
                    .filteredOn(ModelAsked.class::isInstance)
                    .noneMatch(event -> known.contains(((ModelAsked) event).key()));
        }
    }

    /** A key that is refused in a sub-call ends the run, and may be another one by now. */
    @Test
    void asksTheSubCallAnewThatEndedTheRun() {
        Stage failed = failing(call -> call.messages().size() == 1 && Stage.prompt(call).equals("three"),
                new ModelException.Permanent("401: no such key", 401, null));
        Outcome outcome = failed.run();
        assertThat(outcome).isNotInstanceOf(Outcome.Completed.class);

        Stage again = new Stage().root(TURNS).after(failed.entries()).end().reopen();

        assertThat(again.run()).isEqualTo(new Outcome.Completed("# Done"));
        assertThat(again.subCalls()).extracting(Stage::prompt).contains("three").doesNotContain("one");
    }

    /** What a cell was told stays so: its output rests on it. */
    @Test
    void leavesACallThatFailedInACellThatEndedAsItWas() {
        Stage failed = failing(call -> call.messages().size() == 1 && Stage.prompt(call).equals("two")
                || call.messages().size() > 1 && Stage.turn(call) == 3, away());
        failed.run();

        Stage again = new Stage().root(TURNS).after(failed.entries()).end().reopen();

        assertThat(again.run()).isEqualTo(new Outcome.Completed("# Done"));
        assertThat(again.subCalls()).isEmpty();
        assertThat(again.rootCalls()).hasSize(1);
    }

    @Test
    void beginsAgainWithTheFirstModelAfterAllWereOut() {
        Stage failed = failing(call -> call.messages().size() > 1 && Stage.turn(call) == 2, away());
        failed.rootFallbacks = List.of(new ModelId(Provider.OPENAI, "second"));
        failed.run();

        Stage again = new Stage().root(TURNS).after(failed.entries()).end().reopen();
        again.rootFallbacks = failed.rootFallbacks;

        assertThat(again.run()).isEqualTo(new Outcome.Completed("# Done"));
        assertThat(again.rootCalls()).extracting(ModelCall::model).containsOnly("root-model");
    }

    /** It was nobody's running time between the failure and the next try. */
    @Test
    void theTimeBetweenIsNotCounted() {
        Stage failed = failing(call -> Stage.turn(call) == 2 && call.messages().size() > 1, away());
        SettableClock clock = new SettableClock();
        failed.journal = new dev.deeprepo.journal.InMemoryJournal(clock);
        failed.clock = clock;
        failed.run();
        failed.end();
        clock.advance(Duration.ofHours(5));
        failed.reopen().root(TURNS);
        failed.opener = _ -> new ScriptedRepl();

        assertThat(failed.run()).isEqualTo(new Outcome.Completed("# Done"));
        assertThat(Trajectory.of(failed.entries()).running()).isZero();
    }
}
