package dev.deeprepo.llm;

import dev.deeprepo.usage.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything one call needs.
 *
 * @param run whose call it is: a model's room is shared out evenly between runs
 * @param model the provider's name of the model
 * @param system the system prompt; null = none
 * @param maxTokens output tokens at most, hidden reasoning included
 * @param stream whether the answer is read as a stream of events (long answers), judged by idle time between them
 * @param listener hears of what happens on the way
 * @param cancellation ends the call in whatever phase it is
 * @param patience ends its waits, for its turn or before a retry, and nothing else; thrown with {@code cancellation} at
 *     the latest
 */
public record ModelCall(String run, Role role, String model, @Nullable String system, List<Message> messages,
        List<Tool> tools,
        int maxTokens, boolean stream, CallListener listener, Cancellation cancellation, Cancellation patience) {

    public ModelCall {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
        if (maxTokens < 1) {
            throw new IllegalArgumentException("maxTokens must be at least 1, was " + maxTokens);
        }
    }

    /** A call that waits until it is cancelled. */
    public ModelCall(String run, Role role, String model, @Nullable String system, List<Message> messages,
            List<Tool> tools, int maxTokens, boolean stream, CallListener listener, Cancellation cancellation) {
        this(run, role, model, system, messages, tools, maxTokens, stream, listener, cancellation, cancellation);
    }
}
