package dev.deeprepo.journal;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toUnmodifiableMap;

import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Events as JSON text. The name decides the type. Fields that this version does not know are passed over, fields that
 * an older version did not write read as null or zero.
 */
final class EventJson {

    /** An event in the form it will be read back in, and that form. */
    record Draft(Event event, String body) {}

    private static final Map<String, Class<? extends Event>> KINDS = Event.kinds().stream()
            .collect(toUnmodifiableMap(Event::name, identity()));

    /** The escape of NUL; an even number of backslashes before it belongs to other characters. */
    private static final Pattern NUL = Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\u0000");

    private static final char REPLACEMENT = '\uFFFD';

    /** Its own, apart from the API's: what was written must be readable, whatever its length. */
    private static final JsonMapper MAPPER = JsonMapper
            .builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE)
                            .maxNameLength(Integer.MAX_VALUE).build())
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN).build();

    private EventJson() {}

    /**
     * Writes an event. Databases refuse NUL characters and lone surrogates, and models and repositories send both: each
     * becomes U+FFFD, in the event as well.
     */
    static Draft draft(Event event) {
        String json = MAPPER.writeValueAsString(event);
        String clean = wellFormed(withoutNul(json));
        return clean.equals(json) ? new Draft(event, json) : new Draft(read(event.name(), clean), clean);
    }

    static boolean knows(String name) {
        return KINDS.containsKey(name);
    }

    /**
     * @throws UnknownEvent when this version has none of that name
     * @throws IllegalStateException naming an event that cannot be read
     */
    static Event read(String name, String body) {
        Class<? extends Event> kind = KINDS.get(name);
        if (kind == null) {
            throw new UnknownEvent(name);
        }
        try {
            return MAPPER.readValue(body, kind);
        } catch (JacksonException unreadable) {
            throw new IllegalStateException("an event '%s' of the journal cannot be read: %s".formatted(name,
                    unreadable.getOriginalMessage()), unreadable);
        }
    }

    private static String withoutNul(String json) {
        return json.contains("\\u0000") ? NUL.matcher(json).replaceAll("$1" + REPLACEMENT) : json;
    }

    private static String wellFormed(String text) {
        StringBuilder copy = null;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!Character.isSurrogate(c)) {
                continue;
            }
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
                continue;
            }
            copy = copy == null ? new StringBuilder(text) : copy;
            copy.setCharAt(i, REPLACEMENT);
        }
        return copy == null ? text : copy.toString();
    }
}
