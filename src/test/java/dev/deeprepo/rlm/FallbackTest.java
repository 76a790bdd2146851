package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelFellBack;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.FailedAttempt;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.DayBudget;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Spending;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A call is given up for a rate limit or an outage, and the next model of its role takes over. */
@SecondLane
class FallbackTest {

    private static final ModelId ROOT_2 = new ModelId(Provider.OPENAI, "root-2");
    private static final ModelId ROOT_3 = new ModelId(Provider.ANTHROPIC, "root-3");
    private static final ModelId SUB_2 = new ModelId(Provider.ANTHROPIC, "sub-2");
    private static final ModelId SUB_3 = new ModelId(Provider.OPENAI, "sub-3");

    private static final Completion[] TURNS = {cells("batches early 5"), cells("queries mid 2\nbatches wide 20"),
            cells("batch late,late,later"), cells("query mid0\nquery last"), cells("answer # Report")};

    /** Root and sub are each given up twice: the root in turns 2 and 4, the sub in mid of one batch and at the next. */
    private static Stage stage() {
        Stage stage = new Stage();
        stage.concurrency = 4;
        stage.rootFallbacks = List.of(ROOT_2, ROOT_3);
        stage.subFallbacks = List.of(SUB_2, SUB_3);
        stage.root = new ScriptedModel(call -> {
            int turn = Stage.turn(call);
            if (call.model().equals("root-model") && turn >= 2 || call.model().equals("root-2") && turn >= 4) {
                throw limited(call);
            }
            return TURNS[turn - 1];
        });
        stage.sub = new ScriptedModel(call -> {
            String prompt = Stage.prompt(call);
            if (call.model().equals("sub/model") && prompt.matches("wide.*|la.*")
                    || call.model().equals("sub-2") && prompt.startsWith("la")) {
                throw down(call);
            }
            return ScriptedModel.text(call.model() + " on " + prompt);
        });
        return stage;
    }

    private static ModelException limited(ModelCall call) {
        call.listener().attempted(new FailedAttempt(6, ModelException.Kind.RATE_LIMITED, 429, null, "too many"));
        return new ModelException.RateLimited("429: too many (given up after 6 attempts)", 429, null);
    }

    private static ModelException down(ModelCall call) {
        call.listener().attempted(new FailedAttempt(4, ModelException.Kind.TRANSIENT, 503, null, "down"));
        return new ModelException.Transient("503: down (given up after 4 attempts)", 503, null, null);
    }

    @Test
    void theNextModelTakesOverForTheRestOfTheRun() {
        Stage stage = stage();

        assertThat(stage.run()).isEqualTo(new Outcome.Completed("# Report"));

        assertThat(stage.rootCalls()).extracting(ModelCall::model).containsExactly("root-model", "root-model", "root-2",
                "root-2", "root-2", "root-3", "root-3");
        assertThat(stage.events(ModelFellBack.class)).filteredOn(event -> event.role() == Role.ROOT).containsExactly(
                new ModelFellBack(Role.ROOT, "root-model", "root-2", "429: too many (given up after 6 attempts)"),
                new ModelFellBack(Role.ROOT, "root-2", "root-3", "429: too many (given up after 6 attempts)"));
        assertThat(stage.events(ModelFellBack.class)).filteredOn(event -> event.role() == Role.SUB)
                .extracting(ModelFellBack::from, ModelFellBack::to)
                .containsExactly(tuple("sub/model", "sub-2"),
                        tuple("sub-2", "sub-3"));
        assertThat(stage.events(CellFinished.class)).extracting(CellFinished::observation).noneMatch(
                observation -> observation.contains("[ERROR"));
        assertThat(stage.events(CellFinished.class).get(3).observation()).contains("sub-3 on mid0", "sub-3 on last");
        followsItsEvent(stage);
    }

    @Test
    void aModelThatCannotReadTheConversationIsPassedOver() {
        Stage stage = stage();
        stage.prices = new PriceList(List.of(new Price("root-2", true,
                List.of(new Price.Tier(null, BigDecimal.ONE, BigDecimal.ONE, null, null)), 1_200L, null, null, null,
                null)));

        assertThat(stage.run()).isEqualTo(new Outcome.Completed("# Report"));

        assertThat(stage.events(ModelFellBack.class)).filteredOn(event -> event.role() == Role.ROOT)
                .extracting(ModelFellBack::from, ModelFellBack::to).containsExactly(tuple("root-model", "root-3"));
        List<Entry> journal = stage.entries();
        for (int cut = 0; cut <= journal.size(); cut++) {
            Stage resumed = refusing(stage().after(journal.subList(0, cut)));
            resumed.prices = stage.prices;
            assertThat(resumed.run()).as("cut after %d", cut).isEqualTo(new Outcome.Completed("# Report"));
        }
    }

    /** A model other than the first is asked after the entry that says so. */
    private static void followsItsEvent(Stage stage) {
        Set<String> announced = new HashSet<>(Set.of("root-model", "sub/model"));
        stage.entries().forEach(entry -> {
            switch (entry.event()) {
                case ModelFellBack event -> assertThat(announced.add(event.to())).as("told once: " + event).isTrue();
                case ModelAsked event -> assertThat(announced).contains(event.model());
                default -> {
                }
            }
        });
    }

