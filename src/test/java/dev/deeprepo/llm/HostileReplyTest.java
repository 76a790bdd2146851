package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.deeprepo.SecondLane;
import dev.deeprepo.llm.Message.User;
import dev.deeprepo.llm.ModelException.Permanent;
import dev.deeprepo.llm.ModelException.Transient;
import dev.deeprepo.usage.Usage;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that are made to exhaust whoever reads them: each ends at a bound, with words that say which. */
@SecondLane
class HostileReplyTest {

    private static final String ONCE = "deeprepo.retry.transient.retries=0";
    private static final String GZIP = "HTTP/1.1 %d Is\r\nContent-Type: %s\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n";

    /** Writes all there is, and closes. */
    private static RawServer.Answer all(byte[] answer) {
        return out -> {
            out.write(answer);
            throw new EOFException();
        };
    }

    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    private static byte[] gzip(int status, boolean stream, Content content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(GZIP.formatted(status, stream ? "text/event-stream" : "application/json").getBytes(
                StandardCharsets.US_ASCII));
        try (OutputStream zipped = new GZIPOutputStream(bytes)) {
            content.writeTo(zipped);
        }
        return bytes.toByteArray();
    }

    private static void bomb(OutputStream out) throws IOException {
        byte[] blanks = ": %s\n".formatted(" ".repeat(1 << 20)).getBytes(StandardCharsets.US_ASCII);
        for (int megabytes = 0; megabytes < 64; megabytes++) {
            out.write(blanks);
        }
    }

