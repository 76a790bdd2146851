package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.deeprepo.llm.Message.User;
import dev.deeprepo.llm.ModelException.Cancelled;
import dev.deeprepo.llm.ModelException.Permanent;
import dev.deeprepo.llm.ModelException.Transient;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

@Isolated("measures time")
class ProviderClientTest {

    private static final String OK = """
            {"id":"gen-1","choices":[{"message":{"role":"assistant","content":"fine"},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":7,"completion_tokens":2}}""";

    private final CountDownLatch never = new CountDownLatch(1);
    private final CountDownLatch reached = new CountDownLatch(1);

    @Test
    void cancelFreesACallThatWaitsForTheHeader() throws Exception {
        try (RawServer server = new RawServer(out -> stall())) {
            freedByCancel(server.url(), true);
        }
    }

    @Test
    void cancelFreesACallInsideItsBody() throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{".getBytes(
                    StandardCharsets.UTF_8));
            out.flush();
            stall();
        })) {
            freedByCancel(server.url(), false);
        }
    }

    @Test
    void cancelFreesACallInsideItsStream() throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            out.write("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".getBytes(StandardCharsets.UTF_8));
            out.flush();
            stall();
        })) {
            freedByCancel(server.url(), true);
        }
    }

    @Test
    void cancelFreesACallThatWaitsForAConnection() throws Exception {
        try (RawServer server = new RawServer(out -> stall());
                Providers providers = Providers.withRealWaitsAt(server.url(), "deeprepo.llm.max-connections=1")) {
            Cancellation holder = new Cancellation();
            Thread first = Thread.startVirtualThread(() -> assertThatThrownBy(
                    () -> providers.openRouter().complete(providers.sub("holds the connection", holder)))
                    .isInstanceOf(Cancelled.class));
            reached.await();
            freedByCancel(providers, new Cancellation(), false);
            holder.cancel("test over");
            first.join();
        }
    }

    @Test
    void cancelFreesACallThatConnects() throws Exception {
        // A listener whose backlog is full leaves further connections hanging.
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            List<Socket> queued = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                queued.add(new Socket(InetAddress.getLoopbackAddress(), full.getLocalPort()));
            }
            reached.countDown();
            freedByCancel("http://127.0.0.1:" + full.getLocalPort(), false);
            for (Socket socket : queued) {
                socket.close();
            }
        }
    }

    @Test
    void cancelFreesACallThatWaitsForItsNextAttempt() throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write("HTTP/1.1 429 No\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n".getBytes(
                    StandardCharsets.UTF_8));
            reached.countDown();
        }); Providers providers = Providers.withRealWaitsAt(server.url())) {
            Cancellation cancellation = new Cancellation();
            freedByCancel(providers, cancellation, false);
            assertThat(providers.failures).singleElement()
                    .satisfies(failure -> assertThat(failure.delay()).isEqualTo(Duration.ofMinutes(1)));
        }
    }

    @Test
    void aCancelledRunAsksNothing() throws Exception {
        try (RawServer server = new RawServer(out -> out.write(RawServer.json(OK)));
                Providers providers = Providers.at(server.url())) {
            Cancellation cancellation = new Cancellation();
            cancellation.cancel("by the user");

            assertThat(catchThrowableOfType(Cancelled.class,
                    () -> providers.openRouter().complete(providers.sub("hi", cancellation))))
                    .hasMessageContaining("by the user");
            assertThat(server.requests).hasValue(0);
        }
    }

    @Test
    void aStreamOfCommentsIsSilence() throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            while (true) {
                out.write(": ping\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        });
                Providers providers = Providers.at(server.url(), "deeprepo.llm.idle-timeout=150ms",
                        "deeprepo.retry.transient.retries=0")) {
            Transient e = catchThrowableOfType(Transient.class,
                    () -> providers.openRouter().complete(providers.root(true, "m/m", new User("go"))));

            assertThat(e).hasMessageContaining("nothing for 150 ms");
        }
    }

    @Test
    void aStreamThatTricklesForeverMeetsItsDeadline() throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            while (true) {
                out.write("data: {\"choices\":[]}\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            }
        });
                Providers providers = Providers.at(server.url(), "deeprepo.llm.total-timeout=300ms",
                        "deeprepo.retry.transient.retries=0")) {
            assertThat(catchThrowableOfType(Transient.class,
                    () -> providers.openRouter().complete(providers.root(true, "m/m", new User("go")))))
                    .hasMessageContaining("nothing whole within 300 ms");
        }
    }

    @Test
    void anEndlessAnswerIsCutAtTheCapAndNotAskedForAgain() throws Exception {
        for (boolean stream : new boolean[]{true, false}) {
            try (RawServer server = new RawServer(out -> {
                out.write(stream
                        ? RawServer.streamHead()
                        : "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n".getBytes(
                                StandardCharsets.UTF_8));
                endless(out);
            }); Providers providers = Providers.at(server.url(), "deeprepo.llm.max-response=1MB")) {
                assertThat(catchThrowableOfType(Permanent.class,
                        () -> providers.openRouter().complete(providers.root(stream, "m/m", new User("go")))))
                        .hasMessageContaining("an answer of more than 1048576B");
                assertThat(server.requests).hasValue(1);
            }
        }
    }

    @Test
    void anEndlessErrorIsNotReadToItsEnd() throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write("HTTP/1.1 400 No\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.UTF_8));
            endless(out);
        }); Providers providers = Providers.at(server.url())) {
            assertThat(catchThrowableOfType(Permanent.class,
                    () -> providers.openRouter().complete(providers.sub("hi"))).getMessage()).hasSizeLessThan(400);
        }
    }

    @Test
    void aFinishedStreamDoesNotWaitForTheServerToClose() throws Exception {
        try (RawServer server = new RawServer(out -> {
            out.write(RawServer.streamHead());
            out.write(("data: {\"choices\":[{\"delta\":{\"content\":\"fine\"},\"finish_reason\":\"stop\"}]}\r\r"
                    + "data: [DONE]\r\r").getBytes(StandardCharsets.UTF_8));
            out.flush();
            stall();
        }); Providers providers = Providers.at(server.url())) {
            long start = System.nanoTime();
            assertThat(providers.openRouter().complete(providers.root(true, "m/m", new User("go"))).text())
                    .isEqualTo("fine");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(3));
        }
    }

    @Test
    void twoHundredCallsFiftyAtOnceTakeLittleMoreThanTheirWait() throws Exception {
        Duration delay = Duration.ofMillis(200);
        try (RawServer server = new RawServer(out -> {
            LockSupport.parkNanos(delay.toNanos());
            out.write(RawServer.json(OK));
        }); Providers providers = Providers.at(server.url())) {
            Duration best = Duration.ofDays(1);
            for (int round = 0; round < 12 && best.toMillis() > 880; round++) {
                server.requests.set(0);
                Duration took = fanOut(providers, 200, 50);
                assertThat(server.requests).hasValue(200);
                best = took.compareTo(best) < 0 ? took : best;
            }

            assertThat(best).isLessThanOrEqualTo(Duration.ofMillis(880));
        }
    }

    private static Duration fanOut(Providers providers, int calls, int atOnce) throws Exception {
        Semaphore permits = new Semaphore(atOnce);
        List<Future<Completion>> answers = new ArrayList<>();
        LanguageModel model = providers.openRouter();
        long start = System.nanoTime();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < calls; i++) {
                ModelCall call = providers.sub("prompt " + i);
                answers.add(threads.submit(() -> {
                    permits.acquire();
                    try {
                        return model.complete(call);
                    } finally {
                        permits.release();
                    }
                }));
            }
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        assertThat(answers).allSatisfy(answer -> assertThat(answer.get().text()).isEqualTo("fine"));
        return took;
    }

    private void stall() throws InterruptedException {
        reached.countDown();
        never.await();
    }

    private static void endless(OutputStream out) throws Exception {
        byte[] comment = ": xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n".repeat(500).getBytes(
                StandardCharsets.UTF_8);
        while (true) {
            out.write(comment);
        }
    }

    private void freedByCancel(String url, boolean stream) throws Exception {
        try (Providers providers = Providers.withRealWaitsAt(url)) {
            freedByCancel(providers, new Cancellation(), stream);
        }
    }

    /** Starts a call, waits until it hangs, throws the switch, and expects it back within 100 ms. */
    private void freedByCancel(Providers providers, Cancellation cancellation, boolean stream) throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        AtomicReference<Long> freed = new AtomicReference<>(0L);
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                providers.openRouter().complete(providers.root(stream, "m/m", cancellation, new User("go")));
            } catch (RuntimeException e) {
                freed.set(System.nanoTime());
                thrown.set(e);
            }
        });
        reached.await();
        await().during(Duration.ofMillis(150)).atMost(Duration.ofSeconds(5))
                .until(() -> caller.isAlive() && caller.getState() != Thread.State.NEW);
        long start = System.nanoTime();
        cancellation.cancel("by the user");
        caller.join(5_000);

        assertThat(thrown.get()).isInstanceOf(Cancelled.class).hasMessageContaining("by the user");
        assertThat(Duration.ofNanos(freed.get() - start)).isLessThan(Duration.ofMillis(100));
    }
}
