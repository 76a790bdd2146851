package dev.deeprepo.llm;

import dev.deeprepo.llm.Message.Assistant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What {@link Assistant#raw} holds: the provider's own message, with the wire format and the model it came from. Signed
 * thinking belongs to the model that wrote it, so anybody else gets the message rebuilt from its text and tool calls.
 */
final class RawMessage {

    private RawMessage() {}

    static String of(String format, String model, JsonNode message) {
        ObjectNode raw = Json.object().put("format", format).put("model", model);
        return raw.set("message", message).toString();
    }

    /** The provider's message; null when another format or model wrote it. */
    static @Nullable JsonNode read(Assistant message, String format, String model) {
        ObjectNode raw = Json.parseObject(message.raw());
        return raw != null && Json.text(raw, "format").equals(format) && Json.text(raw, "model").equals(model)
                ? raw.get("message")
                : null;
    }
}
