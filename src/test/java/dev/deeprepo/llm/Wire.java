package dev.deeprepo.llm;

import dev.deeprepo.llm.RawServer.Answer;
import java.io.EOFException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;

/** One of the ways in which answers come: Anthropic's messages or chat completions, as a stream of events or whole. */
public record Wire(boolean anthropic, boolean streamed) {

    public static final List<Wire> ALL = List.of(new Wire(true, true), new Wire(true, false), new Wire(false, true),
            new Wire(false, false));

    public LanguageModel of(Providers providers) {
        return anthropic ? providers.anthropic() : providers.openRouter();
    }

    /** A reply in words that took 7 tokens in and 2 out. */
    public Answer reply(String text) {
        return all(whole(text, "7", "2"));
    }

    /** The same with these as the token counts, in JSON; an empty one is left out. */
    public Answer counted(String text, String input, String output) {
        return all(whole(text, input, output));
    }

    /** A reply that is counted and says nothing. */
    public Answer nullContent() {
        return all(whole(null, "7", "2"));
    }

    /** No reply: an empty list of choices, or what comes closest. */
    public Answer noChoice() {
        return all(streamed
                ? stream(anthropic ? "{\"type\":\"message_stop\"}" : "{\"choices\":[]}", anthropic ? "" : "[DONE]")
                : json(anthropic ? "{\"type\":\"message\"}" : "{\"choices\":[]}"));
    }

    /** An error object inside a 200; in a stream after half a reply. */
    public Answer error(int code, String type, String... headers) {
        String error = anthropic
                ? "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"inside\"}}".formatted(type)
                : "{\"error\":{\"code\":%d,\"message\":\"inside\"}}".formatted(code);
        String http = streamed ? half() + event(error) : json(error);
        return all(http.replaceFirst("\r\n",
                Stream.of(headers).map(header -> "\r\n" + header).collect(Collectors.joining("", "", "\r\n"))));
    }

    /** A reply whose connection closes in its midst. */
    public Answer cut() {
        String whole = whole("never half used", "7", "2");
        return out -> {
            out.write(bytes(streamed ? half() : whole.substring(0, whole.length() - 20)));
            throw new EOFException();
        };
    }

    /** JSON that breaks off inside an HTTP answer that is complete. */
    public Answer brokenJson() {
        return all(streamed ? half() + event("{\"choices\":[{\"del") : json("{\"choices\":[{\"mess"));
    }

    /** The head and a beginning, and then nothing more. */
    public Answer stalled() {
        return out -> {
            out.write(bytes(streamed
                    ? half()
                    : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"));
            out.flush();
            new CountDownLatch(1).await();
        };
    }

    private String whole(@Nullable String text, String input, String output) {
        String content = text == null ? "null" : JsonNodeFactory.instance.stringNode(text).toString();
        if (!anthropic) {
            String usage = usage("prompt_tokens", input, "completion_tokens", output);
            return streamed
                    ? stream(
                            "{\"id\":\"gen-1\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":%s}}]}"
                                    .formatted(content),
                            "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}",
                            usage.isEmpty() ? "" : "{\"choices\":[]" + usage + "}", "[DONE]")
                    : json("{\"id\":\"gen-1\",\"choices\":[{\"message\":{\"content\":%s},\"finish_reason\":\"stop\"}]%s}"
                            .formatted(content, usage));
        }
        return streamed
                ? stream(
                        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\"%s}}"
                                .formatted(usage("input_tokens", input, "output_tokens", "1")),
                        text == null
                                ? ""
                                : "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\"}}",
                        text == null
                                ? ""
                                : "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":%s}}"
                                        .formatted(content),
                        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}%s}"
                                .formatted(usage("output_tokens", output, "", "")),
                        "{\"type\":\"message_stop\"}")
                : json("{\"id\":\"msg_1\",\"content\":%s,\"stop_reason\":\"end_turn\"%s}".formatted(
                        text == null ? "null" : "[{\"type\":\"text\",\"text\":%s}]".formatted(content),
                        usage("input_tokens", input, "output_tokens", output)));
    }

    private static String usage(String name, String count, String otherName, String otherCount) {
        String counts = Stream.of(List.of(name, count), List.of(otherName, otherCount))
                .filter(each -> !each.getLast().isEmpty()).map(each -> "\"%s\":%s".formatted(each.toArray()))
                .collect(Collectors.joining(","));
        return counts.isEmpty() ? "" : ",\"usage\":{%s}".formatted(counts);
    }

    private String half() {
        return anthropic
                ? stream("{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":7}}}",
                        """
                                {"type":"content_block_start","index":0,"content_block":{"type":"text","text":"never half used"}}""")
                : stream("{\"choices\":[{\"delta\":{\"content\":\"never half used\"}}]}");
    }

    private static String stream(String... data) {
        StringBuilder events = new StringBuilder(new String(RawServer.streamHead(), StandardCharsets.UTF_8));
        for (String one : data) {
            events.append(one.isEmpty() ? "" : event(one));
        }
        return events.toString();
    }

    private static String event(String data) {
        return "data: " + data + "\n\n";
    }

    private static String json(String body) {
        return new String(RawServer.json(body), StandardCharsets.UTF_8);
    }

    private static Answer all(String http) {
        return out -> out.write(bytes(http));
    }

    private static byte[] bytes(String http) {
        return http.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return (anthropic ? "messages" : "chat") + (streamed ? ", streamed" : ", whole");
    }
}
