package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Ledger;
import dev.deeprepo.report.ReportFacts.Parent;
import dev.deeprepo.rlm.Domain;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.CostRange;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One accepted job, as callers see it.
 *
 * @param choice what AUTO chose, once it has; null in every other mode
 * @param parent the one that it came out of, as a fork, a question or a refresh; null when it came out of none
 * @param attempt how often a worker has begun; 0 = none yet
 * @param retries failed calls of models that were followed by another
 * @param error why it failed; null unless status is FAILED
 * @param callback null when the request named no {@code callbackUrl}
 */
record Analysis(AnalysisId id, Status status, Mode mode,
        @Nullable Choice choice, Domain domain,
        Repository repository, @Nullable String focus, Models models, Instant createdAt, @Nullable Instant startedAt,
        @Nullable Instant finishedAt, @Nullable Parent parent, int attempt, Progress progress, Consumption usage,
        int retries,
        int kernelRestarts, Limits budget,
        List<Warning> warnings, @Nullable Failure error, @Nullable Callback callback) {

    /** @param commit null until the repository is here */
    @Schema(name = "AnalysisRepository")
    record Repository(String url, @Nullable String ref, @Nullable String path, @Nullable String commit) {}

    /**
     * What AUTO chose, and why.
     *
     * @param mode BASELINE or RLM
     * @param estimatedCostUsd of the chosen mode
     * @param otherEstimatedCostUsd what the other mode would have been expected to cost
     */
    @Schema(name = "ModeChoice")
    record Choice(Mode mode, String reason, Money estimatedCostUsd, Money otherEstimatedCostUsd) {

        static @Nullable Choice of(Event.@Nullable ModeChosen chosen) {
            return chosen == null
                    ? null
                    : new Choice(Mode.valueOf(chosen.mode()), chosen.reason(), Money.of(chosen.estimate()),
                            Money.of(chosen.otherEstimate()));
        }
    }

    /** From the least to the most that is to be expected. */
    @Schema(name = "CostRange")
    record Money(BigDecimal low, BigDecimal high) {

        static Money of(CostRange range) {
            return new Money(range.low().usd(), range.high().usd());
        }
    }

    /** The model of each role that the mode uses; those of AUTO are one or the other once it has chosen. */
    @Schema(name = "AnalysisModels")
    record Models(@Nullable String root, @Nullable String sub, @Nullable String baseline) {

        static Models of(AnalysisRequest request, Event.@Nullable ModeChosen chosen) {
            String root = request.rootModel();
            String sub = request.subModel();
            Mode mode = Objects.requireNonNull(request.mode());
            return switch (chosen == null ? mode : Mode.valueOf(chosen.mode())) {
                case RLM -> new Models(root, sub, null);
                case BASELINE -> new Models(null, null, root);
                case COMPARE -> new Models(root, sub, request.baselineModel());
                case AUTO -> new Models(root, sub, root);
            };
        }

        /** By role. */
        Map<Role, String> byRole() {
            Map<Role, String> models = new EnumMap<>(Role.class);
            put(models, Role.ROOT, root);
            put(models, Role.SUB, sub);
            put(models, Role.BASELINE, baseline);
            return models;
        }

        private static void put(Map<Role, String> models, Role role, @Nullable String model) {
            if (model != null) {
                models.put(role, model);
            }
        }
    }

    /**
     * How far it is.
     *
     * @param turn the latest one; 0 before the first
     * @param phase what is being done
     * @param waitingUntil when a model is asked again that is out of reach, where that is more than a minute after the last
     *     time; null in every phase but {@code waiting}, and while it waits for the kernels of other runs to end
     * @param queue null unless it is {@code queued}
     */
    record Progress(int turn, int maxTurns, int subCalls,
            @Schema(allowableValues = {
                    "queued", "fetching", "thinking", "running", "waiting", "finishing",
                    "done"}) String phase,
            @Nullable Instant waitingUntil, @Nullable Queue queue) {

        static Progress of(StoredAnalysis stored, Ledger.Progress progress, @Nullable Queue queue) {
            String phase = switch (stored.status()) {
                case QUEUED -> "queued";
                case RUNNING -> progress.phase();
                case COMPLETED, PARTIAL, FAILED, CANCELLED -> "done";
            };
            return new Progress(progress.turn(), stored.request().budget().maxTurns(), progress.subCalls(), phase,
                    phase.equals(progress.phase()) ? progress.waitingUntil() : null, queue);
        }
    }

    /**
     * Where it waits. Owners take turns, so others may come in before it that were accepted later.
     *
     * @param position 1 = it begins next
     * @param estimatedStart from the time that recent runs took and how many run at once; null when no run has ended yet
     * @param held what keeps it back though it may be its turn; null when nothing does
     */
    @Schema(name = "QueuePosition")
    record Queue(int position, @Nullable Instant estimatedStart, @Nullable Hold held) {}

    /**
     * Why the next attempt is not begun yet: the last one broke off.
     *
     * @param until when it is begun, once there is a worker for it
     */
    @Schema(name = "QueueHold")
    record Hold(@Schema(implementation = ErrorCode.class) String code, String detail, Instant until) {}

    /** What each role took, and all together. */
    @Schema(name = "UsageByRole")
    record Consumption(Line root, Line sub, Line baseline, Line total) {}

    /**
     * Calls, tokens and money.
     *
     * @param calls replies that were bought; failed attempts, duplicates and cache hits are not calls
     * @param cacheHits replies that came from our own cache or from an equal prompt, at no cost
     * @param inputTokens all tokens read, those of the provider's cache included
     * @param outputTokens all tokens written, hidden reasoning included
     */
    @Schema(name = "Usage")
    record Line(int calls, int cacheHits, long inputTokens, long outputTokens, long cacheReadTokens,
            long cacheWriteTokens, BigDecimal costUsd) {

        static Line of(Account account) {
            Usage usage = account.usage();
            return new Line(account.calls(), account.cacheHits(), usage.inputTokens(), usage.outputTokens(),
                    usage.cacheReadTokens(), usage.cacheWriteTokens(), account.cost().usd());
        }
    }

    /** @param maxTokens input and output of all models together; null = no limit */
    @Schema(name = "AnalysisBudget")
    record Limits(int maxTurns, BigDecimal maxCostUsd, int maxSubCalls, @Nullable Long maxTokens,
            Duration timeout, Remaining remaining) {}

    /** What is neither used nor, of the money, set aside for a call without a reply: under way, or lost on the way. */
    @Schema(name = "RemainingBudget")
    record Remaining(int turns, BigDecimal costUsd, int subCalls, @Nullable Long tokens) {}

    /** Something to know about the report; {@code code} is stable. */
    record Warning(String code, String detail) {}

    /** Why an analysis failed. */
    @Schema(name = "AnalysisError")
    record Failure(@Schema(implementation = ErrorCode.class) String code, String detail, boolean retryable) {}

    /**
     * How far it is to tell {@code callbackUrl} of the end.
     *
     * @param attempts requests that were begun
     * @param lastError why the last request failed; null when none has, or it did not
     */
    @Schema(name = "AnalysisCallback")
    record Callback(CallbackStatus status, int attempts, @Nullable String lastError, @Nullable Instant deliveredAt) {

        static Callback of(StoredCallback stored) {
            return new Callback(stored.status(), stored.attempts(), stored.lastError(), stored.deliveredAt());
        }
    }

    /** A page of analyses, newest first; {@code nextCursor} is null on the last one. */
    @Schema(name = "AnalysisPage")
    record Page(List<Analysis> items, @Nullable String nextCursor) {}

    static Analysis of(StoredAnalysis stored, Ledger.Progress progress, List<Event.Warned> warned,
            Event.@Nullable ModeChosen chosen, @Nullable Queue queue, @Nullable StoredCallback callback) {
        AnalysisRequest request = stored.request();
        Account root = progress.accounts().getOrDefault(Role.ROOT, Account.EMPTY);
        Account sub = progress.accounts().getOrDefault(Role.SUB, Account.EMPTY);
        Account baseline = progress.accounts().getOrDefault(Role.BASELINE, Account.EMPTY);
        Account total = root.plus(sub).plus(baseline);
        var budget = request.budget();
        Long maxTokens = budget.maxTokens();
        Remaining remaining = new Remaining(Math.max(0, budget.maxTurns() - progress.turn()),
                budget.maxCost().minus(total.cost().plus(progress.reserved())).usd(),
                Math.max(0, budget.maxSubCalls() - sub.calls()),
                maxTokens == null ? null : Math.max(0, maxTokens - total.usage().totalTokens()));
        return new Analysis(stored.id(), stored.status(), Objects.requireNonNull(request.mode()), Choice.of(chosen),
                Objects.requireNonNull(request.domain()),
                new Repository(Objects.requireNonNull(request.repository()), request.ref(), request.path(),
                        stored.commit()),
                request.focus(), Models.of(request, chosen),
                stored.createdAt(), stored.startedAt(), stored.finishedAt(), stored.parent(), stored.attempt(),
                Progress.of(stored, progress, queue),
                new Consumption(Line.of(root), Line.of(sub), Line.of(baseline), Line.of(total)), progress.retries(),
                progress.kernelRestarts(),
                new Limits(budget.maxTurns(), budget.maxCost().usd(), budget.maxSubCalls(), maxTokens,
                        budget.timeout(), remaining),
                warnings(stored, warned), stored.status() == Status.FAILED ? stored.ending() : null,
                callback == null ? null : Callback.of(callback));
    }

    /** A report that a limit cut short must not look like a whole one. */
    private static List<Warning> warnings(StoredAnalysis stored, List<Event.Warned> warned) {
        List<Warning> warnings = new ArrayList<>();
        warned.forEach(each -> warnings.add(new Warning(each.code(), each.detail())));
        Failure ending = stored.ending();
        if (stored.status() == Status.PARTIAL && ending != null) {
            warnings.add(new Warning("ended-early", "%s: %s".formatted(ending.code(), ending.detail())));
        }
        return List.copyOf(warnings);
    }
}
