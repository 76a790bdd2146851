package dev.deeprepo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The public API as a client with nothing but HTTP sees it. */
public record Api(String base) {

    private static final JsonMapper JSON = new JsonMapper();
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5)).build();
    private static final Set<String> TERMINAL = Set.of("COMPLETED", "PARTIAL", "FAILED", "CANCELLED");

    public HttpResponse<String> send(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofSeconds(30))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!body.isEmpty()) {
            request.header("Content-Type", "application/json");
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return HTTP.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public JsonNode get(String path) {
        return JSON.readTree(expect(200, send("GET", path, "")).body());
    }

    public String get(String path, String accept) {
        return expect(200, send("GET", path, "", "Accept", accept)).body();
    }

    /** Submits an analysis and returns its id. */
    public String submit(Map<String, Object> request) {
        HttpResponse<String> answer = expect(202, send("POST", "/analyses", JSON.writeValueAsString(request)));
        return JSON.readTree(answer.body()).path("id").asString();
    }

    /** Polls until the analysis has ended, and returns it. */
    public JsonNode await(String id, Duration atMost) {
        return Awaitility.await("analysis " + id + " to end").atMost(atMost).pollInterval(Duration.ofMillis(30))
                .until(() -> get("/analyses/" + id), it -> TERMINAL.contains(it.path("status").asString()));
    }

    /** One event of the stream; {@code id} is the journal's sequence. */
    public record StreamEvent(long id, String name, JsonNode data) {}

    /** Reads the event stream of an analysis that has ended, from after {@code lastId}. */
    public List<StreamEvent> events(String id, long lastId) {
        String stream = expect(200, send("GET", "/analyses/" + id + "/events", "", "Accept", "text/event-stream",
                "Last-Event-ID", Long.toString(lastId))).body();
        return parse(stream);
    }

    static List<StreamEvent> parse(String stream) {
        List<StreamEvent> events = new ArrayList<>();
        for (String block : stream.split("\n\n", -1)) {
            Map<String, String> fields = new HashMap<>();
            block.lines().filter(line -> line.indexOf(':') > 0).forEach(line -> fields
                    .merge(line.substring(0, line.indexOf(':')), line.substring(line.indexOf(':') + 1).strip(),
                            (a, b) -> a + "\n" + b));
            if (fields.containsKey("id") && fields.containsKey("data")) {
                events.add(new StreamEvent(Long.parseLong(fields.get("id")), fields.getOrDefault("event", ""),
                        JSON.readTree(fields.get("data"))));
            }
        }
        return events;
    }

    private static HttpResponse<String> expect(int status, HttpResponse<String> response) {
        if (response.statusCode() != status) {
            throw new AssertionError("%s answered %d instead of %d: %s".formatted(response.request(),
                    response.statusCode(), status, response.body()));
        }
        return response;
    }
}
