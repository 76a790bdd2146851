package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.deeprepo.ScriptedProvider.Answer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A comparison over real HTTP whose providers write slowly: the root in Anthropic's format, whose first stream breaks off,
 * the baseline in that of chat completions. Neither goes on before a reader of the events has seen what it said so far.
 */
@Tag("slow")
class LiveTextIT {

    private static final JsonMapper JSON = new JsonMapper();
    private static final String CODE = "set_answer('# Explored\\n\\n## Architecture Overview\\n\\nIt plans.')\n";
    private static final String ALONE = "# In one call\n\n## Architecture Overview\n\nIt plans, too.\n";
    private static final String HALF = "for half in [";

    private record Sent(String id, String name, JsonNode data) {

        boolean isText(String role, int attempt) {
            return name.equals("text") && data.path("role").asString().equals(role)
                    && data.path("attempt").asInt() == attempt;
        }

        boolean is(String event, String role) {
            return name.equals(event) && data.path("role").asString().equalsIgnoreCase(role);
        }
    }

    private final CountDownLatch reading = new CountDownLatch(1);
    private final CountDownLatch halfSeen = new CountDownLatch(1);
    private final CountDownLatch rootSeen = new CountDownLatch(1);
    private final CountDownLatch baselineSeen = new CountDownLatch(1);
    private final AtomicInteger rootRequests = new AtomicInteger();

    @RegisterExtension
    static final Deployment service = Deployment.answering(_ -> Answer.error(500))
            .with(Map.of("DEEPREPO_RETRY_TRANSIENT_BASE_DELAY", "10ms"));

    @Test
    void readersSeeWhatIsSaidAndNothingOfABrokenStreamIsKept() throws Exception {
        service.provider().serve(this::root, this::baseline);
        String id = service.api()
                .submit(Map.of("repository", service.url("fixture"), "mode", "COMPARE", "rootModel",
                        "sonnet", "subModel", "minimax", "baselineModel", "gpt-6-sol"));
        List<Sent> sent = read(service.api(), id);

        assertThat(text(sent, "root", 1)).isEqualTo("I begin.\n" + HALF);
        assertThat(text(sent, "root", 2)).isEqualTo("I look.\n" + CODE);
        assertThat(text(sent, "baseline", 1)).isEqualTo(ALONE);
        assertThat(between(sent, "root", 1, "model-asked", "attempt-failed")).isTrue();
        assertThat(between(sent, "root", 2, "attempt-failed", "model-replied")).isTrue();
        assertThat(between(sent, "baseline", 1, "model-asked", "model-replied")).isTrue();
        assertThat(sent).filteredOn(event -> event.name.equals("text")).allMatch(event -> event.id.isEmpty());
        List<Long> ids = sent.stream().filter(event -> !event.id.isEmpty()).map(event -> Long.valueOf(event.id))
                .toList();
        assertThat(ids).isEqualTo(LongStream.rangeClosed(1, ids.size()).boxed().toList());

        JsonNode analysis = service.api().get("/analyses/" + id);
        assertThat(analysis.path("status").asString()).isEqualTo("COMPLETED");
        JsonNode usage = analysis.path("usage");
        assertThat(usage.path("root").path("outputTokens").asLong()).isEqualTo(40);
        assertThat(usage.path("root").path("inputTokens").asLong()).isEqualTo(1000);
        assertThat(usage.path("baseline").path("outputTokens").asLong()).isEqualTo(50);
        assertThat(usage.path("baseline").path("inputTokens").asLong()).isEqualTo(2000);
        assertThat(service.api().get("/analyses/" + id + "/trajectory").toString()
                + service.api().get("/analyses/" + id + "/report", "text/markdown")
                + service.api().events(id, 0)).doesNotContain(HALF, "I begin");
    }

