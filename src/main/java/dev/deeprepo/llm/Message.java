package dev.deeprepo.llm;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One message of a conversation. History is append-only: a message that was sent is never changed. */
public sealed interface Message {

    /** What we say in words. */
    record User(String text) implements Message {}

    /**
     * What the model said.
     *
     * @param text its visible text, possibly empty
     * @param raw the provider's own message as JSON, which goes back unchanged and in place (it may hold signed
     *     thinking blocks); null when another provider, or nobody, wrote it
     */
    record Assistant(String text, List<ToolCall> toolCalls, @Nullable String raw) implements Message {

        public Assistant {
            toolCalls = List.copyOf(toolCalls);
        }
    }

    /** The answers to all tool calls of the message before, in their order. */
    record ToolResults(List<ToolResult> results) implements Message {

        public ToolResults {
            results = List.copyOf(results);
        }
    }
}
