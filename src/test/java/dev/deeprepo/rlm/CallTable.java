package dev.deeprepo.rlm;

import static dev.deeprepo.llm.ModelException.Kind.PERMANENT;
import static dev.deeprepo.llm.ModelException.Kind.RATE_LIMITED;
import static dev.deeprepo.llm.ModelException.Kind.TRANSIENT;

import dev.deeprepo.llm.ModelException.Kind;
import dev.deeprepo.llm.RawServer;
import dev.deeprepo.llm.RawServer.Answer;
import dev.deeprepo.llm.Wire;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Everything that goes wrong with providers, and what is to come of it: the retry policy, line by line. */
final class CallTable {

    /** Waits in milliseconds: of the linear strategy, and of the exponential one with half of its jitter. */
    private static final int[] LINEAR = {2_000, 9_000, 16_000, 23_000, 30_000};
    private static final int[] EXPONENTIAL = {1_250, 2_500, 5_000};
    private static final int[] NEVER = {};

    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.RFC_1123_DATE_TIME.withZone(ZoneOffset.UTC);

    private CallTable() {}

    /**
     * One way to fail.
     *
     * @param sent what the provider sends, over either wire, at an instant
     * @param waits before the retries, in milliseconds, when it always fails in this way; one call more than waits is made
     * @param says what the cause holds, on every wire
     */
    record Fault(String name, Sent sent, Kind kind, @Nullable Integer status, int[] waits, String says) {

        @Override
        public String toString() {
            return name;
        }
    }

    interface Sent {
        Answer over(Wire wire, Instant now);
    }

