package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.ThinkingDropped;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.llm.Tool;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Spending;
import java.util.List;

/** The root model's side of a run: sends the conversation, one call a turn, unless the reply is on record. */
final class RootModel {

    private static final int MAX_TOKENS = 16_384;

    /** The highest cap that a reply which was cut off can raise it to. */
    private static final int MOST_TOKENS = 65_536;

    private final Relay models;
    private final String system;
    private final Tool tool;
    private final Recording recording;
    private final JournalWriter journal;
    private final Buyer buyer;
    private final Runnable beforeBuying;
    private int maxTokens = MAX_TOKENS;
    /** The provider's own count of the conversation up to its newest reply, whose it was, and ours of the same. */
    private long counted;
    private String counter = "";
    private long estimated;

    /** @param beforeBuying makes sure that a reply can be used before it is paid for */
    RootModel(Relay models, String system, Tool tool, Recording recording, JournalWriter journal,
            Buyer buyer, Runnable beforeBuying) {
        this.models = models;
        this.system = system;
        this.tool = tool;
        this.recording = recording;
        this.journal = journal;
        this.buyer = buyer;
        this.beforeBuying = beforeBuying;
    }

    /** @throws ModelException when the call was given up, now or on record */
    Completion ask(int turn, Conversation conversation) {
        CallKey key = CallKey.root(turn);
        Completion completion = models.ask(key, model -> fits(model, inputTokens(conversation, model.name())),
                conversation::hash, recorded -> read(recorded, conversation),
                model -> buy(key, model, conversation));
        counted = completion.usage().inputTokens();
        estimated = conversation.tokens();
        if (completion.stopReason() == StopReason.LENGTH) {
            maxTokens = Math.min(maxTokens * 2, MOST_TOKENS);
        }
        return completion;
    }

    private Completion read(ModelReplied recorded, Conversation conversation) {
        if (!counter.equals(recorded.model())) {
            conversation.dropThinking();
        }
        counter = recorded.model();
        return recording.calls().completion(recorded);
    }

    private Completion buy(CallKey key, Relay.Runner model, Conversation conversation) {
        long input = inputTokens(conversation, model.name());
        if (!fits(model, input)) {
            throw new WindowFull("the conversation has up to %,d tokens, and %s reads %,d at most".formatted(input,
                    model.name(), most(model)));
        }
        beforeBuying.run();
        if (!counter.isEmpty() && !counter.equals(model.name()) && conversation.dropThinking()) {
            ThinkingDropped dropped = new ThinkingDropped(key.turn(), counter, model.name());
            if (!recording.has(dropped)) {
                var _ = journal.submit(dropped); // written with the question that follows
            }
        }
        Completion completion = buyer.buy(new Buyer.Order(key, Role.ROOT, model.model(), model.price(), system,
                conversation.messages(), List.of(tool), answer(model.price(), input), null,
                conversation.hash(model.name()), input, false)).use();
        counter = model.name();
        return completion;
    }

    /** Prompt and answer together may not be more than the window: most providers refuse to be asked for more. */
    private int answer(Price price, long input) {
        int most = Buyer.capped(price, maxTokens);
        Long window = price.window();
        return window == null ? most : (int) Math.min(most, window - input);
    }

    /** A conversation that leaves no room for an answer is refused by most providers, and never read by any. */
    private static boolean fits(Relay.Runner model, long input) {
        return input <= most(model);
    }

    private static long most(Relay.Runner model) {
        Long window = model.price().window();
        Long maxInput = model.price().maxInput();
        return Math.min(window == null ? Long.MAX_VALUE : window - Spending.LEAST_ANSWER,
                maxInput == null ? Long.MAX_VALUE : maxInput);
    }

    /** There is no room for another turn. */
    static final class WindowFull extends RuntimeException {

        private WindowFull(String message) {
            super(message);
        }
    }

    /** What was sent before is known by the provider's count of it; only what is new has to be estimated. */
    private long inputTokens(Conversation conversation, String model) {
        return counted > 0 && counter.equals(model)
                ? counted + conversation.tokens() - estimated
                : conversation.tokens() + Tokens.estimate(tool.description()) + Tokens.estimate(tool.inputSchema())
                        + Conversation.FRAME;
    }
}
