package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.ErrorCode.INVALID_REQUEST;

import dev.deeprepo.rlm.Domain;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a caller asks for. Only {@code repository} is required; everything else has a default. */
record AnalysisRequest(
        @Schema(description = "A git repository, https; a private one where the service has a token for its host", requiredMode = Schema.RequiredMode.REQUIRED, example = "https://github.com/spring-projects/spring-petclinic", maxLength = 2048) @Nullable String repository,
        @Schema(description = "Branch, tag or full commit id; default: the repository's own", example = "main") @Nullable String ref,
        @Schema(description = "Only this directory is read", example = "src/main") @Nullable String path,
        @Schema(description = "RLM: a root model explores by writing Python and asks a sub model. BASELINE: one call with as much code as fits. COMPARE: both, side by side. AUTO: the baseline when everything fits one call, else RLM", defaultValue = "RLM") @Nullable Mode mode,
        @Schema(description = "What kind of report: on code; context, a project bible for AI coding tools; content, a review of a document library", defaultValue = "code") @Nullable Domain domain,
        @Schema(description = "A question or an emphasis", maxLength = MAX_FOCUS) @Nullable String focus,
        @Schema(description = "Alias or name, also of the one call of BASELINE; default: see GET /models", example = "sonnet") @Nullable String rootModel,
        @Schema(description = "Alias or name; default: see GET /models", example = "haiku") @Nullable String subModel,
        @Schema(description = "Alias or name, of the call that COMPARE sets beside the exploration; default: see GET /models", example = "opus") @Nullable String baselineModel,
        @Schema(description = "Turns of the root model; 20 unless the operator set another default. Once they are used, one more call writes the report", minimum = "1", maximum = "1000") @Nullable Integer maxTurns,
        @Schema(description = "US dollars, all models together; 5.00 unless the operator set another default", minimum = "0", example = "2.50") @Nullable BigDecimal maxCostUsd,
        @Schema(description = "Replies bought from the sub model; 500 unless the operator set another default", minimum = "0", maximum = "100000") @Nullable Integer maxSubCalls,
        @Schema(description = "Input and output of all models together; null = no limit") @Nullable Long maxTokens,
        @Schema(description = "Running time, ISO 8601; PT30M unless the operator set another default", example = "PT10M") @Nullable Duration timeout,
        @Schema(description = "Whether replies of the sub model may come from earlier runs, and are kept for later ones", defaultValue = "true") @Nullable Boolean cache,
        @Schema(description = "Who takes over, for the rest of the run, once a call was given up for a rate limit or an outage") @Nullable FallbackModels fallbackModels,
        @Schema(description = "Is told of the end: a signed POST after the Standard Webhooks specification, repeated until it is answered with a 2xx. https, by the same rules as repository; only where the service has a secret to sign with", maxLength = 1024, example = "https://hooks.example.net/deeprepo") @Nullable String callbackUrl) {

    static final int MAX_FOCUS = 4000;

    private static final int MAX_TURNS = 1000;
    private static final int MAX_SUB_CALLS = 100_000;

    AnalysisRequest {
        // Before anything writes it out: 1e999999999 would have a billion digits.
        require(maxCostUsd == null || Math.abs((long) maxCostUsd.scale()) <= 20, "maxCostUsd",
                "must be an amount of US dollars, such as 2.50");
        require(maxCostUsd == null || maxCostUsd.signum() >= 0, "maxCostUsd", "must not be negative");
        require(focus == null || focus.codePoints().noneMatch(AnalysisRequest::isNoText), "focus",
                "must not hold NUL or half a surrogate pair");
        requireName(rootModel, "rootModel");
        requireName(subModel, "subModel");
        requireName(baselineModel, "baselineModel");
    }

    /** What neither a database nor JSON can hold. */
    private static boolean isNoText(int codePoint) {
        return codePoint == 0 || Character.getType(codePoint) == Character.SURROGATE;
    }

    /** Names stand in one line of a log or a report. */
    private static void requireName(@Nullable String name, String field) {
        require(name == null || name.codePoints().noneMatch(AnalysisRequest::isInvisible), field,
                "must not hold control or format characters");
    }

    private static boolean isInvisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                true;
            default -> false;
        };
    }

    /** By role, the models that take over one after the other: 5 aliases or names at most, none of them twice. */
    record FallbackModels(
            @Schema(description = "Also of the one call of BASELINE and AUTO, where a model whose window does not hold its prompt is passed over", example = "opus") @Nullable List<String> root,
            @Schema(example = "haiku") @Nullable List<String> sub) {

        FallbackModels {
            requireNames(root, "fallbackModels.root");
            requireNames(sub, "fallbackModels.sub");
        }

        private static void requireNames(@Nullable List<String> models, String field) {
            require(models == null || models.stream().noneMatch(name -> Objects.isNull(name) || name.isBlank()), field,
                    "must list names or aliases of models");
            if (models != null) {
                models.forEach(name -> requireName(name, field));
            }
        }

        boolean isEmpty() {
            return (root == null || root.isEmpty()) && (sub == null || sub.isEmpty());
        }
    }

    /**
     * The same request with every default filled in.
     *
     * @param canonical the repository's address in its canonical form
     * @param sub null, like the baseline, where the mode does not use it
     * @param fallbacks of the models that it uses; null = none
     * @param callback whom to tell of the end, in canonical form; null = nobody
     * @throws Refused naming the field that cannot be served
     */
    AnalysisRequest complete(String canonical, String root, @Nullable String sub, @Nullable String baseline,
            @Nullable FallbackModels fallbacks, @Nullable String callback, BudgetSettings defaults) {
        require(focus == null || focus.length() <= MAX_FOCUS, "focus",
                "may have %d characters".formatted(MAX_FOCUS));
        AnalysisRequest complete = new AnalysisRequest(canonical, ref, path, or(mode, Mode.RLM),
                or(domain, Domain.CODE), focus == null || focus.isBlank() ? null : focus.strip(), root, sub, baseline,
                or(maxTurns, defaults.maxTurns()), or(maxCostUsd, defaults.maxCostUsd()),
                or(maxSubCalls, defaults.maxSubCalls()), maxTokens == null ? defaults.maxTokens() : maxTokens,
                or(timeout, defaults.timeout()), or(cache, true), fallbacks, callback);
        complete.checkLimits(defaults);
        return complete;
    }

    /** The same in the mode that uses every model; one that its own mode does not use is left to its default. */
    AnalysisRequest withAllModes() {
        return new AnalysisRequest(repository, ref, path, Mode.COMPARE, domain, focus, rootModel,
                mode == Mode.BASELINE ? null : subModel, mode == Mode.COMPARE ? baselineModel : null,
                maxTurns, maxCostUsd, maxSubCalls, maxTokens, timeout, cache,
                mode == Mode.BASELINE && fallbackModels != null
                        ? new FallbackModels(fallbackModels.root(), null)
                        : fallbackModels,
                callbackUrl);
    }

    /** What is kept and told of the request: the address is its receiver's secret. */
    AnalysisRequest withoutCallback() {
        return new AnalysisRequest(repository, ref, path, mode, domain, focus, rootModel, subModel, baselineModel,
                maxTurns, maxCostUsd, maxSubCalls, maxTokens, timeout, cache, fallbackModels, null);
    }

    /**
     * The same about the same repository, with what a caller wants otherwise now.
     *
     * @param about null, like the models, = as before; a model that replaces another has none of its fallbacks
     * @param callback null = nobody is told
     */
    AnalysisRequest again(Mode as, @Nullable String about, @Nullable String root, @Nullable String sub,
            FollowUp.Limits limits, @Nullable String callback) {
        FallbackModels others = fallbackModels == null
                ? null
                : new FallbackModels(root == null ? fallbackModels.root() : null,
                        sub == null ? fallbackModels.sub() : null);
        return new AnalysisRequest(repository, ref, path, as, domain, about == null ? focus : about,
                or(root, rootModel), sub == null ? subModel : sub, as == Mode.COMPARE ? baselineModel : null,
                or(limits.maxTurns(), maxTurns), or(limits.maxCostUsd(), maxCostUsd),
                or(limits.maxSubCalls(), maxSubCalls), limits.maxTokens() == null ? maxTokens : limits.maxTokens(),
                or(limits.timeout(), timeout), cache, others, callback);
    }

    /** The limits of a complete request. */
    Budget budget() {
        return new Budget(Objects.requireNonNull(maxTurns), new Cost(Objects.requireNonNull(maxCostUsd)),
                Objects.requireNonNull(maxSubCalls), maxTokens, Objects.requireNonNull(timeout));
    }

    private void checkLimits(BudgetSettings ceilings) {
        Budget budget;
        try {
            budget = budget();
        } catch (IllegalArgumentException e) {
            String message = Objects.requireNonNullElse(e.getMessage(), "budget");
            throw Refused.field(INVALID_REQUEST, message.replaceFirst(" .*", ""), message);
        }
        require(budget.maxTurns() <= MAX_TURNS, "maxTurns", "may be %d at most".formatted(MAX_TURNS));
        require(budget.maxSubCalls() <= MAX_SUB_CALLS, "maxSubCalls", "may be %d at most".formatted(MAX_SUB_CALLS));
        BigDecimal usd = budget.maxCost().usd();
        require(usd.compareTo(ceilings.ceilingCostUsd()) <= 0, "maxCostUsd",
                "may be %s at most here".formatted(ceilings.ceilingCostUsd().toPlainString()));
        require(usd.scale() <= 6, "maxCostUsd", "may have 6 decimals");
        require(budget.timeout().compareTo(ceilings.ceilingTimeout()) <= 0, "timeout",
                "may be %s at most here".formatted(ceilings.ceilingTimeout()));
    }

    private static void require(boolean holds, String field, String rule) {
        if (!holds) {
            throw Refused.field(INVALID_REQUEST, field, "%s %s".formatted(field, rule));
        }
    }

    private static <T extends @Nullable Object> T or(@Nullable T value, T otherwise) {
        return value == null ? otherwise : value;
    }
}
