package dev.deeprepo.rlm;

import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.RunStarted;
import dev.deeprepo.journal.Event.TurnStarted;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.LanguageModel;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Tool;
import dev.deeprepo.llm.ToolResult;
import dev.deeprepo.repl.Repl;
import dev.deeprepo.repl.ReplException;
import dev.deeprepo.usage.BudgetExceeded;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Spending;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * The loop of one run: a turn asks the root model once, runs the code it replies with, and tells it what came of it.
 *
 * <p>A resumed run goes the same way from the start. Whatever is on record is read instead of done, so the first new
 * entry is the first thing that had not happened; nothing is journaled, bought or run twice for its effect.
 */
final class Run {

    private static final JsonMapper JSON = JsonMapper.shared();

    private final Task task;
    private final PriceList prices;
    private final Clock clock;
    private final Instant began;
    private final Recording recording;
    private final Findings findings = new Findings();
    private final Cancellation stop = new Cancellation();
    private final SubModel sub;
    private final Cells cells;
    private final Warnings warnings;
    private final RunStarted started;
    private final Tool tool;
    private final RootModel root;

    /** @param concurrency sub-calls of one run at once */
    Run(Task task, LanguageModel rootModel, LanguageModel subModel, Function<BooleanSupplier, Repl> repl,
            PriceList prices, Clock clock,
            int concurrency) {
        this.task = task;
        this.prices = prices;
        this.clock = clock;
        this.began = clock.instant();
        this.recording = new Recording(task.history());
        this.warnings = new Warnings(task.journal(), recording);
        this.started = started(concurrency);
        this.tool = JSON.readValue(started.tool(), Tool.class);
        Spending spending = new Spending(task.budget());
        recording.chargeTo(spending);
        Buyer buyer = new Buyer(task.journal(), spending, warnings, clock, stop);
        this.sub = new SubModel(subModel, prices.of(task.subModel().name()), recording, buyer, findings, stop,
                concurrency, Math.max(concurrency, task.budget().maxSubCalls()));
        this.cells = new Cells(repl, sub, recording, task.journal(), clock, stop);
        this.root = new RootModel(rootModel, prices.of(task.rootModel().name()), started.system(), tool, recording,
                buyer,
                cells::open);
    }

    /**
     * Plays to the end.
     *
     * @throws dev.deeprepo.journal.Fenced when a newer attempt took over
     */
    Outcome play() {
        try (var _ = task.cancellation().onCancel(() -> stop.cancel("cancelled")); cells) {
            Thread.ofVirtual().name("run-timeout").start(this::watchTime);
            begin();
            return turns();
        } catch (Stopped e) {
            return stopped();
        } catch (ReplayDiverged e) {
            return new Outcome.Failed(Outcome.REPLAY_DIVERGED, String.valueOf(e.getMessage()), false);
        } catch (BudgetExceeded e) {
            return salvage(e.limit().name(), String.valueOf(e.getMessage()), false);
        } catch (ModelException e) {
            return salvage(Outcome.MODEL_FAILED, String.valueOf(e.getMessage()),
                    e.kind() != ModelException.Kind.PERMANENT);
        } catch (ReplException e) {
            return stop.isCancelled()
                    ? stopped()
                    : salvage(Outcome.KERNEL_FAILED, String.valueOf(e.getMessage()), true);
        } finally {
            stop.cancel("over"); // nothing that the run started outlives it
        }
    }

    private Outcome turns() {
        int maxTurns = task.budget().maxTurns();
        Conversation conversation = new Conversation(started.system(), started.firstMessage(),
                Prompts.countdown(1, maxTurns));
        for (int turn = 1; turn <= maxTurns; turn++) {
            if (!recording.hasTurn(turn)) {
                checkTime();
                var _ = task.journal().submit(new TurnStarted(turn)); // written with the question that follows
            }
            Completion completion = root.ask(turn, conversation);
            findings.said(turn, completion.text());
            switch (completion.stopReason()) {
                case REFUSAL -> {
                    return salvage(Outcome.MODEL_REFUSED, "the root model declined to go on", false);
                }
                case WINDOW -> {
                    return salvage(Outcome.WINDOW_EXCEEDED, "the conversation no longer fits the root model's window",
                            false);
                }
                case END, TOOL_USE, LENGTH, OTHER -> conversation.replied(completion.message());
            }
            String answer = act(turn, completion, conversation);
            if (answer != null) {
                return new Outcome.Completed(answer);
            }
        }
        return salvage(BudgetExceeded.Limit.maxTurns.name(), "all %d turns are used".formatted(maxTurns), false);
    }

