package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.ThinkingDropped;
import dev.deeprepo.journal.Event.TurnStarted;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A run that parts from another at one of its turns. */
class ForkTest {

    private static final ModelId OTHER = new ModelId(Provider.OPENAI, "other-root");
    private static final Completion[] PARENT = {cells("set x forty-two\nquery one"), cells("batch two,three"),
            cells("query four"), cells("answer # Parent")};
    private static final Completion[] CHILD = {PARENT[0], PARENT[1], cells("get x\nquery five"),
            cells("answer # Child")};

    private static Stage parent() {
        Stage parent = new Stage().root(PARENT);
        assertThat(parent.run()).isEqualTo(new Outcome.Completed("# Parent"));
        return parent;
    }

    @Test
    void replaysWhatItInheritsAndBuysFromItsTurnOn() {
        Stage fork = new Stage().forkOf(parent(), 3, "mind the gap").root(CHILD);

        assertThat(fork.run()).isEqualTo(new Outcome.Completed("# Child"));

        assertThat(fork.rootCalls()).extracting(Stage::turn).containsExactly(3, 4);
        assertThat(fork.subCalls()).extracting(Stage::prompt).containsExactly("five");
        assertThat(fork.repl.cells).as("the kernel has the variables of the turns before").hasSize(4);
        assertThat(fork.events(CellFinished.class).get(2).observation()).contains("forty-two");
        ModelCall first = fork.rootCalls().getFirst();
        assertThat(first.messages().getLast()).isInstanceOfSatisfying(Message.User.class,
                told -> assertThat(told.text()).contains("mind the gap", "[Turn 3/20 comes now"));
        assertThat(fork.events(Warned.class)).noneMatch(warned -> warned.code().equals("call-uncertain"));
    }

    @Test
    void whatItInheritsCostsItNothing() {
        Stage fork = new Stage().forkOf(parent(), 3, null).root(CHILD);
        fork.budget = new Budget(20, Cost.usd("5"), 1, null, Duration.ofMinutes(5));

        assertThat(fork.run()).as("one sub-call is all it needs").isEqualTo(new Outcome.Completed("# Child"));

        Trajectory trajectory = Trajectory.of(fork.entries());
        assertThat(trajectory.accounts().values().stream().mapToInt(Account::calls).sum()).isEqualTo(3);
        assertThat(trajectory.inherited().calls()).isEqualTo(5);
        assertThat(trajectory.turns()).extracting(turn -> turn.inherited()).containsExactly(true, true, false, false);
        assertThat(trajectory.turns().getFirst().usage().totalTokens()).isZero();
        assertThat(trajectory.uncertain()).isZero();
    }

    @Test
    void goesOnWhereverItWasCutAndBuysNoReplyTwice() {
        Stage parent = new Stage();
        parent.root = new ScriptedModel(call -> raw(PARENT[Stage.turn(call) - 1]));
        parent.run();
        Stage whole = new Stage().forkOf(parent, 3, "mind the gap").root(CHILD);
        whole.rootModel = OTHER;
        Outcome expected = whole.run();
        int inherited = (int) whole.entries().stream().filter(Entry::inherited).count();
        assertThat(whole.events(ThinkingDropped.class)).containsExactly(new ThinkingDropped(3, "root-model",
                "other-root"));

        for (int cut = inherited; cut <= whole.entries().size(); cut++) {
            Set<CallKey> known = new HashSet<>();
            whole.entries().subList(0, cut).stream().map(Entry::event).filter(ModelReplied.class::isInstance)
                    .forEach(event -> known.add(((ModelReplied) event).key()));
            Stage resumed = new Stage().root(CHILD).cut(whole, cut);
            resumed.rootModel = OTHER;
            assertThat(resumed.run()).as("cut after %d", cut).isEqualTo(expected);
            assertThat(resumed.entries().subList(cut, resumed.entries().size()).stream().map(Entry::event))
                    .filteredOn(ModelAsked.class::isInstance)
                    .noneMatch(event -> known.contains(((ModelAsked) event).key()));
            assertThat(resumed.events(ThinkingDropped.class)).as("cut after %d", cut).hasSize(1);
            assertThat(resumed.events(TurnStarted.class)).extracting(TurnStarted::turn).doesNotHaveDuplicates();
            for (ModelCall call : resumed.rootCalls()) {
                assertThat(call.messages()).isEqualTo(whole.rootCalls().get(Stage.turn(call) - 3).messages());
            }
        }
    }