    private List<Sent> read(Api api, String id) throws Exception {
        List<Sent> sent = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            var body = client.send(HttpRequest.newBuilder(URI.create(api.base() + "/analyses/" + id + "/events"))
                    .build(), BodyHandlers.ofLines()).body();
            reading.countDown();
            StringBuilder block = new StringBuilder();
            body.forEach(line -> {
                block.append(line).append('\n');
                if (line.isEmpty()) {
                    Map<String, String> fields = block.toString().lines().filter(field -> field.indexOf(':') > 0)
                            .collect(Collectors.toMap(field -> field.substring(0, field.indexOf(':')),
                                    field -> field.substring(field.indexOf(':') + 1)));
                    block.setLength(0);
                    if (fields.containsKey("data")) {
                        sent.add(new Sent(fields.getOrDefault("id", ""), fields.getOrDefault("event", ""),
                                JSON.readTree(fields.get("data"))));
                        see(sent);
                    }
                }
            });
        }
        return sent;
    }

    private void see(List<Sent> sent) {
        Sent event = sent.getLast();
        if (event.isText("root", 1)) {
            // Only then may it break off: what is unsent at that moment is void.
            if (text(sent, "root", 1).endsWith(HALF)) {
                halfSeen.countDown();
            }
        } else if (event.isText("root", 2)) {
            rootSeen.countDown();
        } else if (event.isText("baseline", 1)) {
            baselineSeen.countDown();
        }
    }

    private static String text(List<Sent> sent, String role, int attempt) {
        return sent.stream().filter(event -> event.isText(role, attempt))
                .map(event -> event.data.path("text").asString()).collect(Collectors.joining());
    }

    /** Whether all texts of an attempt stand between these entries of its role. */
    private static boolean between(List<Sent> sent, String role, int attempt, String after, String before) {
        List<String> order = sent.stream()
                .map(event -> event.isText(role, attempt)
                        ? "text"
                        : event.is(after, role) ? "after" : event.is(before, role) ? "before" : "")
                .filter(word -> !word.isEmpty()).toList();
        return order.getFirst().equals("after") && order.getLast().equals("before")
                && order.subList(1, order.size() - 1).stream().allMatch("text"::equals);
    }

    private void root(HttpExchange exchange) throws IOException {
        try (exchange; OutputStream out = begin(exchange)) {
            boolean first = rootRequests.incrementAndGet() == 1;
            send(out, Map.of("type", "message_start", "message", Map.of("id", "msg_1", "type", "message", "role",
                    "assistant", "content", List.of(), "usage", Map.of("input_tokens", 1000, "output_tokens", 1))));
            send(out, Map.of("type", "content_block_start", "index", 0, "content_block",
                    Map.of("type", "text", "text", "")));
            delta(out, 0, Map.of("type", "text_delta", "text", first ? "I begin." : "I look."));
            send(out, Map.of("type", "content_block_start", "index", 1, "content_block",
                    Map.of("type", "tool_use", "id", "toolu_1", "name", "execute_python", "input", Map.of())));
            String arguments = JSON.writeValueAsString(Map.of("code", first ? HALF : CODE));
            List<String> pieces = arguments.chars().mapToObj(Character::toString).toList();
            for (String piece : first ? pieces.subList(0, pieces.size() - 2) : pieces) {
                delta(out, 1, Map.of("type", "input_json_delta", "partial_json", piece));
            }
            await(first ? halfSeen : rootSeen);
            if (first) {
                return; // what was sent is all of it
            }
            send(out, Map.of("type", "message_delta", "delta", Map.of("stop_reason", "tool_use"), "usage",
                    Map.of("output_tokens", 40)));
            send(out, Map.of("type", "message_stop"));
        }
    }

    private void baseline(HttpExchange exchange) throws IOException {
        try (exchange; OutputStream out = begin(exchange)) {
            for (String piece : ALONE.split("(?<= )", -1)) {
                send(out, Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of("content", piece)))));
            }
            await(baselineSeen);
            send(out, Map.of("choices", List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop"))));
            send(out, Map.of("choices", List.of(), "usage", Map.of("prompt_tokens", 2000, "completion_tokens", 50)));
            out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private OutputStream begin(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        await(reading);
        exchange.getResponseHeaders().add("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        return exchange.getResponseBody();
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (!latch.await(Duration.ofSeconds(20).toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("nobody has seen it");
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static void delta(OutputStream out, int index, Map<String, Object> delta) throws IOException {
        send(out, Map.of("type", "content_block_delta", "index", index, "delta", delta));
    }

    private static void send(OutputStream out, Map<String, Object> data) throws IOException {
        out.write(("data: " + JSON.writeValueAsString(data) + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
