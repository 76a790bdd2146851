package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.CellStarted;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.RunStarted;
import dev.deeprepo.journal.Event.TurnStarted;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

@SecondLane
class ResumeTest {

    private static final Completion[] TURNS = {cells("print metadata"),
            cells("set x forty-two\nquery what is it?", "time\nraise ValueError", "batch empty,empty,full"),
            ScriptedModel.text("Now wide.\n```python\nbatches file 37\n```\n"), ScriptedModel.text("I am done."),
            cells("get x\nquery the last one\nanswer # Report"), cells("print never")};

    private static Stage stage() {
        return new Stage().root(TURNS);
    }

    /** Cuts the journal of a finished run after each entry, and resumes from there. */
    @Test
    void resumesFromEveryPrefixToTheSameEndWithoutBuyingAnyReplyTwice() {
        Stage whole = stage();
        Outcome expected = whole.run();
        assertThat(expected).isEqualTo(new Outcome.Completed("# Report"));
        List<Entry> journal = whole.entries();
        assertThat(whole.rootCalls()).hasSize(5);
        assertThat(whole.subCalls()).hasSize(1 + 2 + 37 + 1);

        for (int cut = 0; cut <= journal.size(); cut++) {
            Stage resumed = refusing(stage().after(journal.subList(0, cut)));
            assertThat(resumed.run()).as("cut after %d", cut).isEqualTo(expected);
            check(resumed, whole, cut);
        }
    }

