package dev.deeprepo.journal;

import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.CostRange;
import dev.deeprepo.usage.Left;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something that happened in a run. A closed set: whoever folds events handles all of them. */
public sealed interface Event permits Forked, EarlierReport, ChangesFound, FindingsCompared, Event.Accepted,
        Event.AttemptStarted, Event.AttemptParked, Event.CheckedOut, Event.RunStarted, Event.ModeChosen,
        Event.BaselinePacked, Event.TurnStarted, Event.ThinkingDropped, Event.SynthesisBegun, Event.ModelAsked,
        Event.AttemptFailed, Event.CallHeld, Event.CallWithdrawn, Event.ModelReplied, Event.ModelFellBack,
        Event.CellStarted,
        Event.CellFinished, Event.KernelAwaited, Event.KernelRestarted, Event.Warned, Event.FindingsChecked,
        Event.Reopened, Event.RunEnded {

    /** The name in the journal and on the event stream: the record's own, in kebab case ({@code model-asked}). */
    default String name() {
        return name(getClass());
    }

    /** The name of a kind of event. */
    static String name(Class<? extends Event> kind) {
        return kind.getSimpleName().replaceAll("(?<=.)(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    /** The request was taken; always sequence 1. */
    record Accepted(Map<String, Object> request) implements Event {}

    /** A worker began to work on it; {@code attempt} above 1 means that an earlier one died or was parked. */
    record AttemptStarted(int attempt, String instance) implements Event {}

    /** A worker put it aside; it has not failed. @param code of the error that it waits out; null = of none */
    record AttemptParked(int attempt, String reason, @Nullable String code) implements Event {}

    /**
     * The repository is here.
     *
     * @param notLoaded how many paths were passed over, by reason
     * @param withheld the secrets that markers stand for; null, like {@code instructions}, = none were looked for
     */
    record CheckedOut(String repository, String commit, int files, long characters, long lines,
            Map<String, Integer> notLoaded, @Nullable Withheld withheld,
            @Nullable Instructions instructions) implements Event {}

    /**
     * The loop begins. A resumed run uses these texts, not newly rendered ones.
     *
     * @param tool the tool's description and schema, as JSON
     * @param firstMessage metadata and tree, as the root model got them
     */
    record RunStarted(String rootModel, String subModel, String system, String tool,
            String firstMessage) implements Event {}

    /**
     * AUTO has chosen.
     *
     * @param mode {@code BASELINE} or {@code RLM}
     * @param reason a sentence
     * @param estimate what the chosen mode was expected to cost
     * @param otherEstimate what the other one would have been expected to cost
     */
    record ModeChosen(String mode, String reason, CostRange estimate, CostRange otherEstimate) implements Event {}

    /**
     * The baseline's prompt is settled: its parts, and which files stand in it. A resumed run renders it from this.
     *
     * @param head what the model is told before the files
     * @param tail what it is told after them
     * @param files the paths whose text is in the prompt, in their order there
     * @param leftOut the loaded paths that are not
     * @param limit what left no room for these: {@code window}, {@code maxCostUsd} or {@code maxTokens}; null when nothing
     *     was left out
     * @param tokens of the whole prompt, as counted
     * @param room tokens that it might have had
     * @param maxTokens of the answer
     */
    record BaselinePacked(String model, String system, String head, String tail, List<String> files,
            List<String> leftOut, @Nullable String limit, long tokens, long room,
            int maxTokens) implements Event {}

    /**
     * A turn begins.
     *
     * @param notice what the root model is told of its budget before this turn; null = nothing
     * @param message what it is told before this turn in a message of its own; null = nothing
     */
    record TurnStarted(int turn, @Nullable String notice, @Nullable String message) implements Event {

        public TurnStarted(int turn) {
            this(turn, null, null);
        }
    }

    /**
     * Another root model goes on from this turn: signed thinking belongs to the model that wrote it, so it is left out of
     * the conversation from now on.
     *
     * @param from the model that wrote the newest reply
     */
    record ThinkingDropped(int turn, String from, String to) implements Event {}

    /**
     * A limit leaves no room for another turn: the root model is asked for the report, from what was found until now. A
     * resumed run asks the same.
     *
     * @param turn the one that could not be
     * @param reason the limit's name in the API, or an error code
     * @param detail a sentence on it
     */
    record SynthesisBegun(int turn, String reason, String detail, String system, String message,
            int maxTokens) implements Event {}

    /**
     * A model is about to be asked. Not followed by a {@link ModelReplied} or a {@link CallWithdrawn} of the same key =
     * uncertain: it may have been paid; unless it is {@code cached}.
     *
     * @param prompt of a sub-call; null for the others, whose messages follow from the journal itself
     * @param promptHash SHA-256 over model, system and messages; a resumed run must come to the same
     * @param inputTokens of all that is sent, at most
     * @param reserved what was set aside for the call
     * @param cached whether nothing was sent, since our own cache has the reply
     */
    record ModelAsked(CallKey key, Role role, String model, @Nullable String prompt, String promptHash,
            long inputTokens, int maxTokens, Cost reserved, boolean cached) implements Event {}

    /**
     * One attempt at a call failed.
     *
     * @param kind {@code RATE_LIMITED}, {@code TRANSIENT}, {@code PERMANENT} or {@code CANCELLED}
     * @param delay until the next attempt; null = given up
     */
    record AttemptFailed(CallKey key, Role role, String model, int number, String kind, @Nullable Integer status,
            @Nullable Duration delay, String cause) implements Event {}

    /** A model lets no call of the run in for a while, because it was asked to slow down: by this run or by another. */
    record CallHeld(Role role, String model, Instant until) implements Event {}

    /**
     * The run was put aside or ended while a call still waited, for its turn or to be tried again: it was not paid, and
     * nothing stays reserved for it.
     */
    record CallWithdrawn(CallKey key, Role role, String model, Cost reserved) implements Event {}

    /**
     * A call is answered, or given up.
     *
     * @param text the visible text; empty when given up
     * @param raw the whole reply as JSON, to be handed back on resume; null for sub-calls
     * @param reserved what was set aside for the call, and is no more
     * @param source who answered
     * @param error why the call was given up; null when it was answered
     * @param failure what kind of failure that was; null when nobody was asked, and when it was answered
     */
    record ModelReplied(CallKey key, Role role, String model, String text, @Nullable String raw, Usage usage, Cost cost,
            Cost reserved, long millis, Source source, @Nullable String error,
            @Nullable Failure failure) implements Event {

        /** @param kind as in {@link AttemptFailed} @param status the HTTP status; null when there was none */
        public record Failure(String kind, @Nullable Integer status) {}

        /** A reply that nobody was asked for. */
        public static ModelReplied unasked(CallKey key, Role role, String model, String text, Source source,
                @Nullable String error) {
            return new ModelReplied(key, role, model, text, null, Usage.NONE, Cost.ZERO, Cost.ZERO, 0, source, error,
                    null);
        }

        /** How the error begins of a call that the budget refused. */
        public static final String REFUSAL = "budget ";

        /** Where a reply came from. */
        public enum Source {
            /** Bought from a provider. */
            MODEL,
            /** The same prompt stood earlier in the same batch. */
            DUPLICATE,
            /** Our own cache. */
            CACHE
        }

        /**
         * What this reply adds to the account of its role. A call that was given up counts as none, but what the
         * provider charged for it counts; a reply that was not bought has no tokens and no cost.
         */
        public Account account() {
            int answered = error == null ? 1 : 0;
            return source == Source.MODEL
                    ? new Account(answered, 0, usage, cost)
                    : new Account(0, answered, Usage.NONE, Cost.ZERO);
        }

        /** Whether the budget refused the call: nobody was asked, so it was neither paid nor given up. */
        public boolean refused() {
            return error != null && error.startsWith(REFUSAL);
        }
    }

    /**
     * A call was given up, and the next model of its role takes over: for this call and all that follow.
     *
     * @param from the model that was given up
     * @param to the one that is asked from now on
     * @param reason what the call was given up for
     */
    record ModelFellBack(Role role, String from, String to, String reason) implements Event {

        /** What a reader of the report should know of it. */
        public Warned warning() {
            return new Warned(name(), "the %s model %s was given up: %s; %s took over".formatted(role.label(), from,
                    reason, to));
        }
    }

    /**
     * A cell is about to run.
     *
     * @param startedAt what the clock says in it
     * @param seed of its random numbers
     * @param left what {@code budget()} answers in it, before its own calls
     */
    record CellStarted(int turn, int cell, String code, @Nullable String reasoning, Instant startedAt, long seed,
            @Nullable Left left) implements Event {}

    /**
     * A cell ended.
     *
     * @param outcome as in {@code CellResult}: {@code OK ERROR TIMEOUT KILLED MEMORY DIED}
     * @param observation what the root model was told of it
     * @param outputLength characters printed, before any cut
     * @param answer what {@code answer["content"]} held then
     * @param ready whether the run was to end with that answer
     */
    record CellFinished(int turn, int cell, String outcome, String observation, long outputLength, long millis,
            String answer, boolean ready) implements Event {}

    /**
     * The run waits until there is room for its kernel.
     *
     * @param kernels of other runs, which have all the room
     */
    record KernelAwaited(int kernels) implements Event {}

    record KernelRestarted(int turn, int cell, String reason, int replayedCells) implements Event {}

    /** Something a reader of the report should know; {@code code} is stable, {@code detail} a sentence. */
    record Warned(String code, String detail) implements Event {}

    /** The places in the code that the answer speaks of were looked up at the pinned commit. */
    record FindingsChecked(List<CheckedFinding> findings) implements Event {}

    /**
     * One claim of the answer and what came of its check.
     *
     * @param by which side of a comparison makes it; null where there is only one answer
     * @param claim the sentence or list item that makes it, cut
     * @param path the file it names
     * @param line the line it names, from 1; null when it names none
     * @param quote the code it quotes; null when it quotes none
     * @param holds whether file, line and quote are really there
     * @param problem what is not there; null when it holds
     */
    record CheckedFinding(@Nullable Role by, String claim, String path, @Nullable Integer line, @Nullable String quote,
            boolean holds,
            @Nullable String problem) {}

    /**
     * The run goes on after it had ended: it is tried again from its last good step. The calls that it failed for, which
     * are those that were given up outside of cells that ended, are asked anew.
     *
     * @param status how it had ended, as {@code reason} in {@link RunEnded}
     */
    record Reopened(String status, String reason) implements Event {}

    /**
     * The run is over; the last entry, unless it is {@link Reopened}.
     *
     * @param status the terminal status of the analysis: {@code COMPLETED PARTIAL FAILED CANCELLED}
     * @param reason what ended it: {@code answer}, a limit's name, an error code
     * @param answer the report's body in Markdown; null when there is none
     * @param detail a sentence on the reason; null when there is nothing to say
     */
    record RunEnded(String status, String reason, @Nullable String answer, @Nullable String detail,
            boolean retryable) implements Event {}

    /** All kinds of event, in no particular order. */
    static List<Class<? extends Event>> kinds() {
        return Arrays.<Class<?>>stream(Event.class.getPermittedSubclasses())
                .<Class<? extends Event>>map(kind -> kind.asSubclass(Event.class)).toList();
    }
}