    private static Completion ask(Providers providers, boolean stream) {
        return providers.openRouter().complete(providers.root(stream, "m/m", new User("go")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBombIsBoundedByWhatComesOutOfIt(boolean stream) throws IOException {
        byte[] bomb = gzip(200, stream, HostileReplyTest::bomb);
        assertThat(bomb).as("64 MB").hasSizeLessThan(200_000);
        try (RawServer server = new RawServer(all(bomb));
                Providers providers = Providers.at(server.url(), "deeprepo.llm.max-response=1MB")) {
            assertThat(catchThrowableOfType(Permanent.class, () -> ask(providers, stream)))
                    .hasMessageContaining("an answer of more than 1048576B");
            assertThat(server.requests).hasValue(1);
        }
    }

    @Test
    void soIsOneBesideAnError() throws IOException {
        byte[] bomb = gzip(400, false, HostileReplyTest::bomb);
        try (RawServer server = new RawServer(all(bomb));
                Providers providers = Providers.at(server.url())) {
            assertThat(catchThrowableOfType(Permanent.class, () -> ask(providers, false)).getMessage())
                    .hasSizeLessThan(400);
        }
    }

    @Test
    void anAnswerThatSomebodyCompressedUnaskedIsUnderstood() throws IOException {
        byte[] answer = gzip(200, false, out -> out.write("""
                {"choices":[{"message":{"content":"fine"},"finish_reason":"stop"}]}""".getBytes(
                StandardCharsets.UTF_8)));
        try (RawServer server = new RawServer(all(answer));
                Providers providers = Providers.at(server.url())) {
            assertThat(ask(providers, false).text()).isEqualTo("fine");
        }
    }

    @Test
    void whatOnlySaysThatItIsCompressedIsBroken() throws IOException {
        byte[] plain = (GZIP.formatted(200, "application/json") + "{}").getBytes(StandardCharsets.US_ASCII);
        try (RawServer server = new RawServer(all(plain));
                Providers providers = Providers.at(server.url(), ONCE)) {
            assertThat(catchThrowableOfType(Transient.class, () -> ask(providers, false))).isNotNull();
        }
    }

    static Stream<Named<String>> tooMuch() {
        return Stream.of(Named.of("lists in lists", "[".repeat(50_000) + "]".repeat(50_000)),
                Named.of("objects in objects", "{\"a\":".repeat(50_000) + "1" + "}".repeat(50_000)),
                Named.of("deeper by one than may be", "[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH)),
                Named.of("a number without end", "1".repeat(20_000)),
                Named.of("a name without end", "{\"" + "a".repeat(20_000) + "\":1}"),
                Named.of("objects without end", "[" + "{},".repeat(200_000) + "0]"),
                Named.of("numbers without end", "[" + "0,".repeat(400_000) + "0]"));
    }

    /** Though it stands where nobody reads it. */
    @ParameterizedTest
    @MethodSource("tooMuch")
    void jsonThatWouldTakeTooMuchIsNotRead(String odd) throws IOException {
        String answer = "{\"choices\":[{\"message\":{\"content\":\"x\"},\"delta\":{\"content\":\"x\"}}],\"more\":%s}"
                .formatted(odd);
        for (boolean stream : new boolean[]{true, false}) {
            try (RawServer server = new RawServer(out -> {
                out.write(stream ? RawServer.streamHead() : RawServer.json(answer));
                if (stream) {
                    out.write(("data: " + answer + "\n\ndata: [DONE]\n\n").getBytes(StandardCharsets.US_ASCII));
                }
                throw new EOFException();
            }); Providers providers = Providers.at(server.url(), ONCE)) {
                assertThat(catchThrowableOfType(Transient.class, () -> ask(providers, stream)))
                        .hasMessageContaining("nested too deeply, or has a number or a name of absurd length");
            }
        }
    }

    /** A text has no other bound than its answer. */
    @Test
    void aLongTextIsRead() throws IOException {
        String text = "x".repeat(3_000_000);
        try (RawServer server = new RawServer(
                out -> out.write(RawServer.json("{\"choices\":[{\"message\":{\"content\":\"%s\"}}]}".formatted(text))));
                Providers providers = Providers.at(server.url())) {
            assertThat(ask(providers, false).text()).isEqualTo(text);
        }
    }

    @Test
    void numbersThatWouldFillTheMemoryWhenWrittenOutAreNone() throws IOException {
        try (RawServer server = new RawServer(out -> out.write(RawServer.json("""
                {"choices":[{"message":{"content":"x","reasoning_details":[1e999999999]}}],
                 "usage":{"prompt_tokens":1e999999999,"completion_tokens":1e-999999999,"cost":1e999999999}}""")));
                Providers providers = Providers.at(server.url())) {
            Completion completion = ask(providers, false);
            assertThat(completion.usage()).isEqualTo(Usage.NONE);
            assertThat(completion.reportedCost()).isNull();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aReplyOfCountlessPiecesIsNone(boolean anthropic) throws IOException {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            StringBuilder events = new StringBuilder();
            for (int i = 0; i < 2_000; i++) {
                events.append("data: ").append(anthropic
                        ? "{\"type\":\"content_block_start\",\"index\":%d,\"content_block\":{}}".formatted(i)
                        : "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":%d}]}}]}".formatted(i))
                        .append("\n\n");
            }
            out.write(events.toString().getBytes(StandardCharsets.US_ASCII));
        }); Providers providers = Providers.at(server.url(), ONCE)) {
            LanguageModel model = anthropic ? providers.anthropic() : providers.openRouter();
            assertThat(catchThrowableOfType(Transient.class,
                    () -> model.complete(providers.root(true, "m/m", new User("go")))))
                    .hasMessageContaining("a reply of more than 1000");
        }
    }

    /** Nor asked for again: the next would be like it. */
    @ParameterizedTest
    @ValueSource(strings = {"X-More: y\r\n", "x"})
    void aHeadWithoutEndIsNotReadToItsEnd(String piece) throws IOException {
        byte[] more = piece.repeat(10_000).getBytes(StandardCharsets.US_ASCII);
        try (RawServer server = new RawServer(out -> {
            out.write("HTTP/1.1 200 OK\r\nX-First: ".getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write(more);
            }
        }); Providers providers = Providers.at(server.url())) {
            assertThat(catchThrowableOfType(Permanent.class, () -> ask(providers, false)))
                    .hasMessageContaining("more, or longer, headers than are read");
            assertThat(server.requests).hasValue(1);
        }
    }

    /** Each byte comes well within the time that one read may take. */
    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1 200 OK\r\nX-Slow: ",
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 400 No\r\nConnection: close\r\n\r\n"})
    void aHeadOrABodyThatTricklesMeetsTheDeadline(String beginning) throws IOException {
        try (RawServer server = new RawServer(out -> {
            out.write(beginning.getBytes(StandardCharsets.US_ASCII));
            while (true) {
                out.write(' ');
                out.flush();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            }
        }); Providers providers = Providers.at(server.url(), ONCE, "deeprepo.llm.total-timeout=300ms")) {
            long start = System.nanoTime();
            assertThat(catchThrowableOfType(Transient.class, () -> ask(providers, false)))
                    .hasMessageContaining("nothing whole within 300 ms");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        }
    }
}