    @Test
    void resumesAResumedRunThatIsCutAgain() {
        Stage whole = stage();
        Outcome expected = whole.run();
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            List<Entry> journal = whole.entries();
            int cut = 0;
            Stage resumed = null;
            for (int crash = 0; crash < 3; crash++) {
                cut += random.nextInt(journal.size() - cut + 1);
                resumed = refusing(stage().after(journal.subList(0, cut)));
                assertThat(resumed.run()).isEqualTo(expected);
                check(resumed, whole, cut);
                journal = resumed.entries();
            }
        }
    }

    /** Makes both models refuse to be asked for what is on record. */
    private static Stage refusing(Stage stage) {
        Set<Integer> turns = new HashSet<>();
        Set<String> prompts = new HashSet<>();
        Set<CallKey> replied = stage.events(ModelReplied.class).stream().map(ModelReplied::key)
                .collect(Collectors.toSet());
        stage.events(ModelAsked.class).stream().filter(asked -> replied.contains(asked.key())).forEach(asked -> {
            if (asked.role() == Role.ROOT) {
                turns.add(asked.key().turn());
            } else {
                prompts.add(asked.prompt());
            }
        });
        stage.root = guarded(stage.root, call -> !turns.contains(Stage.turn(call)));
        stage.sub = guarded(stage.sub, call -> !prompts.contains(Stage.prompt(call)));
        return stage;
    }

    private static ScriptedModel guarded(dev.deeprepo.llm.LanguageModel model, Function<ModelCall, Boolean> allowed) {
        return new ScriptedModel(call -> {
            if (!allowed.apply(call)) {
                throw new AssertionError("bought twice: " + call.messages().getLast());
            }
            return model.complete(call);
        });
    }

    private static void check(Stage resumed, Stage whole, int cut) {
        List<Entry> entries = resumed.entries();
        List<Event> before = entries.subList(0, cut).stream().map(Entry::event).toList();
        List<Event> after = entries.subList(cut, entries.size()).stream().map(Entry::event).toList();
        // every step stands in the journal once
        once(resumed.events(RunStarted.class), event -> "run");
        once(resumed.events(TurnStarted.class), TurnStarted::turn);
        once(resumed.events(CellStarted.class), event -> event.turn() + "." + event.cell());
        once(resumed.events(CellFinished.class), event -> event.turn() + "." + event.cell());
        once(resumed.events(ModelReplied.class), ModelReplied::key);
        // the same replies in the end, each bought once
        assertThat(keys(resumed)).isEqualTo(keys(whole));
        // uncertain calls are flagged, once each
        Set<CallKey> answered = before.stream().filter(ModelReplied.class::isInstance)
                .map(event -> ((ModelReplied) event).key()).collect(Collectors.toSet());
        long uncertain = before.stream().filter(ModelAsked.class::isInstance).count()
                - before.stream().filter(event -> event instanceof ModelReplied reply
                        && reply.source() == ModelReplied.Source.MODEL).count();
        long flagged = resumed.events(Warned.class).stream().filter(warned -> warned.code().equals("call-uncertain"))
                .count();
        assertThat(flagged).isEqualTo(uncertain);
        // what was asked anew had no reply
        assertThat(after).filteredOn(ModelAsked.class::isInstance)
                .noneMatch(event -> answered.contains(((ModelAsked) event).key()));
        // the root model is told the very same, turn for turn
        for (ModelCall call : resumed.rootCalls()) {
            ModelCall original = whole.rootCalls().get(Stage.turn(call) - 1);
            assertThat(call.system()).isEqualTo(original.system());
            assertThat(texts(call)).isEqualTo(texts(original));
        }
    }

    /** Messages, without the one thing that differs: what the clock said in a cell that had not ended yet. */
    private static String texts(ModelCall call) {
        return call.messages().toString().replaceAll("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "TIME");
    }

    private static Set<CallKey> keys(Stage stage) {
        return stage.events(ModelReplied.class).stream().map(ModelReplied::key).collect(Collectors.toSet());
    }

    private static <E> void once(List<E> events, Function<E, Object> key) {
        assertThat(events.stream().map(key)).doesNotHaveDuplicates();
    }

    @Test
    void runsAnUnfinishedCellWithItsRecordedClockAndSeed() {
        Stage whole = new Stage().root(cells("time"), cells("answer done"));
        whole.run();
        int cut = indexOf(whole, CellStarted.class) + 1;
        Stage resumed = new Stage().root(cells("time"), cells("answer done")).after(whole.entries().subList(0, cut));
        resumed.run();
        CellStarted started = whole.events(CellStarted.class).getFirst();
        assertThat(resumed.repl.cells.getFirst().startedAt()).isEqualTo(started.startedAt());
        assertThat(resumed.repl.cells.getFirst().seed()).isEqualTo(started.seed());
        assertThat(resumed.events(CellFinished.class).getFirst().observation())
                .isEqualTo(whole.events(CellFinished.class).getFirst().observation());
    }

    @Test
    void opensNoKernelWhenTheAnswerIsOnRecord() {
        Stage whole = stage();
        whole.run();
        Stage resumed = new Stage().after(whole.entries());
        resumed.opener = _ -> {
            throw new AssertionError("no kernel is needed");
        };
        assertThat(resumed.run()).isEqualTo(new Outcome.Completed("# Report"));
        assertThat(resumed.entries()).hasSameSizeAs(whole.entries());
    }

    @Test
    void stopsAsDivergedWhenACellAsksForSomethingElse() {
        Stage whole = new Stage().root(cells("query one"), cells("answer done"));
        whole.run();
        List<Entry> changed = whole.entries().subList(0, whole.entries().size() - 3).stream()
                .map(entry -> entry.event() instanceof CellStarted started
                        ? new Entry(entry.id(), entry.sequence(), entry.attempt(), entry.at(),
                                new CellStarted(started.turn(), started.cell(), "query two", null, started.startedAt(),
                                        started.seed(), null))
                        : entry)
                .toList();
        Stage resumed = new Stage().root(cells("query one"), cells("answer done")).after(changed);
        assertThat(resumed.run()).isInstanceOfSatisfying(Outcome.Failed.class, failed -> {
            assertThat(failed.code()).isEqualTo("replay-diverged");
            assertThat(failed.retryable()).isFalse();
        });
        assertThat(resumed.subCalls()).isEmpty();
        assertThat(resumed.rootCalls()).isEmpty();
        assertThat(resumed.repl.closed).isTrue();
    }

    @Test
    void stopsAsDivergedWhenAFinishedCellAsksForMoreThanIsOnRecord() {
        Stage whole = new Stage().root(cells("print one"), cells("answer done"));
        whole.run();
        List<Entry> changed = whole.entries().subList(0, whole.entries().size() - 3).stream()
                .map(entry -> entry.event() instanceof CellStarted started
                        ? new Entry(entry.id(), entry.sequence(),
                                entry.attempt(), entry.at(),
                                new CellStarted(started.turn(), started.cell(), "query new", null,
                                        started.startedAt(), started.seed(), null))
                        : entry)
                .toList();
        Stage resumed = new Stage().root(cells("print one"), cells("answer done")).after(changed);
        assertThat(resumed.run()).isInstanceOf(Outcome.Failed.class);
        assertThat(resumed.subCalls()).isEmpty();
    }

    @Test
    void doesNotRunACellAgainThatEndedByALimitAndTellsTheModel() {
        Completion[] turns = {cells("set x 1", "set y 2\nend TIMEOUT"), cells("get x", "get y"), cells("answer done")};
        Stage whole = new Stage().root(turns);
        whole.run();
        int turn2 = whole.entries().indexOf(whole.entries().stream()
                .filter(entry -> entry.event() instanceof TurnStarted started && started.turn() == 2).findFirst()
                .orElseThrow());
        Stage resumed = new Stage().root(turns).after(whole.entries().subList(0, turn2));
        resumed.run();
        assertThat(resumed.repl.cells.stream().map(cell -> cell.code())).startsWith("set x 1", "get x")
                .doesNotContain("set y 2\nend TIMEOUT");
        assertThat(resumed.events(CellFinished.class).get(2).observation()).contains("The service was restarted")
                .contains("turn 1, cell 1");
        assertThat(resumed.events(CellFinished.class).get(3).observation()).doesNotContain("The service was restarted");
    }

    @Test
    void endsTheSameWayWhenTheRootCallThatWasGivenUpIsOnRecord() {
        Stage whole = new Stage();
        whole.root = new ScriptedModel(call -> {
            throw new ModelException.Permanent("401: no such key", 401, null);
        });
        Outcome failed = whole.run();
        Stage resumed = new Stage().after(whole.entries());
        assertThat(resumed.run()).isEqualTo(failed);
    }

    @Test
    void meetsTheSameBudgetRefusalAgain() {
        Completion[] turns = {cells("queries q 5"), cells("answer done")};
        Stage whole = new Stage().root(turns);
        whole.budget = new Budget(20, Cost.usd("5"), 3, null, Duration.ofMinutes(5));
        whole.run();
        assertThat(whole.subCalls()).hasSize(3);
        for (int cut = 0; cut <= whole.entries().size(); cut++) {
            Stage resumed = refusing(new Stage().root(turns).after(whole.entries().subList(0, cut)));
            resumed.budget = whole.budget;
            assertThat(resumed.run()).isEqualTo(new Outcome.Completed("done"));
            long paid = resumed.events(ModelAsked.class).stream().filter(asked -> asked.role() == Role.SUB).count();
            assertThat(paid).as("cut after %d", cut).isLessThanOrEqualTo(3);
        }
    }

    /** In a batch many slots meet the refusal at once, and a replay must tell each the same, whatever order they come in. */
    @Test
    void meetsTheSameBudgetRefusalAgainInABatch() {
        Completion[] turns = {cells("batches q 40"), cells("query more"), cells("answer done")};
        Stage whole = new Stage().root(turns);
        whole.budget = new Budget(20, Cost.usd("5"), 3, null, Duration.ofMinutes(5));
        whole.run();
        assertThat(whole.subCalls()).hasSize(3);
        int finished = whole.entries().indexOf(whole.entries().stream()
                .filter(entry -> entry.event() instanceof CellFinished).findFirst().orElseThrow());
        for (int round = 0; round < 20; round++) {
            Stage resumed = refusing(new Stage().root(turns).after(whole.entries().subList(0, finished + 1)));
            resumed.budget = whole.budget;
            assertThat(resumed.run()).isEqualTo(new Outcome.Completed("done"));
            assertThat(resumed.subCalls()).isEmpty();
        }
    }

    /** A reply may be cut inside an emoji; what cannot be stored must not be built upon either. */
    @Test
    void goesOnWithTheRootReplyAsItIsOnRecord() {
        Completion cut = new Completion(
                new Message.Assistant("cut \uD83D", cells("print 1").message().toolCalls(), null),
                Completion.StopReason.TOOL_USE, Usage.of(100, 10), null, null);
        Stage whole = new Stage().root(cut, cells("answer done"));
        whole.run();

        ModelReplied recorded = whole.events(ModelReplied.class).getFirst();
        Message.Assistant told = (Message.Assistant) whole.rootCalls().get(1).messages().get(1);
        assertThat(told.text()).isEqualTo("cut ?").isEqualTo(Buyer.read(recorded).text());
    }

    @Test
    void keepsTheReservationOfAnUncertainCallSpent() {
        Completion[] turns = {cells("queries one 3"), cells("answer done")};
        Stage whole = new Stage().root(turns);
        whole.run();
        int asked = whole.entries().indexOf(whole.entries().stream()
                .filter(entry -> entry.event() instanceof ModelAsked call && call.role() == Role.SUB).findFirst()
                .orElseThrow());
        Stage resumed = new Stage().root(turns).after(whole.entries().subList(0, asked + 1));
        resumed.budget = new Budget(20, Cost.usd("5"), 1, null, Duration.ofMinutes(5));
        resumed.run();
        assertThat(resumed.subCalls()).as("the one call allowed may have been paid").isEmpty();
        assertThat(resumed.events(CellFinished.class).getFirst().observation()).contains("[ERROR budget maxSubCalls");

        for (int cut = asked + 1; cut < resumed.entries().size(); cut++) {
            Stage again = new Stage().root(turns).after(resumed.entries().subList(0, cut));
            again.budget = resumed.budget;
            assertThat(again.run()).as("cut after %d", cut).isEqualTo(new Outcome.Completed("done"));
            assertThat(again.subCalls()).isEmpty();
        }
    }

    private static int indexOf(Stage stage, Class<? extends Event> kind) {
        return (int) stage.entries().stream().map(Entry::event).takeWhile(event -> !kind.isInstance(event)).count();
    }
}
