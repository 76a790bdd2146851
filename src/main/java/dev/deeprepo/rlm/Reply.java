package dev.deeprepo.rlm;

import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.ToolCall;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a root reply asks for, in its order.
 *
 * @param viaTool whether the requests are tool calls, each of which must be answered; else they are fenced code
 * @param cut whether the reply ran into its limit of tokens
 */
record Reply(List<Request> requests, boolean viaTool, boolean cut) {

    private static final JsonMapper JSON = JsonMapper.shared();

    /** One thing asked for. */
    sealed interface Request {

        /** The tool call's id; empty for fenced code. */
        String id();

        /** Code to run. */
        record Code(String id, String code, @Nullable String reasoning) implements Request {}

        /** Something that cannot be done; {@code why} tells the model. */
        record Refused(String id, String why) implements Request {}
    }

    static Reply of(Completion completion, String tool) {
        boolean cut = completion.stopReason() == StopReason.LENGTH;
        List<ToolCall> calls = completion.message().toolCalls();
        if (!calls.isEmpty()) {
            return new Reply(calls.stream().map(call -> request(call, tool, cut)).toList(), true, cut);
        }
        List<Request> code = new ArrayList<>();
        codeIn(completion.text(), tool, cut).forEach(block -> code.add(new Request.Code("", block, null)));
        return new Reply(code, false, cut);
    }

    /** The code of a reply in words: in tags, in fences, or as a call written out in JSON. */
    static List<String> codeIn(String reply, String tool, boolean cut) {
        String text = WrittenCalls.withoutThoughts(reply);
        List<String> tagged = WrittenCalls.tagged(text);
        if (!tagged.isEmpty()) {
            return tagged;
        }
        List<String> fenced = CodeBlocks.in(text, cut);
        return fenced.isEmpty() ? WrittenCalls.json(text, tool) : fenced;
    }

    private static Request request(ToolCall call, String tool, boolean cut) {
        if (!call.name().equals(tool)) {
            return new Request.Refused(call.id(),
                    "There is no tool \"%s\". The only tool is %s, with the argument \"code\"."
                            .formatted(abbreviated(call.name()), tool));
        }
        JsonNode arguments;
        try {
            arguments = JSON.readTree(call.arguments());
        } catch (JacksonException e) {
            return new Request.Refused(call.id(), cut
                    ? "Your reply was cut off at its token limit, so this code did not run. Send it again in smaller steps."
                    : "The arguments are not valid JSON, so nothing ran: %s"
                            .formatted(abbreviated(e.getOriginalMessage())));
        }
        JsonNode code = arguments.path("code");
        if (!code.isString() || code.asString().isBlank()) {
            return new Request.Refused(call.id(),
                    "The argument \"code\" (a string of Python) is missing or empty, so nothing ran.");
        }
        JsonNode reasoning = arguments.path("reasoning");
        return new Request.Code(call.id(), unfenced(code.asString()),
                reasoning.isString() ? reasoning.asString() : null);
    }

    /** Some models put fences into the argument too. */
    private static String unfenced(String code) {
        if (!code.stripLeading().startsWith("```")) {
            return code;
        }
        List<String> blocks = CodeBlocks.in(code, false);
        return blocks.isEmpty() ? code : String.join("\n", blocks);
    }

    private static String abbreviated(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