    /** Does what a reply asks for and tells the model; returns the answer once there is one. */
    private @Nullable String act(int turn, Completion completion, Conversation conversation) {
        Reply reply = Reply.of(completion, tool.name());
        List<ToolResult> results = new ArrayList<>();
        int cell = 0;
        for (Reply.Request request : reply.requests()) {
            switch (request) {
                case Reply.Request.Refused refused -> results.add(new ToolResult(refused.id(), refused.why(), true));
                case Reply.Request.Code code -> {
                    CellFinished finished = cells.run(new Recording.CellKey(turn, cell++), code.code(),
                            code.reasoning());
                    findings.ran(finished);
                    if (finished.ready() && !finished.answer().isBlank()) {
                        return finished.answer();
                    }
                    conversation.observed(finished.observation());
                    results.add(new ToolResult(code.id(), finished.observation(), !finished.outcome().equals("OK")));
                }
            }
        }
        String countdown = Prompts.countdown(Math.min(turn + 1, task.budget().maxTurns()), task.budget().maxTurns());
        if (reply.viaTool()) {
            conversation.results(results, countdown);
        } else if (!results.isEmpty()) {
            List<String> told = new ArrayList<>(results.stream().map(ToolResult::text).toList());
            if (reply.cut()) {
                told.add(Prompts.nudge("cut", Map.of()));
            }
            conversation.say(String.join("\n\n---\n\n", told), countdown);
        } else {
            String nudge = reply.cut() ? "cut" : completion.text().isBlank() ? "empty-reply" : "no-code";
            conversation.say(Prompts.nudge(nudge, Map.of()), countdown);
        }
        return null;
    }

    private RunStarted started(int concurrency) {
        RunStarted recorded = recording.started();
        if (recorded != null) {
            return recorded;
        }
        return new RunStarted(task.rootModel().name(), task.subModel().name(),
                Prompts.system(task.budget().maxTurns(), task.budget().maxSubCalls(), concurrency),
                JSON.writeValueAsString(Prompts.tool()),
                Prompts.firstMessage(task.snapshot(), task.focus(), task.budget().maxTurns()));
    }

    private void begin() {
        if (recording.started() == null) {
            task.journal().append(started);
        }
        recording.uncertainCalls().forEach(warnings::once);
        for (ModelId model : List.of(task.rootModel(), task.subModel())) {
            Price price = prices.of(model.name());
            if (!price.known()) {
                warnings.once(new Warned("price-unknown",
                        "no price is known for %s: its tokens are counted at $1.00 per million, in and out"
                                .formatted(price.model())));
            }
        }
    }

    private Outcome stopped() {
        if (task.cancellation().isCancelled()) {
            return new Outcome.Cancelled(findings.best());
        }
        return salvage(BudgetExceeded.Limit.timeout.name(),
                "the running time of %s is used up".formatted(task.budget().timeout()), false);
    }

    private Outcome salvage(String reason, String detail, boolean retryable) {
        String found = findings.best();
        return found.isEmpty()
                ? new Outcome.Failed(reason, detail, retryable)
                : new Outcome.Partial(found, reason, detail);
    }

    private Duration timeLeft() {
        return task.budget().timeout().minus(recording.lived()).minus(Duration.between(began, clock.instant()));
    }

    private void checkTime() {
        if (stop.isCancelled() || !timeLeft().isPositive()) {
            throw new Stopped();
        }
    }

    /** Waits for the end of the run's time, or of the run. */
    private void watchTime() {
        try {
            Duration left = timeLeft();
            if (!left.isPositive() || !stop.await(left)) {
                stop.cancel("timeout");
            }
        } catch (InterruptedException e) { // nobody interrupts this thread; if so, the run goes on without it
            Thread.currentThread().interrupt();
        }
    }
}
