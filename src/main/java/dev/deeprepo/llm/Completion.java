package dev.deeprepo.llm;

import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Usage;
import org.jspecify.annotations.Nullable;

/**
 * A model's whole answer.
 *
 * @param usage tokens as the provider counted them; {@link Usage#NONE} when it sent none that can be true
 * @param reportedCost what the provider says it charges, which then is the cost; null = compute it from the price
 * @param requestId the provider's id of the exchange; null when it sent none
 */
public record Completion(Message.Assistant message, StopReason stopReason, Usage usage, @Nullable Cost reportedCost,
        @Nullable String requestId) {

    /** Why the model stopped. */
    public enum StopReason {
        /** It was done. */
        END,
        /** It waits for the results of its tool calls. */
        TOOL_USE,
        /** It ran into {@code maxTokens}: the last block is cut. */
        LENGTH,
        /** It, or its provider, declined. */
        REFUSAL,
        /** The conversation no longer fits its window. */
        WINDOW,
        /** Anything else. */
        OTHER
    }

    public String text() {
        return message.text();
    }
}
