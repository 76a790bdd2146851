package dev.deeprepo.llm;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON as the providers speak it: trees, whose numbers come out as they went in. */
final class Json {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();

    private Json() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    static ArrayNode array() {
        return JsonNodeFactory.instance.arrayNode();
    }

    /** @throws JacksonException when it is not JSON */
    static JsonNode parse(String json) {
        return MAPPER.readTree(json);
    }

    /** The object that a text holds; null when it holds anything else. */
    static @Nullable ObjectNode parseObject(@Nullable String json) {
        if (json == null) {
            return null;
        }
        try {
            return MAPPER.readTree(json) instanceof ObjectNode object ? object : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    /** A field's text; empty when it is missing or no text. */
    static String text(JsonNode node, String field) {
        return node.path(field).stringValue("");
    }

    /** A token count; 0 when it is missing, negative or absurd. */
    static long count(JsonNode node, String field) {
        JsonNode value = node.path(field);
        long count = value.isNumber() && value.canConvertToLong() ? value.longValue() : 0;
        return count < 0 || count > 1_000_000_000L ? 0 : count;
    }
}
