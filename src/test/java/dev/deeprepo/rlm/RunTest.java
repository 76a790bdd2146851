package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.AttemptFailed;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.RunStarted;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.Fenced;
import dev.deeprepo.journal.InMemoryJournal;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.FailedAttempt;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.llm.ToolCall;
import dev.deeprepo.llm.ToolResult;
import dev.deeprepo.repl.ReplException;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

@SecondLane
class RunTest {

    private final Stage stage = new Stage();

    @Test
    void playsFourTurnsWithFortySubCallsAndCountsThem() {
        stage.root(cells("print metadata"), cells("print scan"), cells("batches file 40"), cells("answer # Report"));
        assertThat(stage.run()).isEqualTo(new Outcome.Completed("# Report"));

        assertThat(stage.rootCalls()).hasSize(4);
        assertThat(stage.subCalls()).hasSize(40);
        assertThat(stage.entries()).extracting(Entry::sequence)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, stage.entries().size()).mapToObj(i -> (long) i).toList());
        List<ModelReplied> replies = stage.events(ModelReplied.class);
        assertThat(replies).hasSize(44).allMatch(reply -> reply.usage().equals(Usage.of(100, 10)));
        // $1 per million in and out for models without a price: 44 × 110 tokens
        assertThat(replies.stream().map(ModelReplied::cost).reduce(Cost.ZERO, Cost::plus))
                .isEqualTo(Cost.usd("0.00484"));
        assertThat(stage.events(Warned.class)).extracting(Warned::code).containsExactly("price-unknown",
                "price-unknown");
        assertThat(stage.events(CellFinished.class).get(2).observation())
                .startsWith("[re file0, re file1, re file2, re file3,").contains("re file39]");
        assertThat(stage.repl.closed).isTrue();
    }

    @Test
    void journalsEachStepBeforeItsEffect() {
        stage.root(cells("query one"), cells("answer done"));
        stage.run();
        assertThat(stage.entries()).extracting(entry -> entry.event().name()).containsExactly("run-started", "warned",
                "warned", "turn-started", "model-asked", "model-replied", "cell-started", "model-asked",
                "model-replied", "cell-finished", "turn-started", "model-asked", "model-replied", "cell-started",
                "cell-finished");
    }

    @Test
    void sendsTheSamePrefixFromTurnToTurn() {
        stage.root = ScriptedModel.inOrder(cells("print 1"), ScriptedModel.text("thinking"), ScriptedModel.text(""),
                cells("print 2", "print 3"), cells("answer done"));
        stage.run();
        List<ModelCall> calls = stage.rootCalls();
        assertThat(calls).hasSize(5);
        for (int i = 1; i < calls.size(); i++) {
            ModelCall before = calls.get(i - 1);
            assertThat(calls.get(i).messages()).startsWith(before.messages().toArray(Message[]::new));
            assertThat(calls.get(i).system()).isEqualTo(before.system());
            assertThat(calls.get(i).tools()).isEqualTo(before.tools()).hasSize(1);
        }
        assertThat(calls).allMatch(call -> call.stream() && call.maxTokens() == 16_384);
        assertThat(calls.getLast().messages()).noneMatch(
                message -> message instanceof Message.Assistant said && said.text().isBlank()
                        && said.toolCalls().isEmpty());
    }

    @Test
    void tellsMetadataAndTreeButNoContents() {
        stage.root(cells("answer done"));
        stage.run();
        RunStarted started = stage.events(RunStarted.class).getFirst();
        assertThat(started.firstMessage()).contains("demo", "\"files\": 1", "app.py", "20 turns")
                .doesNotContain("SECRET_CONTENT").doesNotContain("{{");
        assertThat(started.system()).contains("execute_python", "llm_batch", "set_answer", "20 turns", "8,192",
                "## Architecture Overview", "## Bug & Issue Audit", "## Code Quality Assessment",
                "## Prioritized Development Plan").doesNotContain("{{");
    }

    @Test
    void countsDownInTheLastLinesOfTheNewestToolResult() {
        stage.budget = new Budget(6, Cost.usd("5"), 500, null, Duration.ofMinutes(5));
        stage.root(cells("print 1", "print 2"), cells("print 3"), cells("print 4"), cells("print 5"), cells("print 6"),
                cells("print 7"));
        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class,
                partial -> assertThat(partial.reason()).isEqualTo("maxTurns"));
        assertThat(stage.told(1)).endsWith("[Turn 1/6 comes now; 5 are left after it.]");
        assertThat(stage.told(2)).startsWith("2\n").endsWith("[Turn 2/6 comes now; 4 are left after it.]");
        assertThat(stage.told(3)).contains("[Turn 3/6").contains("only 3 are left").contains("Begin the synthesis");
        assertThat(stage.told(5)).contains("[Turn 5/6").contains("Finalise");
        assertThat(stage.told(6)).contains("[Turn 6/6").contains("FINAL TURN");
        Message.ToolResults first = (Message.ToolResults) stage.rootCalls().get(1).messages().getLast();
        assertThat(first.results()).extracting(ToolResult::id).containsExactly("call_0", "call_1");
        assertThat(first.results().getFirst().text()).doesNotContain("[Turn");
    }

    @Test
    void answersEveryToolCallOnceAlsoTheUnknownAndTheBroken() {
        ToolCall[] calls = {new ToolCall("a", "shell", "{}"), new ToolCall("b", "execute_python", "{\"code\": \"pri"),
                new ToolCall("c", "execute_python", "{\"source\": \"x\"}"),
                new ToolCall("d", "execute_python", "{\"code\": \"print ok\"}")};
        stage.root(ScriptedModel.tools("", calls), cells("answer done"));
        stage.run();
        Message.ToolResults results = (Message.ToolResults) stage.rootCalls().get(1).messages().getLast();
        assertThat(results.results()).extracting(ToolResult::id).containsExactly("a", "b", "c", "d");
        assertThat(results.results()).extracting(ToolResult::error).containsExactly(true, true, true, false);
        assertThat(results.results().get(0).text()).contains("There is no tool \"shell\"");
        assertThat(results.results().get(1).text()).contains("not valid JSON");
        assertThat(results.results().get(3).text()).startsWith("ok");
    }

    @Test
    void raisesTheCapAfterAReplyThatWasCutOff() {
        Completion cut = new Completion(
                new Message.Assistant("", List.of(new ToolCall("a", "execute_python", "{\"code\": \"x")), null),
                StopReason.LENGTH, Usage.of(1, 1), null, null);
        stage.root(cut, cells("answer done"));
        assertThat(stage.run()).isEqualTo(new Outcome.Completed("done"));
        assertThat(stage.told(2)).contains("cut off at its token limit");
        assertThat(stage.rootCalls().get(1).maxTokens()).isEqualTo(32_768);
    }

    @Test
    void refusesAnEmptyAnswerAndTellsTheModel() {
        stage.root(cells("answer  "), cells("answer # Real"));
        assertThat(stage.run()).isEqualTo(new Outcome.Completed("# Real"));
        assertThat(stage.told(2)).contains("The answer was not accepted");
    }

    @Test
    void leavesTheCellsAfterTheAnswerUnrun() {
        stage.root(cells("answer done", "print never"));
        stage.run();
        assertThat(stage.repl.cells).hasSize(1);
    }

    @Test
    void asksForTheToolWhenAReplyHoldsNoCode() {
        stage.root(ScriptedModel.text("I think it is fine."), cells("answer done"));
        stage.run();
        assertThat(stage.told(2)).contains("holds no code").contains("[Turn 2/20");
    }

    @Test
    void salvagesTheDraftFirst() {
        stage.budget = new Budget(2, Cost.usd("5"), 500, null, Duration.ofMinutes(5));
        stage.root(cells("print seen\ndraft # Draft"), cells("print more"));
        assertThat(stage.run()).isEqualTo(new Outcome.Partial("# Draft", "maxTurns", "all 2 turns are used"));
    }

    @Test
    void salvagesNotesAndOutputWithoutADraft() {
        stage.root = new ScriptedModel(call -> switch (Stage.turn(call)) {
            case 1 -> ScriptedModel.tools("There is an auth bug.",
                    new ToolCall("a", "execute_python", "{\"code\": \"print src/auth.py:7\"}"));
            default -> throw new ModelException.Transient("gave up after 4 attempts: 500", 500, null, null);
        });
        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class, partial -> {
            assertThat(partial.reason()).isEqualTo("model-failed");
            assertThat(partial.answer()).contains("There is an auth bug.").contains("src/auth.py:7");
        });
    }

    @Test
    void failsWhenThereIsNothingToSalvage() {
        stage.root = new ScriptedModel(call -> {
            call.listener().attempted(new FailedAttempt(1, ModelException.Kind.TRANSIENT, 500, null, "500"));
            throw new ModelException.Transient("gave up: 500", 500, null, null);
        });
        assertThat(stage.run()).isEqualTo(new Outcome.Failed("model-failed", "gave up: 500", true));
        assertThat(stage.events(AttemptFailed.class)).hasSize(1);
        assertThat(stage.events(ModelReplied.class)).singleElement().extracting(ModelReplied::error)
                .isEqualTo("gave up: 500");
    }

    @Test
    void endsWithWhatThereIsWhenTheModelDeclinesOrItsWindowIsFull() {
        stage.root(cells("print found"), new Completion(new Message.Assistant("", List.of(), null), StopReason.REFUSAL,
                Usage.of(1, 1), null, null));
        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class,
                partial -> assertThat(partial.reason()).isEqualTo("model-refused"));
        Stage other = new Stage().root(new Completion(new Message.Assistant("", List.of(), null), StopReason.WINDOW,
                Usage.of(1, 1), null, null));
        assertThat(other.run()).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.code()).isEqualTo("window-exceeded"));
    }

    @Test
    void endsBeforeTheBudgetDoes() {
        stage.budget = new Budget(20, Cost.usd("0.05"), 500, null, Duration.ofMinutes(5));
        stage.root = new ScriptedModel(call -> new Completion(cells("print found").message(), StopReason.TOOL_USE,
                Usage.of(10_000, 10_000), null, null));
        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class,
                partial -> assertThat(partial.reason()).isEqualTo("maxCostUsd"));
        assertThat(stage.events(ModelReplied.class).stream().map(ModelReplied::cost).reduce(Cost.ZERO, Cost::plus))
                .isLessThanOrEqualTo(Cost.usd("0.05"));
    }

    @Test
    void asksEqualPromptsOfABatchOnceAndJournalsTheOthersForNothing() {
        stage.root(cells("batch a,b,a,a"), cells("answer done"));
        stage.run();
        assertThat(stage.subCalls()).hasSize(2);
        assertThat(stage.events(CellFinished.class).getFirst().observation()).isEqualTo("[re a, re b, re a, re a]\n");
        assertThat(stage.events(ModelReplied.class))
                .filteredOn(reply -> reply.source() == ModelReplied.Source.DUPLICATE)
                .hasSize(2).allMatch(reply -> reply.cost().equals(Cost.ZERO) && reply.text().equals("re a"));
    }

    @Test
    void makesAFailedSlotAnErrorStringAndKeepsTheOthers() {
        stage.sub = new ScriptedModel(call -> {
            if (Stage.prompt(call).equals("b")) {
                throw new ModelException.Permanent("400: no", 400, null);
            }
            return ScriptedModel.text("re " + Stage.prompt(call));
        });
        stage.root(cells("batch a,b,c"), cells("answer done"));
        stage.run();
        assertThat(stage.events(CellFinished.class).getFirst().observation())
                .isEqualTo("[re a, [ERROR 400: no], re c]\n");
    }

    @Test
    void endsTheRunWhenTheSubModelsKeyIsRefused() {
        stage.sub = new ScriptedModel(call -> {
            throw new ModelException.Permanent("401: invalid x-api-key", 401, null);
        });
        stage.root(cells("batches file 40"), cells("answer done"));

        assertThat(stage.run()).isEqualTo(new Outcome.Failed(Outcome.MODEL_FAILED, "401: invalid x-api-key", false));
        assertThat(stage.subCalls()).hasSizeLessThan(40);
        assertThat(stage.rootCalls()).hasSize(1);
    }

    @Test
    void refusesSubCallsBeyondTheBudgetAndSaysWhatToDo() {
        stage.budget = new Budget(20, Cost.usd("5"), 2, null, Duration.ofMinutes(5));
        stage.root(cells("queries q 1000"), cells("answer done"));
        assertThat(stage.run()).isEqualTo(new Outcome.Completed("done"));
        assertThat(stage.subCalls()).hasSize(2);
        assertThat(stage.events(CellFinished.class).getFirst().observation())
                .contains("[ERROR budget maxSubCalls: all 2 sub-calls of this run are used",
                        "conclude from what you have");
        assertThat(stage.events(ModelReplied.class)).filteredOn(reply -> reply.role() == Role.SUB).hasSize(3);
    }

    @Test
    void endsCallsInFlightAndTheKernelWhenTimeIsUp() {
        SettableClock clock = new SettableClock();
        stage.at(clock).budget = new Budget(20, Cost.usd("5"), 500, null, Duration.ofMillis(300));
        CountDownLatch inFlight = new CountDownLatch(16);
        stage.sub = new ScriptedModel(call -> {
            inFlight.countDown();
            return Stage.untilCancelled(call);
        });
        Thread.startVirtualThread(() -> {
            Stage.awaitAll(inFlight);
            clock.advance(Duration.ofMillis(300));
        });
        stage.root(cells("print found"), cells("batches slow 40"));
        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Partial.class, partial -> {
            assertThat(partial.reason()).isEqualTo("timeout");
            assertThat(partial.answer()).contains("found");
        });
        assertThat(stage.repl.closed).isTrue();
        assertThat(stage.events(ModelAsked.class)).filteredOn(asked -> asked.role() == Role.SUB).hasSize(16);
    }

    @Test
    void countsOnlyTimeInWhichAnAttemptLived() {
        Instant now = Instant.parse("2026-01-01T00:00:00Z");
        List<Entry> history = List.of(entry(1, 1, now), entry(2, 1, now.plusSeconds(60)),
                entry(3, 2, now.plusSeconds(5000)), entry(4, 2, now.plusSeconds(5030)));
        assertThat(new Recording(history).lived()).isEqualTo(Duration.ofSeconds(90));

        Stage late = new Stage().root(cells("answer done"));
        late.budget = new Budget(20, Cost.usd("5"), 500, null, Duration.ofSeconds(1));
        AtomicLong asked = new AtomicLong();
        late.clock = ((InstantSource) () -> now.plusSeconds(2 * asked.getAndIncrement())).withZone(ZoneOffset.UTC);
        assertThat(late.run()).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.code()).isEqualTo("timeout"));
        assertThat(late.rootCalls()).isEmpty();
    }

    private Entry entry(long sequence, int attempt, Instant at) {
        return new Entry(stage.id, sequence, attempt, at, new Event.AttemptStarted(attempt, "here"));
    }

    @Test
    void isCancelledFromOutsideWithWhatWasFound() throws Exception {
        CountDownLatch asked = new CountDownLatch(16);
        stage.sub = new ScriptedModel(call -> {
            asked.countDown();
            return Stage.untilCancelled(call);
        });
        stage.root(cells("print found"), cells("batches slow 40"));
        Thread canceller = Thread.ofVirtual().start(() -> {
            Stage.awaitAll(asked);
            stage.cancellation.cancel("asked to");
        });
        assertThat(stage.run()).isInstanceOfSatisfying(Outcome.Cancelled.class,
                cancelled -> assertThat(cancelled.answer()).contains("found"));
        canceller.join();
        assertThat(stage.events(ModelReplied.class)).filteredOn(reply -> reply.role() == Role.SUB).isEmpty();
    }

    @Test
    void stopsAtOnceWhenFencedAndBuysNothingMore() {
        stage.concurrency = 2;
        stage.sub = new ScriptedModel(call -> {
            ((InMemoryJournal) stage.journal).claim(stage.id, 99);
            return ScriptedModel.text("late");
        });
        stage.root(cells("batches q 100"), cells("answer done"));
        assertThatThrownBy(stage::run).isInstanceOf(Fenced.class);
        assertThat(stage.subCalls()).hasSizeLessThanOrEqualTo(2);
        assertThat(stage.rootCalls()).hasSize(1);
        assertThat(stage.repl.closed).isTrue();
    }

    @Test
    void paysForNothingWhenNoKernelCanBeHad() {
        stage.opener = _ -> {
            throw new ReplException("the sandbox is unfit", null);
        };
        assertThat(stage.run()).isEqualTo(new Outcome.Failed("kernel-failed", "the sandbox is unfit", true));
        assertThat(stage.events(ModelAsked.class)).isEmpty();
    }

    @Test
    void countsAReplyWithoutUsageAsTheMostItCanCost() {
        stage.sub = new ScriptedModel(call -> new Completion(new Message.Assistant("yes", List.of(), null),
                StopReason.END, Usage.NONE, null, null));
        stage.root(cells("query one"), cells("answer done"));
        stage.run();
        ModelAsked asked = stage.events(ModelAsked.class).stream().filter(call -> call.role() == Role.SUB).findFirst()
                .orElseThrow();
        ModelReplied reply = stage.events(ModelReplied.class).stream().filter(call -> call.role() == Role.SUB)
                .findFirst().orElseThrow();
        assertThat(reply.cost()).isEqualTo(asked.reserved());
        assertThat(reply.usage().outputTokens()).isEqualTo(asked.maxTokens());
        assertThat(stage.events(Warned.class)).extracting(Warned::code).contains("usage-missing");
    }

    @Test
    void keepsToTheTokensWhenRepliesComeWithoutUsage() {
        stage.sub = new ScriptedModel(call -> new Completion(new Message.Assistant("yes", List.of(), null),
                StopReason.END, Usage.NONE, null, null));
        stage.budget = new Budget(20, Cost.usd("5"), 500, 60_000L, Duration.ofMinutes(5));
        stage.root(cells("queries q 200"), cells("answer done"));
        stage.run();
        assertThat(stage.subCalls()).hasSizeBetween(1, 60_000 / 4_096);
    }

    /** The first to fail also stops its siblings; why must not be lost behind those that merely stopped. */
    @Test
    void tellsTheCauseWhenOneOfManyCallsCannotBeJournaled() {
        for (int round = 0; round < 20; round++) {
            Stage broken = new Stage();
            broken.sub = new ScriptedModel(call -> {
                if (Stage.prompt(call).endsWith("7")) {
                    call.listener().attempted(new FailedAttempt(1, ModelException.Kind.TRANSIENT, 500, null, "x"));
                }
                try {
                    if (call.cancellation().await(Duration.ofSeconds(5))) {
                        throw new ModelException.Cancelled("cancelled");
                    }
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return ScriptedModel.text("yes");
            });
            broken.refuse(AttemptFailed.class);
            broken.root(cells("batches file 12"), cells("answer done"));
            assertThatThrownBy(broken::run).hasMessage("the journal refuses AttemptFailed");
        }
    }
}
