package dev.deeprepo.llm;

import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Messages API of Anthropic, version 2023-06-01. No sampling parameters, no forced tool, no {@code thinking}: today's
 * models refuse them. From turn to turn a body differs from the one before only in what is appended, and in where the
 * second of two cache marks stands.
 */
final class AnthropicFormat implements WireFormat {

    private static final String NAME = "anthropic-messages";

    @Override
    public ObjectNode request(ModelCall call) {
        ObjectNode body = Json.object().put("model", call.model()).put("max_tokens", call.maxTokens());
        if (call.stream()) {
            body.put("stream", true);
        }
        // A prompt that is asked once is dearer with a mark: writing to the cache costs more than reading without.
        boolean cache = call.role() == Role.ROOT;
        String system = call.system();
        if (system != null && !system.isBlank()) {
            ObjectNode block = body.putArray("system").addObject().put("type", "text").put("text", system);
            if (cache) {
                mark(block);
            }
        }
        if (!call.tools().isEmpty()) {
            ArrayNode tools = body.putArray("tools");
            call.tools().forEach(tool -> tools.addObject().put("name", tool.name())
                    .put("description", tool.description()).set("input_schema", Json.parse(tool.inputSchema())));
        }
        ArrayNode messages = body.putArray("messages");
        ArrayNode newest = Json.array();
        for (Message message : call.messages()) {
            ArrayNode content = content(message, call.model());
            boolean ours = !(message instanceof Message.Assistant);
            if (!content.isEmpty()) {
                messages.addObject().put("role", ours ? "user" : "assistant").set("content", content);
                newest = ours ? content : newest;
            }
        }
        if (cache && newest.path(newest.size() - 1) instanceof ObjectNode block) {
            mark(block);
        }
        return body;
    }

    private static void mark(ObjectNode block) {
        block.putObject("cache_control").put("type", "ephemeral");
    }

    private static ArrayNode content(Message message, String model) {
        ArrayNode content = Json.array();
        switch (message) {
            case Message.User user -> addText(content, user.text());
            case Message.ToolResults answers -> answers.results().forEach(result -> {
                ObjectNode block = content.addObject().put("type", "tool_result").put("tool_use_id", id(result.id()));
                if (!result.text().isBlank()) {
                    block.put("content", result.text());
                }
                if (result.error()) {
                    block.put("is_error", true);
                }
            });
            case Message.Assistant assistant -> {
                if (RawMessage.read(assistant, NAME, model) instanceof ArrayNode blocks) {
                    return blocks;
                }
                addText(content, assistant.text());
                assistant.toolCalls().forEach(call -> {
                    ObjectNode input = Json.parseObject(call.arguments());
                    content.addObject().put("type", "tool_use").put("id", id(call.id())).put("name", call.name())
                            .set("input", input == null ? Json.object() : input);
                });
            }
        }
        return content;
    }

    private static void addText(ArrayNode content, String text) {
        if (!text.isBlank()) {
            content.addObject().put("type", "text").put("text", text);
        }
    }

    /** Ids of other providers may hold characters that this one refuses. */
    private static String id(String id) {
        return id.replaceAll("[^a-zA-Z0-9_-]", "_");
    }

    @Override
    public Completion completion(JsonNode answer, ModelCall call, @Nullable String requestId) {
        if (answer.path("error").isObject()) {
            throw Failures.inside(answer.get("error"));
        }
        if (!answer.has("content")) {
            throw Failures.unusable("an answer without content", answer);
        }
        ArrayNode sendBack = Json.array();
        List<String> texts = new ArrayList<>();
        List<ToolCall> toolCalls = new ArrayList<>();
        int position = 0;
        for (JsonNode block : answer.path("content")) {
            position++;
            switch (Json.text(block, "type")) {
                case "text" -> {
                    String text = Json.text(block, "text");
                    if (!text.isBlank()) { // an empty block is refused when it comes back
                        texts.add(text);
                        sendBack.add(block);
                    }
                }
                case "tool_use" -> {
                    ToolCall toolCall = toolCall(block, position);
                    toolCalls.add(toolCall);
                    sendBack.add(usable(block, toolCall));
                }
                default -> sendBack.add(block);
            }
        }
        // Thinking that nothing follows was cut off, or led to nothing; at the end of a message it is refused.
        while (!sendBack.isEmpty()
                && Json.text(sendBack.get(sendBack.size() - 1), "type").endsWith("thinking")) {
            sendBack.remove(sendBack.size() - 1);
        }
        return new Completion(
                new Message.Assistant(String.join("\n", texts), toolCalls, RawMessage.of(NAME, call.model(), sendBack)),
                stopReason(Json.text(answer, "stop_reason")), usage(answer.path("usage")), null,
                requestId != null ? requestId : answer.path("id").stringValue(null));
    }

    private static ToolCall toolCall(JsonNode block, int position) {
        String id = Json.text(block, "id");
        JsonNode input = block.path("input");
        // A stream that ended inside a tool's input leaves the text it got.
        return new ToolCall(id.isEmpty() ? "toolu_without_id_" + position : id, Json.text(block, "name"),
                input.isString() ? input.stringValue() : input.isMissingNode() ? "{}" : input.toString());
    }

    private static JsonNode usable(JsonNode block, ToolCall toolCall) {
        if (block.path("input").isObject() && !Json.text(block, "id").isEmpty()) {
            return block;
        }
        ObjectNode input = Json.parseObject(toolCall.arguments());
        return ((ObjectNode) block.deepCopy()).put("id", toolCall.id()).set("input",
                input == null ? Json.object() : input);
    }

    private static StopReason stopReason(String word) {
        return switch (word) {
            case "end_turn", "stop_sequence" -> StopReason.END;
            case "tool_use" -> StopReason.TOOL_USE;
            case "max_tokens" -> StopReason.LENGTH;
            case "refusal" -> StopReason.REFUSAL;
            case "model_context_window_exceeded" -> StopReason.WINDOW;
            default -> StopReason.OTHER;
        };
    }

    private static Usage usage(JsonNode usage) {
        long input = Json.count(usage, "input_tokens");
        long output = Json.count(usage, "output_tokens");
        long read = Json.count(usage, "cache_read_input_tokens");
        long written = Json.count(usage, "cache_creation_input_tokens");
        return Math.min(Math.min(input, output), Math.min(read, written)) < 0
                ? Usage.NONE
                : new Usage(input + read + written, output, read, written);
    }

    @Override
    public Assembly assembly(Consumer<String> said) {
        return new AnthropicAssembly(said);
    }
}
