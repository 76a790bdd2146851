package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.SynthesisBegun;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.DayBudget;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@SecondLane
class SynthesisTest {

    private static final String REPORT = "## Architecture Overview\n\nIt counts: `src/app.py:1` `SECRET_CONTENT = 1`.";

    /** Claude Opus 5.5. */
    private static final Price OPUS = price("root-model", "4", "20", "5", 1_000_000L);
    private static final Price CHEAP = price("sub/model", "0.2", "1.1", null, 205_000L);

    @Test
    void aRunOfAFewCentsEndsWithAReport() {
        Stage stage = stage("0.05", OPUS, call -> cells("print looked"));

        assertThat(stage.run()).isEqualTo(new Outcome.Partial(REPORT, "maxCostUsd", detail(stage)));
        assertThat(spent(stage)).isLessThanOrEqualTo(Cost.usd("0.05"));
        ModelCall last = stage.rootCalls().getLast();
        assertThat(last.tools()).isEmpty();
        assertThat(last.maxTokens()).isGreaterThanOrEqualTo(1_024);
        assertThat(Stage.prompt(last)).contains("<file path=\"src/app.py\">\n1\tSECRET_CONTENT = 1\n</file>");
    }

    @Test
    void theLastCallGetsWhatWasFoundAndTheFilesBesideIt() {
        Stage stage = stage("0.40", OPUS, call -> cells("print looked at " + Stage.turn(call) + "\nquery what is it"));

        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class, partial -> {
            assertThat(partial.answer()).isEqualTo(REPORT);
            assertThat(partial.reason()).isEqualTo("maxCostUsd");
        });
        int turns = stage.rootCalls().size() - 1;
        assertThat(turns).isGreaterThan(1);
        assertThat(Stage.prompt(stage.rootCalls().getLast())).contains("looked at 1", "looked at " + turns,
                "re what is it", "src/app.py", "Now write the report");
        assertThat(spent(stage)).isLessThanOrEqualTo(Cost.usd("0.40"));
        assertThat(stage.events(SynthesisBegun.class)).singleElement()
                .satisfies(begun -> assertThat(begun.turn()).isEqualTo(turns + 1));
        assertThat(stage.events(ModelAsked.class).getLast().key()).isEqualTo(CallKey.synthesis(turns + 1));
    }

    @Test
    void aRunThatDiesAnywhereOnItsWayEndsTheSameAndPaysNothingTwice() {
        Function<ModelCall, Completion> script = call -> cells(
                "print looked at " + Stage.turn(call) + "\nquery what is it\nbudget");
        Stage whole = stage("0.30", OPUS, script);
        Outcome outcome = whole.run();
        List<Entry> entries = whole.entries();
        for (int cut = 1; cut <= entries.size(); cut++) {
            Stage resumed = stage("0.30", OPUS, script).after(entries.subList(0, cut));
            List<Event> before = entries.subList(0, cut).stream().map(Entry::event).toList();
            long uncertain = before.stream().filter(ModelAsked.class::isInstance).count()
                    - before.stream().filter(ModelReplied.class::isInstance).count();

            Outcome again = resumed.run();

            // What may have been paid once stays counted, so that a run with less to spend may end a turn earlier.
            if (uncertain == 0) {
                assertThat(again).as("cut after entry %d", cut).isEqualTo(outcome);
                assertThat(resumed.events(Event.CellFinished.class)).extracting(Event.CellFinished::observation)
                        .isEqualTo(whole.events(Event.CellFinished.class).stream()
                                .map(Event.CellFinished::observation).toList());
                assertThat(resumed.rootCalls().size() + resumed.subCalls().size() + before.stream()
                        .filter(ModelReplied.class::isInstance).count())
                        .isEqualTo(whole.rootCalls().size() + whole.subCalls().size());
            } else {
                assertThat(again).as("cut after entry %d", cut).isInstanceOf(Outcome.Partial.class);
            }
            assertThat(spent(resumed)).isLessThanOrEqualTo(Cost.usd("0.30"));
        }
    }

    @Test
    void aRunThatUsesAllItsTurnsEndsWithAReport() {
        Function<ModelCall, Completion> script = call -> cells("print looked at " + Stage.turn(call));
        Stage stage = stage("5", OPUS, script);
        stage.budget = new Budget(3, Cost.usd("5"), 500, null, Duration.ofMinutes(5));

        Outcome outcome = stage.run();

        assertThat(outcome).isEqualTo(new Outcome.Partial(REPORT, "maxTurns", "all 3 turns are used"));
        assertThat(stage.rootCalls()).hasSize(4);
        assertThat(Stage.prompt(stage.rootCalls().getLast())).contains("looked at 1", "looked at 3");
        assertThat(stage.events(ModelAsked.class).getLast().key()).isEqualTo(CallKey.synthesis(4));
        List<Entry> entries = stage.entries();
        for (int cut = 1; cut <= entries.size(); cut++) {
            Stage resumed = stage("5", OPUS, script).after(entries.subList(0, cut));
            resumed.budget = stage.budget;
            assertThat(resumed.run()).as("cut after entry %d", cut).isEqualTo(outcome);
        }
    }

    /** It is given up while it asks its model, and the last call finds the time that was kept for it. */
    @Test
    void aRunThatUsesItsTimeEndsWithAReport() {
        SettableClock clock = new SettableClock();
        Cancellation[] asked = new Cancellation[1];
        Stage stage = stage("5", OPUS, call -> cells("print looked\nquery what is it")).at(clock);
        stage.budget = new Budget(20, Cost.usd("5"), 500, null, Duration.ofSeconds(4));
        stage.sub = new ScriptedModel(call -> {
            asked[0] = call.cancellation();
            clock.advance(Duration.ofMillis(3_600));
            return Stage.untilCancelled(call);
        });

        Outcome outcome = stage.run();

        assertThat(outcome).isEqualTo(new Outcome.Partial(REPORT, "timeout", "the running time of PT4S is used up"));
        assertThat(asked[0].isCancelled()).isTrue();
        Stage resumed = stage("5", OPUS, call -> cells("print looked")).after(
                stage.entries().subList(0, stage.entries().size() - 1));
        resumed.budget = stage.budget;
        assertThat(resumed.run()).isEqualTo(outcome);
        assertThat(resumed.rootCalls()).as("only the report is asked for again").hasSize(1);
    }

    @Test
    void aConversationThatOutgrewItsWindowEndsWithAReport() {
        Stage stage = stage("5", OPUS, call -> Stage.turn(call) == 1
                ? cells("print looked")
                : new Completion(ScriptedModel.text("").message(), StopReason.WINDOW, Usage.of(600, 0), null,
                        null));

        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class, partial -> {
            assertThat(partial.reason()).isEqualTo("window-exceeded");
            assertThat(partial.answer()).isEqualTo(REPORT);
        });
    }

    @Test
    void aConversationThatWouldOutgrowItsWindowIsNotSent() {
        Stage stage = stage("5", price("root-model", "4", "20", "5", 20_000L), call -> new Completion(
                cells("print looked").message(), StopReason.TOOL_USE, Usage.of(18_990, 100), null, null));

        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class, partial -> {
            assertThat(partial.reason()).isEqualTo("window-exceeded");
            assertThat(partial.detail()).endsWith("root-model reads 18,976 at most");
            assertThat(partial.answer()).isEqualTo(REPORT);
        });
        assertThat(stage.rootCalls()).hasSize(2);
    }

    @Test
    void whatWasFoundIsKeptWhenTheReportCannotBeHad() {
        Stage stage = stage("0.20", OPUS, call -> cells("draft # So far"));
        ScriptedModel turns = (ScriptedModel) stage.root;
        stage.root = new ScriptedModel(call -> {
            if (call.tools().isEmpty()) {
                throw new ModelException.Transient("503: away", 503, null, null);
            }
            return turns.complete(call);
        });

        assertThat(stage.run()).isEqualTo(new Outcome.Partial("# So far", "maxCostUsd", detail(stage)));
    }

    @Test
    void aReplyAboveItsReservationIsCountedToldAndTheLast() {
        Stage stage = stage("5", OPUS, call -> cells("print looked"));
        stage.root = new ScriptedModel(call -> new Completion(cells("print looked").message(), StopReason.TOOL_USE,
                Usage.of(9_000, 100), Cost.usd("0.60"), null));

        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class, partial -> assertThat(partial.detail())
                .startsWith("a reply cost $0.6 where at most $0.").endsWith("so nothing more is bought"));
        assertThat(stage.rootCalls()).hasSize(1);
        assertThat(spent(stage)).isEqualTo(Cost.usd("0.6"));
        assertThat(stage.events(Event.Warned.class)).extracting(Event.Warned::code).contains("reservation-exceeded");

        Stage resumed = stage("5", OPUS, call -> cells("print looked")).after(
                stage.entries().subList(0, stage.entries().size() - 1));
        assertThat(resumed.run()).isInstanceOf(Outcome.Partial.class);
        assertThat(resumed.rootCalls()).isEmpty();
    }

    @Test
    void aReplyOfMoreTokensThanReservedIsTheLastAlsoForAResumedRun() {
        Stage stage = stage("5", OPUS, call -> cells("print looked"));
        stage.budget = new Budget(20, Cost.usd("5"), 500, 300_000L, Duration.ofMinutes(5));
        stage.root = new ScriptedModel(call -> new Completion(cells("print looked").message(), StopReason.TOOL_USE,
                Usage.of(60_000, 100), Cost.usd("0.01"), null));

        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class,
                partial -> assertThat(partial.detail()).startsWith("a reply took 60100 tokens where at most "));
        assertThat(stage.rootCalls()).hasSize(1);

        List<Event> events = stage.entries().stream().map(Entry::event).toList();
        int replied = events.indexOf(stage.events(ModelReplied.class).getFirst());
        for (int cut = replied + 1; cut <= events.size(); cut++) {
            Stage resumed = stage("5", OPUS, call -> cells("print looked")).after(stage.entries().subList(0, cut));
            resumed.budget = stage.budget;
            assertThat(resumed.run()).as("cut after entry %d", cut).isInstanceOf(Outcome.Partial.class);
            assertThat(resumed.rootCalls()).as("cut after entry %d", cut).isEmpty();
        }
    }

    @Test
    void wordsOfRefusalAreNoReport() {
        Stage stage = stage("0.20", OPUS, call -> cells("draft # So far"));
        ScriptedModel turns = (ScriptedModel) stage.root;
        stage.root = new ScriptedModel(call -> call.tools().isEmpty()
                ? new Completion(ScriptedModel.text("I cannot help with that.").message(), StopReason.REFUSAL,
                        Usage.of(1_000, 10), null, null)
                : turns.complete(call));

        assertThat(stage.run()).isEqualTo(new Outcome.Partial("# So far", "maxCostUsd", detail(stage)));
        Stage resumed = stage("0.20", OPUS, call -> cells("draft # So far")).after(stage.entries());
        assertThat(resumed.run()).isEqualTo(new Outcome.Partial("# So far", "maxCostUsd", detail(stage)));
    }

    /** The clock was set back while the run waited; its timer was not. */
    @Test
    void aRunThatUsesItsTimeEndsWithAReportWhateverTheClockSays() {
        SettableClock clock = new SettableClock();
        CountDownLatch timers = new CountDownLatch(2);
        CountDownLatch asked = new CountDownLatch(1);
        Stage stage = stage("5", OPUS, call -> cells("print looked\nquery what is it"));
        stage.clock = clock;
        stage.budget = new Budget(20, Cost.usd("5"), 500, null, Duration.ofSeconds(8));
        stage.timer = (stop, time) -> {
            timers.countDown();
            if (time.equals(stage.budget.timeout())) { // of the run; that of its turns is up first
                return stop.await(Duration.ofSeconds(30));
            }
            asked.await();
            return false;
        };
        stage.sub = new ScriptedModel(call -> {
            Stage.awaitAll(timers);
            clock.advance(Duration.ofSeconds(-1));
            asked.countDown();
            return Stage.untilCancelled(call);
        });

        assertThat(stage.run())
                .isEqualTo(new Outcome.Partial(REPORT, "timeout", "the running time of PT8S is used up"));
    }

    /** Most providers refuse a prompt whose answer might not fit beside it. */
    @Test
    void anAnswerIsNotLongerThanTheWindowLeavesForIt() {
        Stage stage = stage("5", price("root-model", "4", "20", "5", 40_000L), call -> Stage.turn(call) == 1
                ? new Completion(cells("print looked").message(), StopReason.TOOL_USE, Usage.of(30_000, 40), null,
                        null)
                : cells("answer done"));

        assertThat(stage.run()).isEqualTo(new Outcome.Completed("done"));
        ModelAsked second = stage.events(ModelAsked.class).get(1);
        assertThat(second.inputTokens() + second.maxTokens()).isEqualTo(40_000);
    }

    @Test
    void aCallThatCouldNotBeRecordedIsNotSentAndTakesNothingOfTheDay() {
        Stage stage = stage("5", OPUS, call -> cells("print looked")).refuse(ModelAsked.class);
        stage.day = new DayBudget(Cost.usd("10"), Clock.systemUTC(), _ -> Cost.ZERO);

        assertThatThrownBy(stage::run).hasMessage("the journal refuses ModelAsked");
        assertThat(stage.rootCalls()).isEmpty();
        assertThat(stage.day.left()).isEqualTo(Cost.usd("10"));
    }

    @Test
    void atFourFifthsTheModelIsToldToConclude() {
        Function<ModelCall, Completion> script = call -> switch (Stage.turn(call)) {
            case 1 -> cells("queries a 7");
            case 2 -> cells("query b");
            case 3 -> cells("print on");
            default -> cells("answer done");
        };
        Stage stage = stage("5", OPUS, script);
        stage.budget = new Budget(20, Cost.usd("5"), 10, null, Duration.ofMinutes(5));
        stage.run();

        String told = "Four fifths of maxSubCalls are used. Begin the synthesis";
        assertThat(stage.told(2)).doesNotContain(told);
        assertThat(stage.told(3)).contains(told);
        List<Event.TurnStarted> turns = stage.events(Event.TurnStarted.class);
        assertThat(turns.get(1).notice()).isNull();
        assertThat(turns.get(2).notice()).contains(told);

        int third = stage.entries().stream().map(Entry::event).toList().indexOf(turns.get(2));
        Stage resumed = stage("5", OPUS, script).after(stage.entries().subList(0, third + 1));
        resumed.run(); // with another budget, in which nothing is nearly used: what was told stays
        assertThat(resumed.told(1)).isEqualTo(stage.told(3));
    }

    @Test
    void whatTheProviderHasCountedIsNotEstimatedAgain() {
        Stage stage = stage("5", OPUS, call -> Stage.turn(call) == 1
                ? new Completion(cells("print looked").message(), StopReason.TOOL_USE, Usage.of(700, 40), null, null)
                : cells("answer done"));
        stage.run();

        List<ModelAsked> asked = stage.events(ModelAsked.class);
        Cost answer = OPUS.worst(0, asked.get(1).maxTokens());
        // 700 counted, and the little that is new: a call and its output, each in a frame of 100 tokens
        assertThat(asked.get(1).reserved().minus(answer)).isBetween(OPUS.worst(900, 0), OPUS.worst(1_000, 0));
        assertThat(asked.get(0).reserved().minus(answer)).isGreaterThan(OPUS.worst(2_000, 0));
    }

    @Test
    void aPromptBeyondTheWindowIsRefusedWithTheWayToSplitIt() {
        Stage stage = stage("5", OPUS, call -> Stage.turn(call) == 1
                ? cells("query " + "word ".repeat(40_000), "query short")
                : cells("answer done"));
        stage.prices = new PriceList(List.of(OPUS, price("sub/model", "0.2", "1.1", null, 32_000L)));
        stage.run();

        assertThat(stage.told(2)).contains("re short");
        assertThat(stage.events(Event.CellFinished.class).getFirst().observation()).matches(
                "(?s)\\[ERROR the prompt has about 40,00\\d tokens, and sub/model reads 27,\\d{3} at most: "
                        + "split it at file or section borders into 2 parts or more, ask each, and merge the answers].*");
        assertThat(stage.subCalls()).hasSize(1);
        assertThat(stage.events(ModelReplied.class).stream().filter(reply -> reply.role() == Role.SUB)).hasSize(1);
    }

    @Test
    void aCellHearsWhatIsLeftBeforeAndAfterItsCalls() {
        Stage stage = stage("5", OPUS, call -> Stage.turn(call) == 1
                ? cells("budget\nquery what is it\nbudget")
                : cells("answer done"));
        stage.budget = new Budget(20, Cost.usd("5"), 10, 1_000_000L, Duration.ofHours(1));
        stage.run();

        // 5 less what is held back, and the first reply: 100 tokens of $4 and 10 of $20 a million
        Cost kept = Objects.requireNonNull(stage.events(Event.CellStarted.class).getFirst().left()).cost();
        assertThat(kept).isEqualTo(Cost.usd("5").minus(Cost.usd("0.34384")).minus(Cost.usd("0.0006")));
        Cost sub = Cost.usd("0.000031"); // 100 tokens of $0.20 and 10 of $1.10 a million
        assertThat(stage.told(2)).contains(
                "{turns=19, cost_usd=%s, sub_calls=10, tokens=955698, seconds=3".formatted(kept.usd()),
                "{turns=19, cost_usd=%s, sub_calls=9, tokens=955588, seconds=3".formatted(kept.minus(sub).usd()));
    }

    private static Stage stage(String usd, Price root, Function<ModelCall, Completion> turns) {
        Stage stage = new Stage();
        stage.budget = new Budget(20, Cost.usd(usd), 500, null, Duration.ofMinutes(5));
        stage.prices = new PriceList(List.of(root, CHEAP));
        stage.root = new ScriptedModel(call -> call.tools().isEmpty()
                ? ScriptedModel.text(REPORT, Usage.of(1_000, call.maxTokens()))
                : longAs(turns.apply(call), call));
        return stage;
    }

    /** A reply that takes a tenth of the tokens it may have. */
    private static Completion longAs(Completion completion, ModelCall call) {
        return completion.usage().outputTokens() == 10 && call.maxTokens() < 16_384
                ? new Completion(completion.message(), completion.stopReason(),
                        Usage.of(500, Math.max(10, call.maxTokens() / 3)), null, null)
                : completion;
    }

    private static String detail(Stage stage) {
        return stage.events(SynthesisBegun.class).getFirst().detail();
    }

    private static Cost spent(Stage stage) {
        return stage.events(ModelReplied.class).stream().map(ModelReplied::cost).reduce(Cost.ZERO, Cost::plus);
    }

    private static Price price(String model, String input, String output, @Nullable String cacheWrite, Long window) {
        return new Price(model, true, List.of(new Price.Tier(null, new BigDecimal(input), new BigDecimal(output), null,
                cacheWrite == null ? null : new BigDecimal(cacheWrite))), window, null, null, null, null);
    }
}
