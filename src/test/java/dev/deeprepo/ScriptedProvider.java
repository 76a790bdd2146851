package dev.deeprepo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A provider of language models on loopback that speaks both wire formats, streamed and not, and answers by a script.
 * It lives in the test's own process, so it remembers what was bought while services come and go.
 */
public final class ScriptedProvider implements AutoCloseable {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String MESSAGES = "/v1/messages";
    private static final String CHAT_COMPLETIONS = "/v1/chat/completions";

    /** One request as it came over the wire. */
    public record Request(long arrivedNanos, boolean anthropic, String authorization, JsonNode body) {

        public String model() {
            return body.path("model").asString("");
        }

        public boolean streamed() {
            return body.path("stream").asBoolean(false);
        }

        /** How many replies the model has given in this conversation: 0 on the first turn. */
        public int turnsSoFar() {
            return (int) body.path("messages").valueStream()
                    .filter(message -> message.path("role").asString("").equals("assistant")).count();
        }

        /** The text of the newest message, tool results included. */
        public String lastText() {
            JsonNode messages = body.path("messages");
            return textOf(messages.path(messages.size() - 1));
        }

        private static String textOf(JsonNode node) {
            if (node.isString()) {
                return node.asString();
            }
            if (node.isArray()) {
                return String.join("\n", node.valueStream().map(Request::textOf).toList());
            }
            return node.has("text") ? textOf(node.get("text")) : textOf(node.path("content"));
        }
    }

    /** What the model answers: words, code for the tool, or both; or a status and a body of any kind instead. */
    public record Answer(@Nullable String thinking, String text, List<String> code, long inputTokens, long outputTokens,
            long cacheReadTokens, long cacheWriteTokens, Duration latency, int status, @Nullable String body) {

        public static Answer text(String text) {
            return new Answer(null, text, List.of(), 100, 10, 0, 0, Duration.ZERO, 200, null);
        }

        public static Answer code(String... cells) {
            return new Answer(null, "", List.of(cells), 1000, 100, 0, 0, Duration.ZERO, 200, null);
        }

        /** Code, and words before it. */
        public Answer saying(String words) {
            return new Answer(thinking, words, code, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens,
                    latency, status, body);
        }

        public static Answer error(int status) {
            return error(status, "{\"type\":\"error\",\"error\":{\"type\":\"scripted\",\"message\":\"as scripted\"}}");
        }

        /** JSON, or HTML that begins as such. */
        public static Answer error(int status, String body) {
            return new Answer(null, "", List.of(), 0, 0, 0, 0, Duration.ZERO, status, body);
        }

        public Answer thinking(String signature) {
            return new Answer(signature, text, code, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens,
                    latency, status, body);
        }

        /** Tokens as Anthropic counts them: {@code input} without the cached ones. */
        public Answer tokens(long input, long output, long cacheRead, long cacheWrite) {
            return new Answer(thinking, text, code, input, output, cacheRead, cacheWrite, latency, status,
                    body);
        }

        public Answer after(Duration delay) {
            return new Answer(thinking, text, code, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens,
                    delay, status, body);
        }
    }

    private final HttpServer server;
    private volatile Function<Request, Answer> script;
    private final ConcurrentLinkedQueue<Request> requests = new ConcurrentLinkedQueue<>();

    public ScriptedProvider(Function<Request, Answer> script) throws IOException {
        this.script = script;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext(MESSAGES, exchange -> answer(exchange, true));
        server.createContext(CHAT_COMPLETIONS, exchange -> answer(exchange, false));
        server.start();
    }

    /** For {@code ANTHROPIC_BASE_URL}. */
    public String anthropicUrl() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** For {@code OPENROUTER_BASE_URL} and {@code OPENAI_BASE_URL}. */
    public String chatCompletionsUrl() {
        return anthropicUrl() + "/v1";
    }

    /** Everything asked so far, in order of arrival. */
    public List<Request> requests() {
        return List.copyOf(requests);
    }

    public List<Request> requests(String model) {
        return requests.stream().filter(request -> request.model().equals(model)).toList();
    }

    /** From now on this answers. */
    void follow(Function<Request, Answer> script) {
        this.script = script;
    }

