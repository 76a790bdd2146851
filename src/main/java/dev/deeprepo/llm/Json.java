package dev.deeprepo.llm;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON as the providers speak it: trees, whose numbers come out as they went in. Their size is bounded, because a node
 * takes many times the bytes that it is written with; the length of a text is that of the answer, which is bounded before.
 */
final class Json {

    static final int MAX_DEPTH = 100;
    static final int MAX_NUMBER = 100;
    static final int MAX_NAME = 1_000;
    static final int MAX_TOKENS = 200_000;

    private static final int MOST_COUNTED = 1_000_000_000;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER).maxNameLength(MAX_NAME).maxTokenCount(MAX_TOKENS)
                    .maxStringLength(Integer.MAX_VALUE).build())
            .build())
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

    /** A token count: 0 when there is none, -1 when what stands there is no count: negative, broken, a text, absurd. */
    static long count(JsonNode node, String field) {
        JsonNode value = node.path(field);
        if (value.isMissingNode() || value.isNull()) {
            return 0;
        }
        if (!value.isNumber() || !value.canConvertToExactIntegral() || !value.canConvertToLong()) {
            return -1;
        }
        long count = value.longValue();
        return count > MOST_COUNTED ? -1 : Math.max(count, -1);
    }
}