    static Stream<Fault> faults() {
        return Stream.of(
                // rate limited: the linear class
                status(429, RATE_LIMITED, LINEAR), status(529, RATE_LIMITED, LINEAR),
                status(429, RATE_LIMITED, always(17_000, 5), "Retry-After: 17"),
                status(429, RATE_LIMITED, always(500, 5), "Retry-After: 0.5"),
                status(429, RATE_LIMITED, always(0, 5), "Retry-After: 0"),
                dated(429, RATE_LIMITED, always(43_000, 5), 43), dated(429, RATE_LIMITED, always(0, 5), -60),
                status(429, RATE_LIMITED, always(1_500, 5), "retry-after-ms: 1500"),
                status(429, RATE_LIMITED, always(1_500, 5), "retry-after-ms: 1500", "Retry-After: 60"),
                status(429, RATE_LIMITED, LINEAR, "Retry-After: soon"),
                status(429, RATE_LIMITED, LINEAR, "Retry-After: -5"),
                status(429, RATE_LIMITED, LINEAR, "retry-after-ms: "),
                status(503, RATE_LIMITED, always(7_000, 5), "Retry-After: 7"),
                dated(503, RATE_LIMITED, always(43_000, 5), 43),
                fault("503 that says overloaded", RATE_LIMITED, 503, LINEAR, "overloaded_error",
                        (_, _) -> http(503, "overloaded_error", List.of())),
                // four waits of 120 s, and the deadline of 600 s would be over with the fifth
                status(429, RATE_LIMITED, always(120_000, 4), "Retry-After: 120"),
                status(429, RATE_LIMITED, NEVER, "Retry-After: 121"),
                dated(429, RATE_LIMITED, NEVER, 86_400),
                status(429, RATE_LIMITED, NEVER, "x-should-retry: false"),
                status(429, RATE_LIMITED, LINEAR, "x-should-retry: true"),
                // transient: the exponential class
                status(408, TRANSIENT, EXPONENTIAL), status(409, TRANSIENT, EXPONENTIAL),
                status(425, TRANSIENT, EXPONENTIAL), status(500, TRANSIENT, EXPONENTIAL),
                status(502, TRANSIENT, EXPONENTIAL), status(503, TRANSIENT, EXPONENTIAL),
                status(504, TRANSIENT, EXPONENTIAL), status(520, TRANSIENT, EXPONENTIAL),
                status(500, TRANSIENT, always(7_000, 3), "Retry-After: 7"),
                status(500, TRANSIENT, NEVER, "Retry-After: 121"),
                status(500, TRANSIENT, NEVER, "x-should-retry: false"),
                // permanent
                status(302, PERMANENT, NEVER), status(400, PERMANENT, NEVER), status(401, PERMANENT, NEVER),
                status(402, PERMANENT, NEVER), status(403, PERMANENT, NEVER), status(404, PERMANENT, NEVER),
                status(413, PERMANENT, NEVER), status(422, PERMANENT, NEVER), status(451, PERMANENT, NEVER),
                status(400, PERMANENT, NEVER, "x-should-retry: true"),
                status(400, PERMANENT, NEVER, "Retry-After: 7"),
                // an error object inside a 200
                inside(429, "rate_limit_error", RATE_LIMITED, LINEAR),
                inside(429, "rate_limit_error", RATE_LIMITED, always(17_000, 5), "Retry-After: 17"),
                inside(529, "overloaded_error", RATE_LIMITED, LINEAR),
                inside(500, "api_error", TRANSIENT, EXPONENTIAL),
                inside(500, "api_error", TRANSIENT, NEVER, "x-should-retry: false"),
                inside(400, "invalid_request_error", PERMANENT, NEVER),
                inside(401, "authentication_error", PERMANENT, NEVER),
                // no answer
                fault("reset", TRANSIENT, null, EXPONENTIAL, "", (_, _) -> _ -> {
                    throw new RawServer.Reset();
                }), fault("closed without a word", TRANSIENT, null, EXPONENTIAL, "", (_, _) -> _ -> {
                    throw new IllegalStateException();
                }), fault("cut", TRANSIENT, null, EXPONENTIAL, "", (w, _) -> w.cut()),
                fault("broken JSON", TRANSIENT, null, EXPONENTIAL, "not JSON, or is cut", (w, _) -> w.brokenJson()),
                fault("HTML in 200", TRANSIENT, 200, EXPONENTIAL, "200 with text/html instead of JSON: <h1>Hi</h1>",
                        (_, _) -> out -> out.write(bytes("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                + "Content-Length: 11\r\n\r\n<h1>Hi</h1>"))),
                fault("empty 200", TRANSIENT, null, EXPONENTIAL, "", (_, _) -> out -> out.write(bytes(
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"))),
                fault("no choice", TRANSIENT, null, EXPONENTIAL, " without ", (w, _) -> w.noChoice()));
    }

    /** These take their time, so they are only tried where every attempt fails. */
    static Stream<Fault> timeouts() {
        return Stream.of(fault("no header", TRANSIENT, null, EXPONENTIAL, "nothing", (_, _) -> _ -> new CountDownLatch(
                1).await()), fault("no end", TRANSIENT, null, EXPONENTIAL, "nothing", (w, _) -> w.stalled()));
    }

    /** Nobody is there. */
    static Fault refused() {
        return fault("refused", TRANSIENT, null, EXPONENTIAL, "refused", (_, _) -> _ -> {});
    }

    private static Fault fault(String name, Kind kind, @Nullable Integer status, int[] waits, String says, Sent sent) {
        return new Fault(name, sent, kind, status, waits, says);
    }

    private static Fault status(int status, Kind kind, int[] waits, String... headers) {
        return fault(String.join(", ", Stream.concat(Stream.of("" + status), Arrays.stream(headers)).toList()), kind,
                status, waits, status + ": as_written: no", (_, _) -> http(status, "as_written", List.of(headers)));
    }

    private static Fault inside(int code, String type, Kind kind, int[] waits, String... headers) {
        return fault(String.join(", ", Stream.concat(Stream.of(code + " in 200"), Arrays.stream(headers)).toList()),
                kind, code, waits, "inside", (wire, _) -> wire.error(code, type, headers));
    }

    private static Fault dated(int status, Kind kind, int[] waits, int seconds) {
        return fault("%d, Retry-After: in %d s".formatted(status, seconds), kind, status, waits, status + ": ",
                (_, now) -> http(status, "as_written",
                        List.of("Retry-After: " + HTTP_DATE.format(now.plusSeconds(seconds)))));
    }

    private static Answer http(int status, String type, List<String> headers) {
        String body = "{\"type\":\"error\",\"error\":{\"type\":\"%s\",\"message\":\"no\"}}".formatted(type);
        StringBuilder head = new StringBuilder("HTTP/1.1 %d No\r\nContent-Length: %d\r\n".formatted(status,
                body.length()));
        headers.forEach(header -> head.append(header).append("\r\n"));
        return out -> out.write(bytes(head + "\r\n" + body));
    }

    private static int[] always(int millis, int times) {
        return IntStream.generate(() -> millis).limit(times).toArray();
    }

    private static byte[] bytes(String http) {
        return http.getBytes(StandardCharsets.UTF_8);
    }
}
