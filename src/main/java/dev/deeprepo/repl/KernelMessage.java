package dev.deeprepo.repl;

import dev.deeprepo.repl.CellResult.Outcome;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a kernel says. Every byte of it may have been forged by model code, so all sizes are bounded, anything unknown,
 * missing or of the wrong type is refused, and every text is made well-formed.
 */
sealed interface KernelMessage {

    /** The largest frame that is read, in bytes; the kernel keeps to it by itself. */
    int MAX_FRAME = 16 << 20;

    /** The most prompts that one cell can ask, all its calls together; the kernel keeps to it by itself. */
    int MAX_PROMPTS = 10_000;

    JsonMapper JSON = JsonMapper
            .builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(4)
                            .maxStringLength(MAX_FRAME).maxNumberLength(20).maxTokenCount(MAX_PROMPTS + 100).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    /** It has locked itself in. */
    record Ready(String python) implements KernelMessage {

        public Ready {
            python = bounded("python", python, 40);
        }
    }

    /** It has taken in what was sent. */
    record Loaded(long files) implements KernelMessage {}

    /** The cell asks the host, and waits. */
    record Call(String function, List<String> prompts) implements KernelMessage {

        public Call {
            if (!Set.of("llm_query", "llm_batch").contains(function)) {
                throw new IllegalArgumentException("function is unknown");
            }
            if (prompts.isEmpty() || prompts.size() > MAX_PROMPTS
                    || function.equals("llm_query") && prompts.size() != 1) {
                throw new IllegalArgumentException("number of prompts is " + prompts.size());
            }
            prompts = prompts.stream().map(KernelMessage::wellFormed).toList();
        }
    }

    /** The cell ended and the kernel lives. */
    record Done(Outcome outcome, String output, long outputLength, @Nullable String error, String answer,
            boolean ready) implements KernelMessage {

        public Done {
            if (outcome == null || outcome == Outcome.KILLED || outcome == Outcome.DIED) {
                throw new IllegalArgumentException("outcome is " + outcome);
            }
            output = bounded("output", output, 200_000);
            outputLength = Math.max(outputLength, output.length());
            error = error == null ? null : bounded("error", error, 20_000);
            answer = bounded("answer", answer, 1_000_000);
        }
    }

    /**
     * Reads a frame's payload.
     *
     * @throws RuntimeException of several kinds, when it is not what an honest kernel sends
     */
    static KernelMessage parse(char kind, byte[] payload) {
        Class<? extends KernelMessage> type = switch (kind) {
            case 'r' -> Ready.class;
            case 'l' -> Loaded.class;
            case 'c' -> Call.class;
            case 'd' -> Done.class;
            default -> throw new IllegalArgumentException("a frame of kind " + (int) kind);
        };
        return JSON.readValue(payload, type);
    }

    private static String bounded(String name, @Nullable String text, int most) {
        if (text == null || text.codePointCount(0, text.length()) > most) {
            throw new IllegalArgumentException(name + " is missing or too long");
        }
        return wellFormed(text);
    }

    /** The text with NUL and lone surrogates, which neither UTF-8 nor a database can hold, replaced by U+FFFD. */
    static String wellFormed(String text) {
        int at = 0;
        while (at < text.length() && text.charAt(at) != 0 && !Character.isSurrogate(text.charAt(at))) {
            at++;
        }
        if (at == text.length()) {
            return text;
        }
        return text.codePoints().map(c -> c == 0 || c >= 0xD800 && c <= 0xDFFF ? 0xFFFD : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }
}