    @Test
    void resumesFromEveryPrefixToTheSameEndAndPaysNothingTwice() {
        Stage whole = stage();
        Outcome expected = whole.run();
        List<Entry> journal = whole.entries();

        for (int cut = 0; cut <= journal.size(); cut++) {
            Stage resumed = refusing(stage().after(journal.subList(0, cut)));
            assertThat(resumed.run()).as("cut after %d", cut).isEqualTo(expected);
            check(resumed, cut);

            int again = (cut + resumed.entries().size()) / 2;
            Stage twice = refusing(stage().after(resumed.entries().subList(0, again)));
            assertThat(twice.run()).as("cut after %d, then after %d", cut, again).isEqualTo(expected);
            check(twice, again);
        }
    }

    /** Makes the models refuse to be asked for what is on record: a reply by any of them, a failure by the same. */
    private static Stage refusing(Stage stage) {
        Map<CallKey, String> questions = new ConcurrentHashMap<>();
        Set<String> settled = new HashSet<>();
        stage.events(ModelAsked.class).forEach(asked -> questions.put(asked.key(), question(asked)));
        stage.events(ModelReplied.class).stream().filter(reply -> questions.containsKey(reply.key()))
                .forEach(reply -> settled
                        .add(questions.get(reply.key()) + (reply.error() == null ? "" : reply.model())));
        Predicate<ModelCall> settledBefore = call -> {
            // mid0 is asked in two turns, of two models
            String question = call.role() == Role.ROOT ? "turn " + Stage.turn(call) : Stage.prompt(call);
            return !question.equals("mid0") && (settled.contains(question)
                    || settled.contains(question + call.model()));
        };
        var root = stage.root;
        var sub = stage.sub;
        stage.root = new ScriptedModel(call -> {
            assertThat(settledBefore.test(call)).as("asked twice: " + call).isFalse();
            return root.complete(call);
        });
        stage.sub = new ScriptedModel(call -> {
            assertThat(settledBefore.test(call)).as("asked twice: " + call).isFalse();
            return sub.complete(call);
        });
        return stage;
    }

    private static String question(ModelAsked asked) {
        return asked.role() == Role.ROOT ? "turn " + asked.key().turn() : String.valueOf(asked.prompt());
    }

    private static void check(Stage resumed, int cut) {
        followsItsEvent(resumed);
        List<Event> before = resumed.entries().subList(0, cut).stream().map(Entry::event).toList();
        assertThat(resumed.events(ModelReplied.class).stream().map(reply -> reply.key() + reply.model()))
                .doesNotHaveDuplicates();
        Set<CallKey> answered = new HashSet<>();
        resumed.events(ModelReplied.class).stream().filter(reply -> reply.error() == null)
                .forEach(reply -> assertThat(answered.add(reply.key())).as("paid twice: " + reply).isTrue());
        assertThat(answered).hasSize(5 + 5 + 2 + 20 + 3 + 2);
        long uncertain = before.stream().filter(ModelAsked.class::isInstance).count() - before.stream()
                .filter(event -> event instanceof ModelReplied reply && reply.source() == ModelReplied.Source.MODEL)
                .count();
        assertThat(resumed.events(Warned.class)).filteredOn(warned -> warned.code().equals("call-uncertain"))
                .hasSize((int) uncertain);

        Spending spending = new Spending(resumed.budget, DayBudget.NONE);
        new Recording(resumed.entries()).calls().chargeTo(spending);
        Account paid = resumed.events(ModelReplied.class).stream().map(ModelReplied::account)
                .reduce(Account.EMPTY, Account::plus);
        Cost lost = Stream.concat(Stream.of(Cost.ZERO), resumed.events(ModelAsked.class).stream()
                .map(ModelAsked::reserved)).reduce(Cost.ZERO, Cost::plus)
                .minus(resumed.events(ModelReplied.class).stream()
                        .filter(reply -> reply.source() == ModelReplied.Source.MODEL).map(reply -> reserved(resumed,
                                reply))
                        .reduce(Cost.ZERO, Cost::plus));
        assertThat(spending.total().cost()).isEqualTo(paid.cost().plus(lost));
        assertThat(spending.total().calls()).isEqualTo(paid.calls() + (int) uncertain);
    }

    private static Cost reserved(Stage stage, ModelReplied reply) {
        return stage.events(ModelAsked.class).stream()
                .filter(asked -> asked.key().equals(reply.key()) && asked.model().equals(reply.model()))
                .reduce((first, second) -> second).orElseThrow().reserved();
    }

