package dev.deeprepo.llm;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Takes the keys of this instance out of what providers say, so that none gets into logs, journal or answers. A key is
 * found however its characters are spelled, in upper or lower case, escaped as in JSON at any depth or as in URLs, and
 * as Base64 of the whole.
 */
final class Redaction {

    private static final int MAX_LENGTH = 300;

    /** Shorter ones, such as the {@code x} that a server on this machine is content with, are words of any text. */
    private static final int SHORTEST = 6;

    /** A reply is for the reader and not to be spoilt by a key such as {@code lm-studio}. */
    private static final int SHORTEST_IN_REPLIES = 16;

    private static final String HIDDEN = "[key]";
    private static final Pattern KEYS = Pattern.compile("(?i)\\b(sk-[\\w-]{6,}|bearer\\s+[\\w.~+/=-]{6,})");
    private static final Pattern NOT_ONE_LINE = Pattern.compile("[\\s\\p{Cntrl}\\p{Cf}\\u2028\\u2029]+");

    private final @Nullable Pattern inErrors;
    private final @Nullable Pattern inReplies;
    private final int longest;

    /** @param secrets the keys of this instance */
    Redaction(List<String> secrets) {
        inErrors = pattern(secrets, SHORTEST);
        inReplies = pattern(secrets, SHORTEST_IN_REPLIES);
        longest = secrets.stream().mapToInt(String::length).max().orElse(0);
    }

    /** Fit for logs, journal and users: one line, cut, without keys. */
    String error(String text) {
        String clean = without(inErrors, text);
        clean = KEYS.matcher(clean).replaceAll(HIDDEN);
        clean = NOT_ONE_LINE.matcher(clean).replaceAll(" ").strip();
        return clean.length() <= MAX_LENGTH ? clean : clean.substring(0, MAX_LENGTH) + "…";
    }

    /** The beginning of a text that was cut, without what the cut may have left of a key. */
    String beginning(String cut) {
        return cut.substring(0, Math.max(0, cut.length() - longest));
    }

    /** Whether a key stands in the text of a reply, as it was sent. */
    boolean isNeededIn(String reply) {
        return inReplies != null && inReplies.matcher(reply).find();
    }

    /** A reply without keys, names of fields included. */
    JsonNode reply(JsonNode node) {
        return switch (node) {
            case JsonNode _ when inReplies == null -> node;
            case ObjectNode object -> {
                ObjectNode clean = JsonNodeFactory.instance.objectNode();
                object.properties().forEach(field -> clean.set(reply(field.getKey()), reply(field.getValue())));
                yield clean;
            }
            case ArrayNode array -> {
                ArrayNode clean = JsonNodeFactory.instance.arrayNode(array.size());
                array.forEach(element -> clean.add(reply(element)));
                yield clean;
            }
            default -> node.isString() ? JsonNodeFactory.instance.stringNode(reply(node.stringValue())) : node;
        };
    }

    String reply(String text) {
        return without(inReplies, text);
    }

    /** Where the beginning of a key may stand, whose rest is yet to come, at the end of a piece of a reply. */
    int open(String piece) {
        if (inReplies != null) {
            Matcher key = inReplies.matcher(piece);
            for (int from = 0; from < piece.length(); from++) {
                if (!key.region(from, piece.length()).lookingAt() && key.hitEnd()) {
                    return from;
                }
            }
        }
        return piece.length();
    }

    private static String without(@Nullable Pattern keys, String text) {
        return keys == null ? text : keys.matcher(text).replaceAll(HIDDEN);
    }

    /** Most places of a text are ruled out by a look at one character. */
    private static @Nullable Pattern pattern(List<String> secrets, int shortest) {
        List<String> keys = secrets.stream().filter(secret -> secret.length() >= shortest).distinct().toList();
        String beginnings = keys.stream().flatMap(key -> Stream.of(key, base64(key)))
                .map(text -> "\\x{%x}".formatted((int) text.charAt(0))).collect(Collectors.joining());
        String any = keys.stream().flatMap(key -> Stream.of(spelled(key), Pattern.quote(base64(key))))
                .collect(Collectors.joining("|"));
        return keys.isEmpty()
                ? null
                : Pattern.compile("(?=[%%\\\\%s])(?:%s)".formatted(beginnings, any), Pattern.CASE_INSENSITIVE);
    }

    private static String spelled(String secret) {
        return secret.chars()
                .mapToObj(c -> "(?:%%%02x|\\\\{1,8}u%04x|\\\\{0,8}%s)".formatted(c, c,
                        Pattern.quote(Character.toString(c))))
                .collect(Collectors.joining());
    }

    private static String base64(String secret) {
        return Base64.getEncoder().withoutPadding().encodeToString(secret.getBytes(StandardCharsets.UTF_8));
    }
}
