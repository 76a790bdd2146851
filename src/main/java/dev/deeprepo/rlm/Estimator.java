package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Event.BaselinePacked;
import dev.deeprepo.journal.Event.ModeChosen;
import dev.deeprepo.llm.ListedModel;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Models;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.rlm.Estimate.Expected;
import dev.deeprepo.rlm.Estimate.Fit;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.CostRange;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Usage;
import java.math.BigDecimal;
import java.util.List;
import org.springframework.stereotype.Component;

/**
 * Says what a run is expected to cost. A baseline is one call whose prompt is known, so its range is narrow. What a root
 * model will do is not known: from three short turns that ask nobody, with all that can be cached read from the cache,
 * to every turn that it has, nothing cached, and sub-calls that read the whole text one and a half times over.
 */
@Component
public final class Estimator {

    static final String BASELINE = "BASELINE";
    static final String RLM = "RLM";

    private static final int FEWEST_TURNS = 3;
    private static final int SHORT_REPLY = 150;
    private static final int LONG_REPLY = 3_000;
    private static final int SHORT_OBSERVATION = 50;
    /** What 8 192 characters of output come to, rare characters included. */
    private static final int LONG_OBSERVATION = 3_500;
    private static final int FEWEST_SUB_CALLS = 60;
    private static final int SUB_PROMPT = 12_000;
    private static final int SUB_FRAME = 700;
    private static final int SUB_REPLY = 1_200;
    private static final int SHORT_REPORT = 50;

    private final PriceList prices;
    private final Models models;

    Estimator(PriceList prices, Models models) {
        this.prices = prices;
        this.models = models;
    }

    /**
     * Estimates every mode for one repository.
     *
     * @param rlm the models of RLM; its root is the baseline's model too
     * @param compared the model that COMPARE sets beside them
     * @param check called before each file is counted; may throw
     */
    public Estimate estimate(Snapshot snapshot, Brief brief, Method.Rlm rlm, ModelId compared, Runnable check) {
        TextTokens text = TextTokens.of(snapshot, check);
        Expected explored = rlm(snapshot, brief, rlm, text);
        Cost money = brief.budget().maxCost();
        Long tokens = brief.budget().maxTokens();
        BaselinePacked alone = plan(snapshot, brief,
                Room.of(rlm.root().first(), price(rlm.root().first()), money, tokens), rlm.root().first(),
                check);
        Expected single = baseline(alone, rlm.root().first());
        Room half = Room.of(compared, price(compared), half(money), tokens == null ? null : tokens / 2);
        Expected both = explored.plus(baseline(plan(snapshot, brief, half, compared, check), compared)).atMost(money);
        boolean fits = isBaselineBetter(alone, rlm.root().first());
        return new Estimate(text.tokens(), text.counted(),
                models.list().stream().map(model -> fit(model, text)).toList(),
                explored, single, both, fits ? single : explored, fits ? BASELINE : RLM,
                reason(alone, rlm.root().first()));
    }

    /** AUTO's choice. @param plan the baseline as it would be asked */
    ModeChosen choose(Attempt attempt, Method.Auto either, BaselinePacked plan, Runnable check) {
        TextTokens text = TextTokens.of(attempt.snapshot(), check);
        CostRange explored = rlm(attempt.snapshot(), attempt.brief(), either.rlm(), text).cost();
        CostRange single = baseline(plan, either.baseline().model().first()).cost();
        ModelId alone = either.baseline().model().first();
        return isBaselineBetter(plan, alone)
                ? new ModeChosen(BASELINE, reason(plan, alone), single, explored)
                : new ModeChosen(RLM, reason(plan, alone), explored, single);
    }

    /** Rules that run code over a repository find more than rules that read it as one text. */
    private static boolean isBaselineBetter(BaselinePacked plan, ModelId model) {
        return plan.leftOut().isEmpty() && model.provider() != Provider.OFFLINE;
    }

    private static String reason(BaselinePacked plan, ModelId model) {
        if (model.provider() == Provider.OFFLINE) {
            return "rules that run code over a repository find more than rules that read it as one text";
        }
        int all = plan.files().size() + plan.leftOut().size();
        return plan.leftOut().isEmpty()
                ? "all %,d files fit one call of %s: %,d of at most %,d tokens".formatted(all, plan.model(),
                        plan.tokens(),
                        plan.room())
                : "%,d of %,d files do not fit one call of %s with at most %,d tokens (%s)".formatted(
                        plan.leftOut().size(),
                        all, plan.model(), Math.max(0, plan.room()), plan.limit());
    }

