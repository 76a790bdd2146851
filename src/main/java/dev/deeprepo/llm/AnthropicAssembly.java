package dev.deeprepo.llm;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Puts the events of an Anthropic stream together; blocks keep every field they came with, signatures included. */
final class AnthropicAssembly implements WireFormat.Assembly {

    private static final int MOST_BLOCKS = 1_000;

    private @Nullable ObjectNode message;
    private final ObjectNode usage = Json.object();
    private final Map<Integer, Block> blocks = new TreeMap<>();
    private final Speech speech;

    /** @param said hears text and arguments as they come */
    AnthropicAssembly(Consumer<String> said) {
        this.speech = new Speech(said);
    }

    /** One content block, and the texts that grow in it. */
    private record Block(ObjectNode start, Map<String, StringBuilder> growing, ArgumentText arguments) {

        void grow(String field, String more) {
            growing.computeIfAbsent(field, f -> new StringBuilder(Json.text(start, f))).append(more);
        }

        ObjectNode whole() {
            growing.forEach((field, text) -> {
                if (field.equals("input")) {
                    ObjectNode input = Json.parseObject(text.toString());
                    if (input != null) {
                        start.set(field, input);
                        return;
                    }
                }
                start.put(field, text.toString());
            });
            return start;
        }
    }

    @Override
    public boolean accept(String data) {
        JsonNode event = Json.parse(data);
        switch (Json.text(event, "type")) {
            case "message_start" -> {
                if (event.path("message") instanceof ObjectNode started) {
                    message = started;
                    count(started.path("usage"));
                    usage.remove("output_tokens"); // before anything was said: no count yet
                }
            }
            case "content_block_start" -> {
                if (event.path("content_block") instanceof ObjectNode start) {
                    if (blocks.size() >= MOST_BLOCKS) {
                        throw Failures.unusable("a reply of more than %d blocks".formatted(MOST_BLOCKS), Json.object());
                    }
                    int index = event.path("index").asInt(blocks.size());
                    blocks.put(index, new Block(start, new TreeMap<>(), new ArgumentText()));
                    if (Json.text(start, "type").equals("text")) {
                        speech.say(index, Json.text(start, "text"));
                    }
                }
            }
            case "content_block_delta" -> {
                int index = event.path("index").asInt(-1);
                Block block = blocks.get(index);
                if (block != null) {
                    grow(index, block, event.path("delta"));
                }
            }
            case "message_delta" -> {
                if (message != null && event.path("delta") instanceof ObjectNode delta) {
                    message.setAll(delta);
                }
                count(event.path("usage"));
            }
            case "error" -> throw Failures.inside(event.path("error"));
            case "message_stop" -> {
                return true;
            }
            default -> {
            } // ping, content_block_stop, and whatever comes to be
        }
        return false;
    }

    private void grow(int index, Block block, JsonNode delta) {
        switch (Json.text(delta, "type")) {
            case "text_delta" -> {
                block.grow("text", Json.text(delta, "text"));
                speech.say(index, Json.text(delta, "text"));
            }
            case "input_json_delta" -> {
                block.grow("input", Json.text(delta, "partial_json"));
                speech.say(index, block.arguments.read(Json.text(delta, "partial_json")));
            }
            case "thinking_delta" -> block.grow("thinking", Json.text(delta, "thinking"));
            case "signature_delta" -> block.grow("signature", Json.text(delta, "signature"));
            case "citations_delta" -> block.start.withArray("/citations").add(delta.path("citation"));
            default -> {
            }
        }
    }

    /** Later counts are running totals: they replace earlier ones. */
    private void count(JsonNode counts) {
        counts.properties().forEach(field -> {
            if (!field.getValue().isNull()) {
                usage.set(field.getKey(), field.getValue());
            }
        });
    }

    @Override
    public ObjectNode answer() {
        if (message == null) {
            throw Failures.unusable("a stream without a message", Json.object());
        }
        ArrayNode content = message.putArray("content");
        blocks.values().forEach(block -> content.add(block.whole()));
        message.set("usage", usage);
        return message;
    }
}
