package dev.deeprepo.llm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Puts the chunks of a chat completions stream together. */
final class ChatAssembly implements WireFormat.Assembly {

    private static final int MOST_CALLS = 1_000;

    private final Map<String, StringBuilder> texts = new LinkedHashMap<>();
    private final List<Call> calls = new ArrayList<>();
    private final ArrayNode reasoningDetails = Json.array();
    private @Nullable JsonNode finishReason;
    private @Nullable JsonNode usage;
    private @Nullable JsonNode id;
    private boolean begun;
    private final Speech speech;

    /** @param said hears text and arguments as they come */
    ChatAssembly(Consumer<String> said) {
        this.speech = new Speech(said);
    }

    /** A tool call that grows. */
    private static final class Call {
        private final int index;
        private String id = "";
        private final StringBuilder name = new StringBuilder();
        private final StringBuilder arguments = new StringBuilder();
        private final ArgumentText said = new ArgumentText();

        Call(int index) {
            this.index = index;
        }
    }

    @Override
    public boolean accept(String data) {
        if (data.strip().equals("[DONE]")) {
            return true;
        }
        JsonNode chunk = Json.parse(data);
        if (chunk.path("error").isObject()) {
            throw Failures.inside(chunk.get("error"));
        }
        if (chunk.path("usage").isObject()) {
            usage = chunk.get("usage");
        }
        if (id == null && chunk.path("id").isString()) {
            id = chunk.get("id");
        }
        JsonNode choice = chunk.path("choices").path(0);
        if (choice.isObject() && choice.path("index").asInt(0) == 0) {
            begun = true;
            if (choice.hasNonNull("finish_reason")) {
                finishReason = choice.get("finish_reason");
            }
            grow(choice.path("delta"));
        }
        return false;
    }

    private void grow(JsonNode delta) {
        for (String field : List.of("content", "refusal", "reasoning", "reasoning_content")) {
            if (delta.path(field).isString()) {
                texts.computeIfAbsent(field, f -> new StringBuilder()).append(delta.get(field).stringValue());
            }
        }
        speech.say("content", Json.text(delta, "content"));
        delta.path("tool_calls").forEach(this::growCall);
        delta.path("reasoning_details").forEach(this::growReasoning);
    }

    private void growCall(JsonNode delta) {
        String callId = Json.text(delta, "id");
        Call last = calls.isEmpty() ? null : calls.getLast();
        boolean goesOn = last != null && (callId.isEmpty() || callId.equals(last.id));
        int index = delta.path("index").asInt(goesOn && last != null ? last.index : calls.size());
        Call call = calls.stream().filter(c -> c.index == index).findFirst().orElseGet(() -> {
            if (calls.size() >= MOST_CALLS) {
                throw Failures.unusable("a reply of more than %d tool calls".formatted(MOST_CALLS), Json.object());
            }
            calls.add(new Call(index));
            return calls.getLast();
        });
        call.id = callId.isEmpty() ? call.id : callId;
        JsonNode function = delta.path("function");
        call.name.append(Json.text(function, "name"));
        JsonNode arguments = function.path("arguments");
        String more = arguments.isObject() ? arguments.toString() : arguments.stringValue("");
        call.arguments.append(more);
        speech.say(index, call.said.read(more));
    }

    /** Pieces of one detail come one after the other: their texts belong together, later fields complete it. */
    private void growReasoning(JsonNode piece) {
        JsonNode last = reasoningDetails.path(reasoningDetails.size() - 1);
        if (last instanceof ObjectNode whole && last.path("type").equals(piece.path("type"))
                && last.path("index").equals(piece.path("index")) && !Json.text(piece, "type").endsWith("encrypted")) {
            piece.properties().forEach(field -> {
                String name = field.getKey();
                if (name.equals("text") || name.equals("summary")) {
                    whole.put(name, Json.text(whole, name) + field.getValue().stringValue(""));
                } else if (!field.getValue().isNull()) {
                    whole.set(name, field.getValue());
                }
            });
        } else {
            reasoningDetails.add(piece);
        }
    }

    @Override
    public ObjectNode answer() {
        if (!begun) {
            throw Failures.unusable("a stream without a choice", Json.object());
        }
        ObjectNode answer = Json.object();
        answer.set("id", id);
        ObjectNode choice = answer.putArray("choices").addObject();
        choice.set("finish_reason", finishReason);
        ObjectNode message = choice.putObject("message");
        texts.forEach((field, text) -> message.put(field, text.toString()));
        ArrayNode toolCalls = message.putArray("tool_calls");
        calls.forEach(call -> toolCalls.addObject().put("id", call.id).putObject("function")
                .put("name", call.name.toString()).put("arguments", call.arguments.toString()));
        if (!reasoningDetails.isEmpty()) {
            message.set("reasoning_details", reasoningDetails);
        }
        answer.set("usage", usage);
        return answer;
    }
}