    /** Its signed thinking belongs to the model that wrote it. */
    @Test
    void anotherRootModelGetsTheWordsAndNotTheThinking() {
        Stage parent = new Stage();
        parent.root = new ScriptedModel(call -> raw(PARENT[Stage.turn(call) - 1]));
        parent.run();
        Stage same = new Stage().forkOf(parent, 3, null).root(CHILD);
        same.run();
        Stage fork = new Stage().forkOf(parent, 3, null).root(CHILD);
        fork.rootModel = OTHER;

        assertThat(fork.run()).isEqualTo(new Outcome.Completed("# Child"));

        assertThat(said(same.rootCalls().getFirst())).allMatch(said -> said.raw() != null);
        assertThat(said(fork.rootCalls().getFirst())).hasSize(2).allMatch(said -> said.raw() == null);
        assertThat(same.events(ThinkingDropped.class)).isEmpty();
    }

    private static Completion raw(Completion completion) {
        return new Completion(new Message.Assistant(completion.text(), completion.message().toolCalls(), "{}"),
                completion.stopReason(), completion.usage(), null, null);
    }

    private static List<Message.Assistant> said(ModelCall call) {
        return call.messages().stream().filter(Message.Assistant.class::isInstance)
                .map(Message.Assistant.class::cast).toList();
    }

    @Test
    void aForkCanBeForked() {
        Stage fork = new Stage().forkOf(parent(), 3, "mind the gap").root(CHILD);
        fork.rootModel = OTHER;
        fork.run();
        Stage again = new Stage().forkOf(fork, 4, "and the other one").root(CHILD[0], CHILD[1], CHILD[2],
                cells("answer # Grandchild"));

        assertThat(again.run()).isEqualTo(new Outcome.Completed("# Grandchild"));

        assertThat(again.rootCalls()).singleElement().satisfies(call -> assertThat(call.messages().toString())
                .contains("mind the gap", "and the other one"));
        assertThat(again.subCalls()).isEmpty();
    }

    @Test
    void oneFromTheFirstTurnInheritsTheCommitAlone() {
        Stage parent = parent();

        assertThat(Inheritance.of(parent.entries(), 1)).isEmpty();
        Stage fork = new Stage().forkOf(parent, 1, null).root(PARENT);
        assertThat(fork.run()).isEqualTo(new Outcome.Completed("# Parent"));
        assertThat(fork.rootCalls()).hasSize(4);
    }

    @Test
    void whatTheParentPaidInVainIsNotInherited() {
        Stage parent = new Stage().root(PARENT);
        parent.run();
        int asked = parent.entries().indexOf(parent.entries().stream()
                .filter(entry -> entry.event() instanceof ModelAsked call && call.key().cell() == 0).findFirst()
                .orElseThrow());
        Stage crashed = new Stage().root(PARENT).after(parent.entries().subList(0, asked + 1));
        crashed.run();
        assertThat(crashed.events(Warned.class)).anyMatch(warned -> warned.code().equals("call-uncertain"));

        Stage fork = new Stage().forkOf(crashed, 3, null).root(CHILD);

        assertThat(fork.run()).isEqualTo(new Outcome.Completed("# Child"));
        assertThat(fork.events(Warned.class)).noneMatch(warned -> warned.code().equals("call-uncertain"));
        assertThat(Trajectory.of(fork.entries()).uncertain()).isZero();
    }

    @Test
    void theLastTurnToGoOnFromIsTheNewestOrTheOneThatThereWasNoTurnFor() {
        Stage parent = parent();
        assertThat(Inheritance.lastTurn(parent.entries())).isEqualTo(4);

        Stage cut = new Stage().root(PARENT);
        cut.budget = new Budget(2, Cost.usd("5"), 500, null, Duration.ofMinutes(5));
        Outcome outcome = cut.run();
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Partial.class, partial -> {
            cut.after(List.of(new Entry(cut.id, 1, 2, cut.clock.instant(), new Event.RunEnded("PARTIAL",
                    partial.reason(), partial.answer(), partial.detail(), false))));
        });
        assertThat(Inheritance.lastTurn(cut.entries())).isEqualTo(3);
        Stage fork = new Stage().forkOf(cut, 3, null).root(CHILD);
        assertThat(fork.run()).isEqualTo(new Outcome.Completed("# Child"));
        assertThat(fork.rootCalls()).hasSize(2);
    }

    @Test
    void aSubCallThatFailedStaysAsItWas() {
        Stage parent = new Stage().root(PARENT);
        parent.sub = new ScriptedModel(call -> {
            if (Stage.prompt(call).equals("two")) {
                throw new ModelException.Transient("503", 503, null, null);
            }
            return ScriptedModel.text("re " + Stage.prompt(call));
        });
        parent.run();
        Stage fork = new Stage().forkOf(parent, 3, null).root(CHILD);

        assertThat(fork.run()).isEqualTo(new Outcome.Completed("# Child"));

        assertThat(fork.subCalls()).extracting(Stage::prompt).containsExactly("five");
    }
}