    private static BaselinePacked plan(Snapshot snapshot, Brief brief, Room room, ModelId model, Runnable check) {
        return Baseline.plan(snapshot, brief, null, model, room, check);
    }

    private Price price(ModelId model) {
        return prices.of(model.name());
    }

    private static Cost half(Cost money) {
        return new Cost(money.usd().divide(BigDecimal.TWO));
    }

    private static Fit fit(ListedModel listed, TextTokens text) {
        Price price = listed.price();
        Room room = Room.of(new ModelId(listed.provider(), listed.model()), price,
                new Cost(BigDecimal.valueOf(1_000_000)),
                null);
        return new Fit(listed.model(), price.window(), Tokens.atMost(text.tokens(), listed.provider()),
                Tokens.atMost(room.tokens(), listed.provider()));
    }

    private Expected baseline(BaselinePacked plan, ModelId model) {
        Price price = prices.of(model.name());
        Cost low = price.cost(Usage.of(plan.tokens() * 9 / 10, SHORT_REPORT));
        Cost high = price.worst(Tokens.atMost(plan.tokens(), model.provider()), plan.maxTokens());
        return new Expected(new CostRange(low, high), List.of(
                "one call of %s with %,d of %,d files: %,d tokens counted, an answer of %,d to %,d".formatted(model,
                        plan.files().size(), plan.files().size() + plan.leftOut().size(), plan.tokens(), SHORT_REPORT,
                        plan.maxTokens())));
    }

    private Expected rlm(Snapshot snapshot, Brief brief, Method.Rlm rlm, TextTokens text) {
        Budget budget = brief.budget();
        Price root = prices.of(rlm.root().first().name());
        Price sub = prices.of(rlm.sub().first().name());
        long overview = Tokens.count(Prompts.system(brief.domain(), null, budget.maxTurns(), budget.maxSubCalls(), 1))
                + Tokens.count(Prompts.firstMessage(brief.domain(), snapshot, brief.focus(), null, budget.maxTurns()));
        Cost low = Cost.ZERO;
        int fewest = Math.min(FEWEST_TURNS, budget.maxTurns());
        for (int turn = 0; turn < fewest; turn++) {
            long context = overview * 9 / 10 + (long) turn * (SHORT_REPLY + SHORT_OBSERVATION);
            low = low.plus(root.cost(new Usage(context, SHORT_REPLY, turn == 0 ? 0 : context, 0)));
        }
        Cost high = Cost.ZERO;
        for (int turn = 0; turn < budget.maxTurns(); turn++) {
            long context = Tokens.atMost(overview, rlm.root().first().provider())
                    + (long) turn * (LONG_REPLY + LONG_OBSERVATION);
            high = high.plus(root.worst(context, LONG_REPLY));
        }
        long read = Tokens.atMost(text.tokens() + text.tokens() / 2, rlm.sub().first().provider());
        long calls = Math.min(budget.maxSubCalls(), Math.max(FEWEST_SUB_CALLS, read / SUB_PROMPT));
        long prompt = calls == 0 ? 0 : SUB_FRAME + Math.min(SUB_PROMPT * 4L, Math.max(1, read / calls));
        Cost perCall = sub.worst(prompt, SUB_REPLY);
        high = high.plus(new Cost(perCall.usd().multiply(BigDecimal.valueOf(calls))));
        CostRange cost = new CostRange(low, low.compareTo(high) > 0 ? low : high).atMost(budget.maxCost());
        Long tokens = budget.maxTokens();
        if (tokens != null) {
            Cost dearest = root.worst(0, tokens);
            cost = cost.atMost(dearest.compareTo(sub.worst(0, tokens)) > 0 ? dearest : sub.worst(0, tokens));
        }
        return new Expected(cost, List.of(
                "low: %d turns of %s that ask nobody, begun with %,d tokens that are read from the cache afterwards"
                        .formatted(fewest, rlm.root().first(), overview),
                "high: all %d turns, nothing cached, %,d tokens more with each; %,d sub-calls of %s that read the text one and a half times over; never above maxCostUsd"
                        .formatted(budget.maxTurns(), LONG_REPLY + LONG_OBSERVATION, calls, rlm.sub().first())));
    }
}
