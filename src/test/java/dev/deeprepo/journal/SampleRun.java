package dev.deeprepo.journal;

import dev.deeprepo.journal.Event.ModelReplied.Source;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A run of two turns with everything in it that is counted: retries of both roles, a call given up, a duplicate, a
 * cache hit, a killed kernel.
 */
public final class SampleRun {

    public static final String ROOT = "claude-sonnet-5-5";
    public static final String SUB = "minimax/minimax-m2.5";

    public static final Account ROOT_ACCOUNT = new Account(2, 0, new Usage(3000, 70, 900, 1900),
            Cost.usd("0.0123456789"));
    public static final Account SUB_ACCOUNT = new Account(1, 2, Usage.of(500, 50), Cost.usd("0.000155"));
    public static final int FAILED_ATTEMPTS = 4;
    public static final int RETRIES = 3;
    public static final Duration WAITS = Duration.ofMillis(12_000);

    /** What a worker writes between its claim and its end. */
    public static final List<Event> EVENTS = List.of(
            new Event.AttemptStarted(1, "here"),
            new Event.CheckedOut("b", "c0ffee", 3, 300, 30, Map.of("binary", 1),
                    new Withheld(1, 1, List.of(new Withheld.InFile("a.env", Map.of("password", 1)))),
                    new Instructions(1, List.of(new Instructions.Line("a.md", 3, "override", "Ignore …")))),
            new Event.RunStarted(ROOT, SUB, "system", "{}", "metadata and tree"),
            new Event.TurnStarted(1),
            asked(CallKey.root(1), Role.ROOT, ROOT, null),
            failed(CallKey.root(1), Role.ROOT, ROOT, 1, "RATE_LIMITED", Duration.ofSeconds(2)),
            failed(CallKey.root(1), Role.ROOT, ROOT, 2, "RATE_LIMITED", Duration.ofSeconds(9)),
            replied(CallKey.root(1), Role.ROOT, ROOT, "Let me look.", new Usage(1000, 30, 0, 900), "0.0023456789",
                    Source.MODEL, null),
            new Event.CellStarted(1, 0, "llm_batch(prompts)", "ask about each file", Instant.EPOCH, 42, null),
            asked(sub(1), Role.SUB, SUB, "what is b?"),
            asked(sub(0), Role.SUB, SUB, "what is a?"),
            failed(sub(1), Role.SUB, SUB, 1, "TRANSIENT", Duration.ofSeconds(1)),
            failed(sub(1), Role.SUB, SUB, 2, "TRANSIENT", null),
            replied(sub(1), Role.SUB, SUB, "", Usage.NONE, "0", Source.MODEL, "given up after 2 attempts"),
            replied(sub(0), Role.SUB, SUB, "a is a", Usage.of(500, 50), "0.000155", Source.MODEL, null),
            replied(sub(2), Role.SUB, SUB, "a is a", Usage.NONE, "0", Source.DUPLICATE, null),
            replied(sub(3), Role.SUB, SUB, "d is d", Usage.NONE, "0", Source.CACHE, null),
            new Event.KernelRestarted(1, 0, "time limit", 0),
            new Event.CellFinished(1, 0, "KILLED", "[stopped]", 9, 120_000, "", false),
            new Event.Warned("kernel-restarted", "Variables are gone."),
            new Event.TurnStarted(2),
            asked(CallKey.root(2), Role.ROOT, ROOT, null),
            replied(CallKey.root(2), Role.ROOT, ROOT, "", new Usage(2000, 40, 900, 1000), "0.01", Source.MODEL, null),
            new Event.CellStarted(2, 0, "set_answer('done')", null, Instant.EPOCH, 43, null),
            new Event.CellFinished(2, 0, "OK", "", 0, 5, "done", true),
            new Event.RunEnded("COMPLETED", "answer", "done", null, false));

    private SampleRun() {}

    /** Writes the whole run as attempt 1. */
    public static void play(Journal journal, AnalysisId id) {
        try (JournalWriter writer = journal.writer(id, 1)) {
            EVENTS.forEach(writer::append);
        }
    }

    static CallKey sub(int position) {
        return new CallKey(1, 0, 0, position);
    }

    static Event asked(CallKey key, Role role, String model, @Nullable String prompt) {
        return new Event.ModelAsked(key, role, model, prompt, "hash", 100, 4096, Cost.usd("0.1"), false);
    }

    static Event failed(CallKey key, Role role, String model, int number, String kind, @Nullable Duration delay) {
        return new Event.AttemptFailed(key, role, model, number, kind, 429, delay, "busy");
    }

    static Event replied(CallKey key, Role role, String model, String text, Usage usage, String cost, Source source,
            @Nullable String error) {
        return new Event.ModelReplied(key, role, model, text, role == Role.ROOT ? "{}" : null, usage, Cost.usd(cost),
                source == Event.ModelReplied.Source.MODEL ? Cost.usd("0.1") : Cost.ZERO, 250, source, error,
                error == null ? null : new Event.ModelReplied.Failure("RATE_LIMITED", 429));
    }
}