    /** From now on these answer instead, request by request: Anthropic's format and that of chat completions. */
    void serve(HttpHandler messages, HttpHandler chatCompletions) {
        server.removeContext(MESSAGES);
        server.removeContext(CHAT_COMPLETIONS);
        server.createContext(MESSAGES, messages);
        server.createContext(CHAT_COMPLETIONS, chatCompletions);
    }

    public void forget() {
        requests.clear();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange, boolean anthropic) throws IOException {
        try (exchange) {
            long arrived = System.nanoTime();
            JsonNode body = JSON.readTree(exchange.getRequestBody());
            String key = exchange.getRequestHeaders().getFirst(anthropic ? "x-api-key" : "Authorization");
            Request request = new Request(arrived, anthropic, key == null ? "" : key, body);
            requests.add(request);
            Answer answer = script.apply(request);
            if (answer.latency().isPositive()) {
                LockSupport.parkNanos(answer.latency().toNanos());
            }
            // As careless with keys as a provider can be.
            exchange.getResponseHeaders().add("request-id",
                    "req-%d of %s".formatted(requests.size(), request.authorization()));
            if (answer.body() != null) {
                byte[] error = answer.body().getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().add("Content-Type",
                        answer.body().startsWith("<") ? "text/html" : "application/json");
                exchange.sendResponseHeaders(answer.status(), error.length);
                exchange.getResponseBody().write(error);
                return;
            }
            boolean stream = request.streamed();
            byte[] bytes = (anthropic
                    ? stream
                            ? anthropicStream(request, answer)
                            : JSON.writeValueAsString(anthropicReply(request, answer))
                    : stream ? chatStream(request, answer) : JSON.writeValueAsString(chatReply(request, answer)))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", stream ? "text/event-stream" : "application/json");
            exchange.sendResponseHeaders(200, bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        } catch (IOException | UncheckedIOException clientGone) {
            // a service that is killed in the middle of a call is what some tests are about
        }
    }

    private static Map<String, Object> anthropicReply(Request request, Answer answer) {
        return Map.of("id", "msg_1", "type", "message", "role", "assistant", "model", request.model(), "content",
                anthropicContent(request, answer), "stop_reason", answer.code().isEmpty() ? "end_turn" : "tool_use",
                "usage", anthropicUsage(answer));
    }

    private static List<Map<String, Object>> anthropicContent(Request request, Answer answer) {
        List<Map<String, Object>> content = new ArrayList<>();
        if (answer.thinking() != null) {
            content.add(Map.of("type", "thinking", "thinking", "let me see…", "signature", answer.thinking()));
        }
        if (!answer.text().isEmpty()) {
            content.add(Map.of("type", "text", "text", answer.text()));
        }
        for (String code : answer.code()) {
            content.add(Map.of("type", "tool_use", "id", "toolu_%d_%d".formatted(request.turnsSoFar(), content.size()),
                    "name", "execute_python", "input", Map.of("code", code, "reasoning", "as scripted")));
        }
        return content;
    }

    private static Map<String, Object> anthropicUsage(Answer answer) {
        return Map.of("input_tokens", answer.inputTokens(), "output_tokens", answer.outputTokens(),
                "cache_read_input_tokens", answer.cacheReadTokens(), "cache_creation_input_tokens",
                answer.cacheWriteTokens());
    }

    private static String anthropicStream(Request request, Answer answer) {
        StringBuilder out = new StringBuilder();
        event(out, "message_start", Map.of("type", "message_start", "message", Map.of("id", "msg_1", "type", "message",
                "role", "assistant", "model", request.model(), "content", List.of(), "usage", anthropicUsage(answer))));
        int index = 0;
        for (Map<String, Object> block : anthropicContent(request, answer)) {
            String type = String.valueOf(block.get("type"));
            Map<String, Object> start = switch (type) {
                case "thinking" -> Map.of("type", type, "thinking", "", "signature", "");
                case "text" -> Map.of("type", type, "text", "");
                default -> Map.of("type", type, "id", block.get("id"), "name", block.get("name"), "input", Map.of());
            };
            event(out, "content_block_start",
                    Map.of("type", "content_block_start", "index", index, "content_block", start));
            List<Map<String, Object>> deltas = switch (type) {
                case "thinking" -> List.of(Map.of("type", "thinking_delta", "thinking", block.get("thinking")),
                        Map.of("type", "signature_delta", "signature", block.get("signature")));
                case "text" -> List.of(Map.of("type", "text_delta", "text", block.get("text")));
                default -> inTwo(JSON.writeValueAsString(block.get("input"))).stream()
                        .map(part -> Map.<String, Object>of("type", "input_json_delta", "partial_json", part))
                        .toList();
            };
            for (Map<String, Object> delta : deltas) {
                event(out, "content_block_delta",
                        Map.of("type", "content_block_delta", "index", index, "delta", delta));
            }
            event(out, "content_block_stop", Map.of("type", "content_block_stop", "index", index));
            index++;
        }
        event(out, "message_delta",
                Map.of("type", "message_delta", "delta",
                        Map.of("stop_reason", answer.code().isEmpty() ? "end_turn" : "tool_use"), "usage",
                        Map.of("output_tokens", answer.outputTokens())));
        event(out, "message_stop", Map.of("type", "message_stop"));
        return out.toString();
    }

    private static Map<String, Object> chatReply(Request request, Answer answer) {
        return Map.of("id", "chatcmpl-1", "object", "chat.completion", "model", request.model(), "choices",
                List.of(Map.of("index", 0, "message", chatMessage(request, answer), "finish_reason",
                        answer.code().isEmpty() ? "stop" : "tool_calls")),
                "usage", chatUsage(answer));
    }

    private static Map<String, Object> chatMessage(Request request, Answer answer) {
        return answer.code().isEmpty()
                ? Map.of("role", "assistant", "content", answer.text())
                : Map.of("role", "assistant", "content", answer.text(), "tool_calls", chatToolCalls(request, answer));
    }

    private static List<Map<String, Object>> chatToolCalls(Request request, Answer answer) {
        List<Map<String, Object>> calls = new ArrayList<>();
        for (String code : answer.code()) {
            calls.add(Map.of("index", calls.size(), "id", "call_%d_%d".formatted(request.turnsSoFar(), calls.size()),
                    "type", "function", "function", Map.of("name", "execute_python", "arguments",
                            JSON.writeValueAsString(Map.of("code", code, "reasoning", "as scripted")))));
        }
        return calls;
    }

    private static Map<String, Object> chatUsage(Answer answer) {
        return Map.of("prompt_tokens", answer.inputTokens() + answer.cacheReadTokens(), "completion_tokens",
                answer.outputTokens(), "prompt_tokens_details", Map.of("cached_tokens", answer.cacheReadTokens()));
    }

    private static String chatStream(Request request, Answer answer) {
        StringBuilder out = new StringBuilder();
        chunk(out, request, Map.of("role", "assistant", "content", answer.text()), null);
        for (Map<String, Object> call : chatToolCalls(request, answer)) {
            chunk(out, request, Map.of("tool_calls", List.of(call)), null);
        }
        chunk(out, request, Map.of(), answer.code().isEmpty() ? "stop" : "tool_calls");
        out.append("data: ").append(JSON.writeValueAsString(Map.of("id", "chatcmpl-1", "object",
                "chat.completion.chunk", "model", request.model(), "choices", List.of(), "usage", chatUsage(answer))))
                .append("\n\n");
        return out.append("data: [DONE]\n\n").toString();
    }

    private static void chunk(StringBuilder out, Request request, Map<String, Object> delta,
            @Nullable String finishReason) {
        Map<String, Object> choice = finishReason == null
                ? Map.of("index", 0, "delta", delta)
                : Map.of("index", 0, "delta", delta, "finish_reason", finishReason);
        out.append("data: ").append(JSON.writeValueAsString(Map.of("id", "chatcmpl-1", "object",
                "chat.completion.chunk", "model", request.model(), "choices", List.of(choice)))).append("\n\n");
    }

    private static void event(StringBuilder out, String name, Map<String, Object> data) {
        out.append("event: ").append(name).append("\ndata: ").append(JSON.writeValueAsString(data)).append("\n\n");
    }

    private static List<String> inTwo(String text) {
        int middle = text.length() / 2;
        return List.of(text.substring(0, middle), text.substring(middle));
    }
}
