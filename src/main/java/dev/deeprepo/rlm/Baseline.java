package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Event.BaselinePacked;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.usage.BudgetExceeded;
import dev.deeprepo.usage.BudgetExceeded.Limit;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The report of one call: as much code as fits goes into one prompt, and the answer is the report. What went in is on
 * record before it is asked for, so that a resumed run asks the same.
 */
final class Baseline {

    /** An answer that is one fenced block as a whole. */
    private static final Pattern FENCED = Pattern.compile("\\A```(?:markdown|md)?\\s*\\n(.*)\\n```\\s*\\z",
            Pattern.DOTALL);

    private final Attempt attempt;
    private final Relay models;
    private final ModelId id;
    private final boolean shared;
    private final Price price;
    private final Recording recording;
    private final Cancellation stop = new Cancellation();
    private @Nullable BaselinePacked planned;

    /** @param shared whether half of the budget is another part's */
    Baseline(Attempt attempt, Relay models, boolean shared) {
        this.attempt = attempt;
        this.models = models;
        this.id = models.first().id();
        this.shared = shared;
        this.price = models.first().price();
        this.recording = attempt.recording();
    }

    /**
     * Asks, or reads what was answered.
     *
     * @throws dev.deeprepo.journal.Fenced when a newer attempt took over
     */
    Outcome play() {
        return attempt.play(stop, () -> {
            attempt.warnOf(models.current().id());
            BaselinePacked packed = recording.packed();
            return answered(ask(packed == null ? packed() : packed));
        }, () -> "");
    }

    /** What would go into the prompt, without asking or recording anything; counted once. */
    BaselinePacked plan() {
        BaselinePacked plan = planned;
        if (plan == null) {
            plan = plan(attempt.snapshot(), attempt.brief(), recording.basis(), id, room(), this::stopIfAsked);
            planned = plan;
        }
        return plan;
    }

    static BaselinePacked plan(Snapshot snapshot, Brief brief, @Nullable Basis basis, ModelId id, Room room,
            Runnable check) {
        String system = Prompts.baselineSystem(brief.domain());
        String head = Prompts.baselineHead(brief.domain(), snapshot, basis);
        String tail = Prompts.baselineTail(brief.domain(), brief.focus());
        long around = Tokens.count(system) + Tokens.count(head) + Tokens.count(tail);
        Packing packing = Packing.of(snapshot, room.tokens() - around - Conversation.FRAME, check);
        return new BaselinePacked(id.name(), system, head, tail, packing.files(), packing.leftOut(),
                packing.leftOut().isEmpty() ? null : room.limit(), around + packing.tokens(), room.tokens(),
                room.maxTokens());
    }

    private BaselinePacked packed() {
        BaselinePacked packed = plan();
        if (packed.files().isEmpty()) {
            String detail = "no file fits the baseline's prompt: %s leaves room for %,d tokens beside an answer of %,d; raise it"
                    .formatted(packed.limit(), Math.max(0, packed.room()), packed.maxTokens());
            for (Limit limit : Limit.values()) {
                if (limit.name().equals(packed.limit())) {
                    throw new BudgetExceeded(limit, detail);
                }
            }
            throw new BudgetExceeded(Limit.maxTokens, detail);
        }
        attempt.journal().append(packed);
        if (price.window() == null) {
            attempt.warnings()
                    .once(new Warned("window-unknown", "the window of %s is not known: it was taken for %,d tokens"
                            .formatted(id, Room.ASSUMED_WINDOW)));
        }
        if (!packed.leftOut().isEmpty()) {
            attempt.warnings().once(new Warned("baseline-incomplete",
                    "the baseline read %,d of %,d files; there was no room for the others (%s)".formatted(
                            packed.files().size(), packed.files().size() + packed.leftOut().size(), packed.limit())));
        }
        return packed;
    }

    private Room room() {
        Cost money = attempt.spending().remaining();
        Long tokens = attempt.spending().remainingTokens();
        if (shared) {
            Cost half = new Cost(attempt.brief().budget().maxCost().usd().divide(BigDecimal.TWO));
            money = money.compareTo(half) < 0 ? money : half;
            Long most = attempt.brief().budget().maxTokens();
            tokens = tokens == null || most == null ? tokens : Long.valueOf(Math.min(tokens, most / 2));
        }
        return Room.of(id, price, money, tokens);
    }

    private Completion ask(BaselinePacked packed) {
        StringBuilder prompt = new StringBuilder(packed.head());
        for (String file : packed.files()) {
            stopIfAsked();
            prompt.append(Packing.shown(file, attempt.snapshot().text(file)));
        }
        String text = prompt.append(packed.tail()).toString();
        CallKey key = CallKey.baseline();
        UnaryOperator<String> hash = model -> Conversation.hash(model, packed.system() + '\n' + text);
        Predicate<Relay.Runner> fits = model -> Room.holds(model.id(), model.price(),
                packed.tokens() + Conversation.FRAME, packed.maxTokens());
        return models.ask(key, fits, hash, recording.calls()::completion, model -> {
            stopIfAsked();
            return attempt.buyer(stop, null).buy(new Buyer.Order(key, Role.BASELINE, model.model(), model.price(),
                    packed.system(), List.of(new Message.User(text)), List.of(),
                    Buyer.capped(model.price(), packed.maxTokens()), null, hash.apply(model.name()),
                    Tokens.atMost(packed.tokens() + Conversation.FRAME, model.id().provider()), false)).use();
        });
    }

    private void stopIfAsked() {
        attempt.checkTime(stop);
    }

    private static Outcome answered(Completion completion) {
        String answer = unfenced(completion.text().strip());
        return switch (completion.stopReason()) {
            case REFUSAL -> new Outcome.Failed(Outcome.MODEL_REFUSED, "the baseline model declined", false);
            case WINDOW -> Attempt.salvage(answer, Outcome.WINDOW_EXCEEDED,
                    "the prompt does not fit the baseline model's window", false);
            case LENGTH -> Attempt.salvage(answer, Outcome.ANSWER_CUT,
                    "the baseline's answer was cut off at its token limit", false);
            case END, TOOL_USE, OTHER -> answer.isEmpty()
                    ? new Outcome.Failed(Outcome.MODEL_FAILED, "the baseline model answered with nothing", true)
                    : new Outcome.Completed(answer);
        };
    }

    /** Without the fence around the whole of it. */
    static String unfenced(String answer) {
        Matcher fenced = FENCED.matcher(answer);
        return fenced.matches() && !fenced.group(1).contains("\n```") ? fenced.group(1).strip() : answer;
    }
}
