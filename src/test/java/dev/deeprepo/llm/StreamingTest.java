package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.deeprepo.SecondLane;
import dev.deeprepo.llm.Message.User;
import dev.deeprepo.llm.ModelException.Transient;
import dev.deeprepo.usage.Usage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Streams of both wire formats over real HTTP, at a pace that the tests set. */
@SecondLane
class StreamingTest {

    private static final Duration IDLE = Duration.ofSeconds(1);

    private final CountDownLatch never = new CountDownLatch(1);
    private final Heard heard = new Heard();
    private int request;

    /** What a listener hears, in order. */
    private static final class Heard implements CallListener {

        private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
        private final Semaphore pieces = new Semaphore(0);

        @Override
        public void attempted(FailedAttempt attempt) {
            heard.add("failed " + attempt.number());
        }

        @Override
        public void said(String text) {
            heard.add(text);
            pieces.release();
        }
    }

    /** The first calls of a process take their time, which here is not the provider's silence. */
    @BeforeAll
    static void warmUp() throws Exception {
        for (StreamFormat format : StreamFormat.values()) {
            assertThat(new StreamingTest().usage(format, format.whole())).isEqualTo(new Usage(3210, 40, 3000, 200));
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsTextAndCodeWhenItComesAndNoThought(StreamFormat format) throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            for (String data : format.whole()) {
                send(out, data);
                if (data.contains("look") || data.contains("print") || data.contains("(1)")) {
                    // The next one is sent when this one was heard: nothing waits for the end of the reply.
                    if (!heard.pieces.tryAcquire(10, TimeUnit.SECONDS)) {
                        return;
                    }
                } else if (data.contains("I ")) {
                    heard.pieces.acquire();
                }
            }
        }); Providers providers = Providers.at(server.url(), "deeprepo.retry.transient.retries=0")) {
            Completion completion = format.ask(providers, call(providers, true, heard));

            assertThat(heard.heard).containsExactly("I ", "look.", "\nprint", "(1)\n");
            assertWhole(completion);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSlowStreamGoesOnAsLongAsItLives(StreamFormat format) throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            format.beginning().forEach(data -> send(out, data));
            for (int i = 0; i < 20; i++) {
                LockSupport.parkNanos(IDLE.dividedBy(10).toNanos());
                send(out, format.text(i + " "));
            }
            format.end().forEach(data -> send(out, data));
        }); Providers providers = idle(server)) {
            long start = System.nanoTime();

            assertThat(format.ask(providers, call(providers, true, heard)).text()).startsWith("0 1 2").endsWith("19 ");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(IDLE.multipliedBy(2));
            assertThat(heard.heard).hasSize(20);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStreamThatFallsSilentIsTriedAgain(StreamFormat format) throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            format.half().forEach(data -> send(out, data));
            never.await();
        }); Providers providers = idle(server)) {
            Transient failure = catchThrowableOfType(Transient.class,
                    () -> format.ask(providers, call(providers, true, heard)));

            assertThat(failure).hasMessageContaining("nothing for 1000 ms (given up after 2 attempts)");
            assertThat(heard.heard).containsExactly("I ", "look.", "\nprint", "failed 1", "I ", "look.", "\nprint",
                    "failed 2");
            assertThat(server.requests).hasValue(2);
        }
    }

    /** However a stream ends early, what it said is gone and what it counted too. */
    @ParameterizedTest
    @EnumSource
    void nothingOfABrokenStreamIsUsed(StreamFormat format) throws Exception {
        List<String> failed = new ArrayList<>(format.half());
        failed.add(format.error());
        List<String> cut = new ArrayList<>(format.half());
        cut.add(format.arguments("lost").substring(0, 20));
        List<String> endless = new ArrayList<>(format.whole());
        endless.removeLast();
        List<List<String>> broken = List.of(format.half(), failed, cut, endless);
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            int request = this.request++;
            (request < broken.size() ? broken.get(request) : format.whole()).forEach(data -> send(out, data));
            throw new IOException("closed");
        }); Providers providers = Providers.at(server.url(), "deeprepo.retry.transient.retries=4")) {
            Completion completion = format.ask(providers, call(providers, true, heard));

            assertWhole(completion);
            assertThat(server.requests).hasValue(5);
            assertThat(heard.heard).containsExactly("I ", "look.", "\nprint", "failed 1", "I ", "look.", "\nprint",
                    "failed 2", "I ", "look.", "\nprint", "failed 3", "I ", "look.", "\nprint", "(1)\n", "failed 4",
                    "I ", "look.", "\nprint", "(1)\n");
        }
    }

    @Test
    void countsNothingWhenTheChunkWithTheUsageIsMissing() throws Exception {
        List<String> uncounted = new ArrayList<>(StreamFormat.CHAT.whole());
        uncounted.removeIf(data -> data.contains("completion_tokens"));
        assertThat(usage(StreamFormat.CHAT, uncounted)).isEqualTo(Usage.NONE);
    }

    @Test
    void countsWhatComesWithTheLastChoiceToo() throws Exception {
        List<String> early = new ArrayList<>(StreamFormat.CHAT.whole());
        early.removeIf(data -> data.contains("completion_tokens"));
        early.set(early.size() - 2, "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}],"
                + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}");
        assertThat(usage(StreamFormat.CHAT, early)).isEqualTo(Usage.of(7, 2));
    }

    @Test
    void countsWhatAnthropicCountedAtTheEndNotAtTheBeginning() throws Exception {
        List<String> later = new ArrayList<>(StreamFormat.ANTHROPIC.whole());
        later.set(later.size() - 2, "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},"
                + "\"usage\":{\"input_tokens\":11,\"cache_read_input_tokens\":3001,\"output_tokens\":44}}");
        assertThat(usage(StreamFormat.ANTHROPIC, later)).isEqualTo(new Usage(11 + 200 + 3001, 44, 3001, 200));
    }

    @ParameterizedTest
    @EnumSource
    void aListenerThatFailsCostsNoReply(StreamFormat format) throws Exception {
        List<String> said = new ArrayList<>();
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            format.whole().forEach(data -> send(out, data));
        }); Providers providers = Providers.at(server.url())) {
            assertWhole(format.ask(providers, call(providers, true, new CallListener() {
                @Override
                public void attempted(FailedAttempt attempt) {
                    throw new AssertionError(attempt.cause());
                }

                @Override
                public void said(String text) {
                    said.add(text);
                    throw new IllegalStateException("deaf");
                }
            })));
            assertThat(said).containsExactly("I ");
        }
    }

    @Test
    void tellsNothingOfAReplyThatComesWhole() throws Exception {
        try (RawServer server = new RawServer(out -> out.write(RawServer.json("""
                {"choices":[{"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],
                 "usage":{"prompt_tokens":7,"completion_tokens":2}}""")));
                Providers providers = Providers.at(server.url())) {
            for (boolean stream : new boolean[]{true, false}) {
                assertThat(providers.openRouter().complete(call(providers, stream, heard)).text()).isEqualTo("fine");
            }
            assertThat(heard.heard).isEmpty();
        }
    }

    @Test
    void neverTellsHalfACharacter() throws Exception {
        List<String> halves = new ArrayList<>(StreamFormat.CHAT.call());
        halves.add(StreamFormat.CHAT.arguments("{\"code\": \"a\\ud83d"));
        halves.add(StreamFormat.CHAT.arguments("\\ude00b\"}"));
        halves.addAll(StreamFormat.CHAT.end());
        usage(StreamFormat.CHAT, halves);
        assertThat(heard.heard).containsExactly("a", "\ud83d\ude00b");
    }

    private Usage usage(StreamFormat format, List<String> stream) throws IOException {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            stream.forEach(data -> send(out, data));
        }); Providers providers = Providers.at(server.url())) {
            return format.ask(providers, call(providers, true, heard)).usage();
        }
    }

    private static void assertWhole(Completion completion) {
        assertThat(completion.text()).isEqualTo("I look.");
        assertThat(completion.message().toolCalls()).singleElement().satisfies(
                call -> assertThat(Json.parse(call.arguments())).isEqualTo(Json.object().put("code", "print(1)\n")));
        assertThat(completion.usage()).isEqualTo(new Usage(3210, 40, 3000, 200));
    }

    private static ModelCall call(Providers providers, boolean stream, CallListener listener) {
        ModelCall root = providers.root(stream, "some/model", new User("go"));
        return new ModelCall(root.run(), root.role(), root.model(), root.system(), root.messages(), root.tools(),
                root.maxTokens(), stream, listener, root.cancellation());
    }

    private static Providers idle(RawServer server) {
        return Providers.at(server.url(), "deeprepo.llm.idle-timeout=" + IDLE.toMillis() + "ms",
                "deeprepo.retry.transient.retries=1");
    }

    private static void send(OutputStream out, String data) {
        try {
            out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
