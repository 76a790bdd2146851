package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A reader of an analysis' event stream, which keeps what it is sent. */
final class EventLog implements AutoCloseable {

    /** One event as it came. */
    record Sent(@Nullable Long id, String name, JsonNode data) {}

    private final HttpClient client = HttpClient.newHttpClient();
    private final BufferedReader lines;
    private final List<Sent> sent = new ArrayList<>();

    EventLog(TestService service, AnalysisId id, long last) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(service.uri("/analyses/" + id + "/events"))
                .header("Last-Event-ID", String.valueOf(last)).build();
        lines = new BufferedReader(new InputStreamReader(
                client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body(), StandardCharsets.UTF_8));
    }

    /** Reads up to the next event of that name; all that came so far. */
    List<Sent> await(String name) throws IOException {
        for (Sent next = next(); next != null; next = next()) {
            if (next.name().equals(name)) {
                return List.copyOf(sent);
            }
        }
        throw new AssertionError("the stream ended before " + name + ": " + sent);
    }

    /** Reads to the end; all that came. */
    List<Sent> all() throws IOException {
        while (next() != null) {
            // kept already
        }
        return List.copyOf(sent);
    }

    private @Nullable Sent next() throws IOException {
        Long id = null;
        String name = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id:")) {
                id = Long.valueOf(line.substring(3));
            } else if (line.startsWith("event:")) {
                name = line.substring(6);
            } else if (line.startsWith("data:")) {
                Sent event = new Sent(id, String.valueOf(name), JsonMapper.shared().readTree(line.substring(5)));
                sent.add(event);
                return event;
            }
        }
        return null;
    }

    static List<Long> ids(List<Sent> events) {
        return events.stream().map(Sent::id).filter(Objects::nonNull).toList();
    }

    /** What was said, put together by role, turn and attempt. */
    static List<String> texts(List<Sent> events) {
        Map<String, String> texts = new LinkedHashMap<>();
        events.stream().filter(event -> event.name().equals("text")).map(Sent::data)
                .forEach(text -> texts.merge("%s %d %d: ".formatted(text.get("role").asString(),
                        text.get("turn").asInt(), text.get("attempt").asInt()), text.get("text").asString(),
                        String::concat));
        return texts.entrySet().stream().map(text -> text.getKey() + text.getValue()).toList();
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
    }

    /** A reader that asks for the events and never reads them. */
    static final class Deaf implements AutoCloseable {

        private final Socket socket = new Socket();

        Deaf(TestService service, AnalysisId id) throws IOException {
            socket.setReceiveBufferSize(4096);
            socket.connect(new InetSocketAddress("127.0.0.1", service.uri("/").getPort()));
            socket.getOutputStream().write("GET /analyses/%s/events HTTP/1.1\r\nHost: localhost\r\n\r\n".formatted(id)
                    .getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
