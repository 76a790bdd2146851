package dev.deeprepo.rlm;

import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.RunStarted;
import dev.deeprepo.journal.Event.SynthesisBegun;
import dev.deeprepo.journal.Event.TurnStarted;
import dev.deeprepo.journal.Forked;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Tool;
import dev.deeprepo.llm.ToolResult;
import dev.deeprepo.repl.Repl;
import dev.deeprepo.repl.ReplException;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.BudgetExceeded;
import dev.deeprepo.usage.BudgetExceeded.Limit;
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

    private final Attempt attempt;
    private final Relay rootModels;
    private final Relay subModels;
    private final Recording recording;
    private final Findings findings = new Findings();
    /** Ends everything. */
    private final Cancellation end = new Cancellation();
    /** Ends the turns: with everything, or before it, for want of time. */
    private final Cancellation turns = new Cancellation();
    private final Cells cells;
    private final RunStarted started;
    private final Tool tool;
    private final RootModel root;
    private final Synthesis synthesis;
    private String notice = "";

    /**
     * @param concurrency sub-calls at once
     * @param sharing where sub-calls look first; null = every reply is bought
     */
    Run(Attempt attempt, Relay rootModels, Relay subModels, Function<BooleanSupplier, Repl> repl, int concurrency,
            @Nullable Sharing sharing) {
        this.attempt = attempt;
        this.rootModels = rootModels;
        this.subModels = subModels;
        this.recording = attempt.recording();
        this.started = started(concurrency);
        this.tool = JSON.readValue(started.tool(), Tool.class);
        Buyer buyer = attempt.buyer(turns, sharing);
        SubModel sub = new SubModel(subModels, recording, buyer, findings, turns, concurrency,
                Math.max(concurrency, budget().maxSubCalls()));
        this.cells = new Cells(repl, sub, recording, attempt.journal(), attempt.clock(), turns,
                attempt::left);
        this.root = new RootModel(rootModels, started.system(), tool, recording, attempt.journal(), buyer,
                this::beforeBuying);
        this.synthesis = new Synthesis(attempt, rootModels, attempt.buyer(end, null), findings);
    }

    /**
     * Plays to the end.
     *
     * @throws dev.deeprepo.journal.Fenced when a newer attempt took over
     */
    Outcome play() {
        return attempt.play(end, () -> {
            try (cells; synthesis) {
                begin();
                attempt.endTurnsInTime(turns, end);
                return turns();
            }
        }, findings::best);
    }

    /** Keeps what the last call needs. */
    void holdBack() {
        synthesis.holdBack();
    }

    private Budget budget() {
        return attempt.brief().budget();
    }

    private Outcome turns() {
        int maxTurns = budget().maxTurns();
        Conversation conversation = new Conversation(started.system(), started.firstMessage(),
                Prompts.countdown(1, maxTurns));
        for (int turn = 1; turn <= maxTurns; turn++) {
            Outcome outcome = turn(turn, conversation);
            if (outcome != null) {
                return outcome;
            }
        }
        return last(maxTurns + 1, Limit.maxTurns.name(), "all %d turns are used".formatted(maxTurns));
    }

    /** Null when there is to be another turn. */
    private @Nullable Outcome turn(int turn, Conversation conversation) {
        SynthesisBegun begun = recording.synthesis();
        if (begun != null && begun.turn() == turn) {
            return synthesis.resume(begun);
        }
        try {
            return play(turn, conversation);
        } catch (BudgetExceeded e) {
            return last(turn, e.limit().name(), String.valueOf(e.getMessage()));
        } catch (RootModel.WindowFull e) {
            return last(turn, Outcome.WINDOW_EXCEEDED, String.valueOf(e.getMessage()));
        } catch (Stopped | ReplException e) {
            if (attempt.isLastCallDue(turns, end)) {
                return last(turn, Limit.timeout.name(), attempt.timeIsUp());
            }
            throw e;
        }
    }

    private @Nullable Outcome play(int turn, Conversation conversation) {
        String message = message(turn);
        if (!recording.hasTurn(turn)) {
            attempt.checkTimeForTurns(turns);
            // written with the question that follows
            var _ = attempt.journal().submit(new TurnStarted(turn, notice.isEmpty() ? null : notice, message));
        }
        if (message != null) {
            conversation.say(message, Prompts.countdown(turn, budget().maxTurns()));
        }
        Completion completion = root.ask(turn, conversation);
        findings.said(turn, completion.text());
        switch (completion.stopReason()) {
            case REFUSAL -> {
                return Attempt.salvage(findings.best(), Outcome.MODEL_REFUSED, "the root model declined to go on",
                        false);
            }
            case WINDOW -> {
                return last(turn, Outcome.WINDOW_EXCEEDED, "the conversation no longer fits the root model's window");
            }
            case END, TOOL_USE, LENGTH, OTHER -> conversation.replied(completion.message());
        }
        String answer = act(turn, completion, conversation);
        return answer == null ? null : new Outcome.Completed(answer);
    }

    /** Ends the run in the place of a turn. */
    private Outcome last(int turn, String reason, String detail) {
        SynthesisBegun begun = recording.synthesis();
        return begun == null ? synthesis.write(turn, reason, detail) : synthesis.resume(begun);
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
        String countdown = countdown(Math.min(turn + 1, budget().maxTurns()));
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

    /** What ends the newest message before a turn; on resume the same as it was. */
    private String countdown(int turn) {
        Limit limit = recording.hasTurn(turn) ? null : attempt.nearlyUsed();
        notice = limit == null ? recording.notice(turn) : Prompts.nudge("nearly-used", Map.of("limit", limit.name()));
        String countdown = Prompts.countdown(turn, budget().maxTurns());
        return notice.isEmpty() ? countdown : countdown + '\n' + notice;
    }

    /** What stands in a message of its own before a turn, on resume the same as it was; null = nothing. */
    private @Nullable String message(int turn) {
        if (recording.hasTurn(turn)) {
            return recording.message(turn);
        }
        Forked forked = recording.forked();
        return forked != null && forked.turn() == turn && turn > 1
                ? Prompts.forked(forked.focus(), turn, budget().maxTurns())
                : null;
    }

    private RunStarted started(int concurrency) {
        RunStarted recorded = recording.started();
        if (recorded != null) {
            return recorded;
        }
        return new RunStarted(rootModels.first().name(), subModels.first().name(),
                Prompts.system(attempt.brief().domain(), recording.basis(), budget().maxTurns(), budget().maxSubCalls(),
                        concurrency),
                JSON.writeValueAsString(Prompts.tool()),
                Prompts.firstMessage(attempt.brief().domain(), attempt.snapshot(), attempt.brief().focus(),
                        recording.basis(), budget().maxTurns()));
    }

    private void begin() {
        if (recording.started() == null) {
            attempt.journal().append(started);
        }
        attempt.warnOf(rootModels.current().id(), subModels.current().id());
        synthesis.holdBack();
    }

    /** The last call is held back by the price of whoever would be asked for it. */
    private void beforeBuying() {
        cells.open();
        synthesis.holdBack();
    }
}
