package dev.deeprepo.llm;

import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Usage;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The chat completions of OpenAI, as OpenRouter and many servers speak them too.
 *
 * @param openAi whether OpenAI's own models are asked here, which refuse {@code max_tokens}
 */
record ChatFormat(boolean openAi) implements WireFormat {

    private static final String NAME = "chat-completions";

    /** Names that OpenAI gives its models, the open-weight ones apart: those run on servers of other make. */
    private static final Pattern OPENAI_MODEL = Pattern.compile("(ft:)?(gpt-(?!oss)|chatgpt-|o[1-9]).*");

    /** Fields of an answer that some provider wants back; others may be refused. */
    private static final List<String> REASONING = List.of("reasoning", "reasoning_content", "reasoning_details");

    /** What no single reply costs, and no cost is written with. */
    private static final BigDecimal MOST_USD = BigDecimal.valueOf(10_000);
    private static final int MOST_DECIMALS = 30;

    @Override
    public ObjectNode request(ModelCall call) {
        ObjectNode body = Json.object().put("model", call.model())
                .put(openAi && OPENAI_MODEL.matcher(call.model()).matches() ? "max_completion_tokens" : "max_tokens",
                        call.maxTokens());
        if (call.stream()) {
            body.put("stream", true).putObject("stream_options").put("include_usage", true);
        }
        if (!call.tools().isEmpty()) {
            ArrayNode tools = body.putArray("tools");
            call.tools().forEach(tool -> tools.addObject().put("type", "function").putObject("function")
                    .put("name", tool.name()).put("description", tool.description())
                    .set("parameters", Json.parse(tool.inputSchema())));
        }
        ArrayNode messages = body.putArray("messages");
        String system = call.system();
        if (system != null && !system.isBlank()) {
            messages.addObject().put("role", "system").put("content", system);
        }
        call.messages().forEach(message -> add(messages, message, call.model()));
        return body;
    }

    private static void add(ArrayNode messages, Message message, String model) {
        switch (message) {
            case Message.User user -> {
                if (!user.text().isBlank()) {
                    messages.addObject().put("role", "user").put("content", user.text());
                }
            }
            case Message.ToolResults answers -> answers.results().forEach(result -> messages.addObject()
                    .put("role", "tool").put("tool_call_id", result.id()).put("content", result.text()));
            case Message.Assistant said -> {
                if (RawMessage.read(said, NAME, model) instanceof ObjectNode raw) {
                    if (!raw.isEmpty()) {
                        messages.add(raw);
                    }
                } else if (!said.text().isBlank() || !said.toolCalls().isEmpty()) {
                    messages.add(assistant(said.text(), said.toolCalls()));
                }
            }
        }
    }

    private static ObjectNode assistant(String text, List<ToolCall> toolCalls) {
        ObjectNode message = Json.object().put("role", "assistant").put("content", text.isBlank() ? null : text);
        if (!toolCalls.isEmpty()) {
            ArrayNode calls = message.putArray("tool_calls");
            toolCalls.forEach(call -> calls.addObject().put("id", call.id()).put("type", "function")
                    .putObject("function").put("name", call.name())
                    // Servers parse what they get back: arguments that were cut would fail every call from here on.
                    .put("arguments", Json.parseObject(call.arguments()) == null ? "{}" : call.arguments()));
        }
        return message;
    }

    @Override
    public Completion completion(JsonNode answer, ModelCall call, @Nullable String requestId) {
        if (answer.path("error").isObject()) {
            throw Failures.inside(answer.get("error"));
        }
        JsonNode choice = answer.path("choices").path(0);
        String finish = Json.text(choice, "finish_reason");
        if (choice.path("error").isObject()) {
            throw Failures.inside(choice.get("error"));
        }
        JsonNode message = choice.path("message");
        if (!message.isObject() || finish.equals("error")) {
            throw Failures.unusable("an answer without a message", answer);
        }
        String refusal = Json.text(message, "refusal");
        String text = text(message.path("content"));
        List<ToolCall> toolCalls = toolCalls(message.path("tool_calls"));
        StopReason stop = refusal.isEmpty() ? stopReason(finish, toolCalls) : StopReason.REFUSAL;
        String visible = text.isEmpty() ? refusal : text;

        ObjectNode sendBack = Json.object();
        if (!text.isBlank() || !toolCalls.isEmpty()) {
            sendBack = assistant(text, toolCalls);
            for (String field : REASONING) {
                if (message.hasNonNull(field)) {
                    sendBack.set(field, message.get(field));
                }
            }
        }
        JsonNode usage = answer.path("usage");
        return new Completion(
                new Message.Assistant(visible, toolCalls, RawMessage.of(NAME, call.model(), sendBack)), stop,
                usage(usage), cost(usage.path("cost")),
                requestId != null ? requestId : answer.path("id").stringValue(null));
    }

    /** Content is a text, a list of parts, or null. */
    private static String text(JsonNode content) {
        if (!content.isArray()) {
            return content.stringValue("");
        }
        StringBuilder text = new StringBuilder();
        content.forEach(part -> text.append(part.isString() ? part.stringValue() : Json.text(part, "text")));
        return text.toString();
    }

    /** Ids that are missing, or were given twice, get one of our own: each call must be answered by its id. */
    private static List<ToolCall> toolCalls(JsonNode calls) {
        List<ToolCall> toolCalls = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (JsonNode call : calls) {
            JsonNode function = call.path("function");
            JsonNode arguments = function.path("arguments");
            String id = Json.text(call, "id");
            if (id.isEmpty() || !ids.add(id)) {
                id = "call_%d%s".formatted(toolCalls.size(), id.isEmpty() ? "" : "_" + id);
                ids.add(id);
            }
            toolCalls.add(new ToolCall(id, Json.text(function, "name"),
                    arguments.isObject() ? arguments.toString() : arguments.stringValue("{}")));
        }
        return toolCalls;
    }

    private static StopReason stopReason(String word, List<ToolCall> toolCalls) {
        return switch (word) {
            case "length" -> StopReason.LENGTH;
            case "content_filter" -> StopReason.REFUSAL;
            case "tool_calls", "function_call" -> StopReason.TOOL_USE;
            case "stop" -> toolCalls.isEmpty() ? StopReason.END : StopReason.TOOL_USE;
            default -> toolCalls.isEmpty() ? StopReason.OTHER : StopReason.TOOL_USE;
        };
    }

    private static Usage usage(JsonNode usage) {
        long input = Json.count(usage, "prompt_tokens");
        long output = Json.count(usage, "completion_tokens");
        if (input < 0 || output < 0) {
            return Usage.NONE;
        }
        // What is said of caches makes a prompt cheaper, so it counts only where it can be true.
        JsonNode details = usage.path("prompt_tokens_details");
        long read = Math.clamp(Json.count(details, "cached_tokens"), 0, input);
        long written = Math.clamp(Json.count(details, "cache_write_tokens"), 0, input - read);
        return new Usage(input, output, read, written);
    }

    private static @Nullable Cost cost(JsonNode cost) {
        if (!cost.isNumber()) {
            return null;
        }
        BigDecimal usd = cost.decimalValue();
        boolean sane = usd.signum() >= 0 && Math.abs((long) usd.scale()) <= MOST_DECIMALS
                && usd.compareTo(MOST_USD) <= 0;
        return sane ? new Cost(usd) : null;
    }

    @Override
    public Assembly assembly(Consumer<String> said) {
        return new ChatAssembly(said);
    }
}
