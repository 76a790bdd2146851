package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Event.SynthesisBegun;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.usage.BudgetExceeded;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Spending;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last call of a run that has no room for another turn: the root model writes the report, from what was found until
 * then and from as many files as fit beside it. What the call needs is held back from the first turn on, so a small
 * budget ends with a report too, and so does a conversation that outgrew its window.
 */
final class Synthesis implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Synthesis.class);

    /** Counted tokens of the prompt, and tokens of the report, when money is no question. */
    private static final int PROMPT = 24_000;
    private static final int REPORT = 8_192;

    /** What the slowest of the strong models write: a report that is cut off at the end of the time is none. */
    private static final int TOKENS_A_SECOND = 40;

    /** Counted tokens of a prompt below which nothing of the repository has room in it. */
    private static final int LEAST_PROMPT = 2_500;

    /** The part of a budget that is held back, where that is enough for the least prompt. */
    private static final BigDecimal PART = new BigDecimal("0.25");

    private final Attempt attempt;
    private final Relay models;
    private final Buyer buyer;
    private final Findings findings;

    Synthesis(Attempt attempt, Relay models, Buyer buyer, Findings findings) {
        this.attempt = attempt;
        this.models = models;
        this.buyer = buyer;
        this.findings = findings;
    }

    /** Sets aside what the call needs; nothing, where the budget cannot bear it at all. */
    void holdBack() {
        Relay.Runner model = models.current();
        Price price = model.price();
        long prompt = Tokens.atMost(PROMPT, model.id().provider());
        long leastPrompt = Tokens.atMost(LEAST_PROMPT, model.id().provider());
        Cost least = price.worst(leastPrompt, Spending.LEAST_ANSWER);
        Cost most = attempt.brief().budget().maxCost();
        Cost part = new Cost(most.usd().multiply(PART)).max(least).min(price.worst(prompt, REPORT));
        Long maxTokens = attempt.brief().budget().maxTokens();
        long leastTokens = leastPrompt + Spending.LEAST_ANSWER;
        long tokens = maxTokens == null ? 0 : Math.min(Math.max(maxTokens / 4, leastTokens), prompt + REPORT);
        if (part.compareTo(most) <= 0 && (maxTokens == null || tokens <= maxTokens)) {
            attempt.spending().holdBack(part, tokens);
        }
    }

    /** There is no last call any more. */
    @Override
    public void close() {
        attempt.spending().holdBack(Cost.ZERO, 0);
    }

    /** Ends the run in the place of a turn. */
    Outcome write(int turn, String reason, String detail) {
        SynthesisBegun begun = prompt(turn, reason, detail);
        if (begun == null) {
            return Attempt.salvage(findings.best(), reason, detail, false);
        }
        attempt.journal().append(begun);
        return resume(begun);
    }

    /** Goes on where an earlier attempt had begun to end the run. */
    Outcome resume(SynthesisBegun begun) {
        String report = "";
        try {
            report = ask(begun);
        } catch (BudgetExceeded | ModelException e) {
            log.info("the report of what was found could not be asked for: {}", e.getMessage());
        }
        return Attempt.salvage(report.isBlank() ? findings.best() : report, begun.reason(), begun.detail(), false);
    }

    private String ask(SynthesisBegun begun) {
        CallKey key = CallKey.synthesis(begun.turn());
        UnaryOperator<String> hash = model -> Conversation.hash(model, begun.system() + '\n' + begun.message());
        String report = models.ask(key, _ -> true, hash,
                recorded -> recorded.error() == null ? written(Buyer.read(recorded)) : "",
                model -> buy(key, model, hash.apply(model.name()), begun));
        return Baseline.unfenced(report.strip());
    }

    /** Words of refusal are no report. */
    private static String written(Completion completion) {
        return completion.stopReason() == StopReason.REFUSAL ? "" : completion.text();
    }

    private String buy(CallKey key, Relay.Runner model, String hash, SynthesisBegun begun) {
        long tokens = Tokens.count(begun.system()) + Tokens.count(begun.message()) + Conversation.FRAME;
        return written(buyer.buy(new Buyer.Order(key, Role.ROOT, model.model(), model.price(), begun.system(),
                List.of(new Message.User(begun.message())), List.of(),
                Buyer.capped(model.price(), begun.maxTokens()), null, hash,
                Tokens.atMost(tokens, model.id().provider()), true)).use());
    }

    /** Null when there is no room for one. */
    private @Nullable SynthesisBegun prompt(int turn, String reason, String detail) {
        Spending spending = attempt.spending();
        Relay.Runner model = models.current();
        Room room = Room.of(model.id(), model.price(), spending.remainingForLast(), spending.remainingTokensForLast(),
                REPORT);
        Brief brief = attempt.brief();
        Basis basis = attempt.recording().basis();
        String system = Prompts.synthesisSystem(brief.domain(), basis);
        String head = Prompts.synthesisHead(brief.domain(), attempt.snapshot(), basis);
        String tail = Prompts.synthesisTail(brief.domain(), brief.focus(), basis);
        long left = Math.min(room.tokens(), PROMPT) - Conversation.FRAME - Tokens.count(system) - Tokens.count(head)
                - Tokens.count(tail);
        if (left < 0) {
            return null;
        }
        String evidence = cut(findings.evidence(), left);
        left -= Tokens.count(evidence);
        StringBuilder message = new StringBuilder(head).append(evidence);
        for (String file : Packing.of(attempt.snapshot(), left, () -> {}).files()) {
            message.append(Packing.shown(file, attempt.snapshot().text(file)));
        }
        int inTime = Math.clamp(attempt.secondsLeft() * TOKENS_A_SECOND, Spending.LEAST_ANSWER, REPORT);
        return new SynthesisBegun(turn, reason, detail, system, message.append(tail).toString(),
                Math.min(room.maxTokens(), inTime));
    }

    /** Head and tail of a text, in so many tokens at most. */
    private static String cut(String text, long tokens) {
        String cut = text;
        for (long counted = Tokens.count(cut); counted > tokens; counted = Tokens.count(cut)) {
            long length = cut.length() * tokens / counted * 9 / 10;
            cut = length < 200 ? "" : Observation.cut(text, text.length(), (int) length);
        }
        return cut;
    }
}