    @Test
    void aCallThatSomebodyTakesOverIsNoFailedOne() throws Exception {
        int wide = 16;
        CyclicBarrier all = new CyclicBarrier(wide);
        Stage stage = new Stage().root(cells("batches q " + wide), cells("query more"), cells("answer done"));
        stage.concurrency = wide;
        stage.budget = new Budget(20, Cost.usd("5"), wide + 1, null, Duration.ofMinutes(5));
        stage.subFallbacks = List.of(SUB_2, SUB_3);
        stage.sub = new ScriptedModel(call -> {
            if (call.model().equals("sub-3")) {
                return ScriptedModel.text("yes");
            }
            meet(all);
            throw limited(call);
        });

        assertThat(stage.run()).isEqualTo(new Outcome.Completed("done"));

        assertThat(stage.subCalls()).as("all fail twice, which is more often than calls may").hasSize(3 * wide + 1);
        assertThat(stage.events(ModelFellBack.class)).extracting(ModelFellBack::to).containsExactly("sub-2", "sub-3");
        assertThat(stage.told(3)).contains("yes").doesNotContain("[ERROR");
        Stage resumed = new Stage().root(cells("batches q " + wide), cells("query more"), cells("answer done"))
                .after(stage.entries().stream().takeWhile(
                        entry -> !(entry.event() instanceof Event.TurnStarted turn && turn.turn() == 2)).toList());
        resumed.concurrency = wide;
        resumed.budget = stage.budget;
        resumed.subFallbacks = stage.subFallbacks;
        assertThat(resumed.run()).isEqualTo(new Outcome.Completed("done"));
        assertThat(resumed.subCalls()).extracting(ModelCall::model).containsExactly("sub-3");
        assertThat(resumed.told(2)).contains("more").doesNotContain("[ERROR");
    }

    private static void meet(CyclicBarrier all) {
        try {
            all.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aFailureForGoodIsNotTakenOver() {
        Stage stage = new Stage();
        stage.rootFallbacks = List.of(ROOT_2);
        stage.root = new ScriptedModel(call -> {
            throw new ModelException.Permanent("402: pay first", 402, null);
        });

        assertThat(stage.run()).isEqualTo(new Outcome.Failed("model-failed", "402: pay first", false));
        assertThat(stage.rootCalls()).hasSize(1);
        assertThat(stage.events(ModelFellBack.class)).isEmpty();
    }

    @Test
    void theRunEndsWhenTheLastModelIsGivenUpAndSoItDoesOnRecord() {
        Stage whole = new Stage();
        whole.rootFallbacks = List.of(ROOT_2);
        whole.root = new ScriptedModel(call -> {
            throw limited(call);
        });
        Outcome failed = whole.run();

        assertThat(failed).isEqualTo(
                new Outcome.Failed("model-failed", "429: too many (given up after 6 attempts)", true));
        assertThat(whole.rootCalls()).hasSize(2);
        Stage resumed = new Stage().after(whole.entries());
        resumed.rootFallbacks = whole.rootFallbacks;
        assertThat(resumed.run()).isEqualTo(failed);
    }

    @Test
    void aRunFromBeforeThereWereFallbacksEndsAsItDid() {
        Stage whole = new Stage();
        whole.root = new ScriptedModel(call -> {
            throw limited(call);
        });
        Outcome failed = whole.run();

        Stage resumed = new Stage().after(whole.entries());
        assertThat(resumed.run()).isEqualTo(failed);
        assertThat(resumed.entries()).hasSameSizeAs(whole.entries());
    }

    /** The one that takes over is too dear: its refusal stands for all of the cell, and is met again. */
    @Test
    void aRefusalByTheBudgetAfterAFailureIsMetAgain() {
        Stage whole = tooDear();
        assertThat(whole.run()).isEqualTo(new Outcome.Completed("done"));
        String told = withoutSum(whole.told(2));
        assertThat(told).contains("sub/model on q0").contains("[ERROR budget maxCostUsd");
        assertThat(whole.subCalls()).extracting(ModelCall::model).containsExactly("sub/model", "sub/model");

        for (int cut = 0; cut <= whole.entries().size(); cut++) {
            Stage resumed = refusing(tooDear().after(whole.entries().subList(0, cut)));
            assertThat(resumed.run()).as("cut after %d", cut).isEqualTo(new Outcome.Completed("done"));
            if (!resumed.rootCalls().isEmpty()) {
                assertThat(withoutSum(resumed.told(resumed.rootCalls().size()))).isEqualTo(told);
            }
        }
    }

    /** Without what was spent by then: a call that was cut off counts as paid. */
    private static String withoutSum(String told) {
        return told.replaceAll("\\$[\\d.]+ of", "SUM of");
    }

    private static Stage tooDear() {
        Stage stage = new Stage().root(cells("queries q 3"), cells("answer done"));
        stage.subFallbacks = List.of(SUB_2);
        BigDecimal dear = new BigDecimal("9999");
        stage.prices = new PriceList(List.of(new Price("sub-2", true,
                List.of(new Price.Tier(null, dear, dear, null, null)), null, null, null, null, null)));
        stage.sub = new ScriptedModel(call -> {
            if (Stage.prompt(call).equals("q1")) {
                throw limited(call);
            }
            return ScriptedModel.text(call.model() + " on " + Stage.prompt(call));
        });
        return stage;
    }

    @Test
    void aModelWithoutAPriceIsToldOfWhenItTakesOver() {
        Stage stage = stage();
        stage.run();
        assertThat(stage.events(Warned.class)).extracting(Warned::code).containsOnly("price-unknown").hasSize(6);
    }
}
