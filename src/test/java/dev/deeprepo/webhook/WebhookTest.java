package dev.deeprepo.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.egress.EgressRules;
import dev.deeprepo.egress.ForbiddenAddress;
import dev.deeprepo.egress.Guard;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookTest {

    private static final EgressRules PUBLIC = EgressRules.of(Set.of("https"), List.of(), false);
    private static final WebhookSettings SETTINGS = settings(Receiver.SECRET, Duration.ofSeconds(10));
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1_614_265_330), ZoneOffset.UTC);

    /** The example of the specification's own libraries. */
    @Test
    void signsAsTheSpecificationDoes() {
        assertThat(Signature.parse(Receiver.SECRET).of("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330,
                "{\"test\": 2432232314}")).isEqualTo("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assertThat(Signature.parse("whsec_" + "A".repeat(32) + " " + Receiver.SECRET)
                .of("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}"))
                .matches("v1,\\S{44} v1,g0hM9SsE\\S+");
    }

    @ParameterizedTest
    @ValueSource(strings = {"canary", "whsec_canary", "whsec_!canary!canary!canary!canary!canary!", "whsec_",
            "Whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
    void refusesASecretThatIsNoneWithoutRepeatingIt(String secret) {
        assertThatIllegalArgumentException().isThrownBy(() -> settings(secret, Duration.ofSeconds(1)))
                .satisfies(e -> assertThat(e.getMessage()).contains("openssl rand").doesNotContain("canary", "MfKQ"));
        assertThat(SETTINGS.toString()).doesNotContain("MfKQ");
        assertThat(settings(" ", Duration.ofSeconds(1)).signs()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"200,true,false", "204,true,false", "299,true,false", "301,false,false", "302,false,false",
            "307,false,false", "400,false,false", "404,false,false", "410,false,true", "429,false,false",
            "500,false,false", "503,false,false"})
    void judgesByTheStatusAlone(int status, boolean accepted, boolean lasting) {
        try (Receiver receiver = new Receiver((_, _) -> status)) {
            Delivery delivery = send(receiver.url("/hook?token=t"));
            if (accepted) {
                assertThat(delivery).isEqualTo(new Delivery.Accepted(status));
            } else {
                assertThat(delivery).isInstanceOfSatisfying(Delivery.Failed.class, failed -> {
                    assertThat(failed.lasting()).isEqualTo(lasting);
                    assertThat(failed.reason()).contains(Integer.toString(status)).doesNotContain("token");
                });
            }
            assertThat(receiver.calls("/")).singleElement()
                    .satisfies(call -> assertThat(call.target()).isEqualTo("/hook?token=t"));
        }
    }

    @Test
    void waitsForNobodyBeyondItsTimeout() throws IOException {
        String trickle = "HTTP/1.1 200 OK\r\n";
        for (String hostile : List.of("", trickle, "HTTP/1.1 100 Continue\r\n\r\n", "x: y\r\n")) {
            try (RawReceiver receiver = new RawReceiver(hostile, false)) {
                long start = System.nanoTime();
                Webhook impatient = new Webhook(settings(Receiver.SECRET, Duration.ofMillis(300)),
                        new Guard(SETTINGS.egress()), CLOCK);
                assertThat(impatient.send(CallbackUrl.parse(receiver.url(), SETTINGS.egress()), "msg_1", "{}"))
                        .isInstanceOf(Delivery.Failed.class);
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            }
        }
    }

    /** An endless body after a status is never read; an endless header ends the exchange. */
    @Test
    void readsNoMoreThanItNeeds() throws IOException {
        try (RawReceiver body = new RawReceiver("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n", true)) {
            assertThat(send(body.url())).isEqualTo(new Delivery.Accepted(200));
        }
        try (RawReceiver header = new RawReceiver("HTTP/1.1 200 OK\r\nX: ", true)) {
            assertThat(send(header.url())).isInstanceOf(Delivery.Failed.class);
            assertThat(header.sent()).isLessThan(32 << 20);
        }
    }

    @Test
    void heedsRetryAfter() throws IOException {
        for (String value : List.of("7", "Thu, 25 Feb 2021 15:02:17 GMT")) {
            try (RawReceiver busy = new RawReceiver(
                    "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: " + value + "\r\n\r\n", false)) {
                assertThat(send(busy.url())).isEqualTo(
                        new Delivery.Failed("the receiver answered 503", false, Duration.ofSeconds(7)));
            }
        }
    }

    /** The name answers with a public address while it is judged, and with the canary's ever after. */
    @Test
    void aNameIsResolvedOnceAndEveryAnswerIsJudged() throws IOException {
        InetAddress there = InetAddress.ofLiteral("127.0.0.1");
        InetAddress canary = InetAddress.ofLiteral("127.0.0.2");
        EgressRules rules = EgressRules.of(Set.of("http"), List.of("*.rig.dev:9"), false);
        try (Receiver receiver = new Receiver((_, _) -> 200); ServerSocket trap = new ServerSocket(0, 5, canary)) {
            int port = Integer.parseInt(receiver.url("").replaceFirst(".*:", ""));
            EgressRules withPort = EgressRules.of(Set.of("http"), List.of("*.rig.dev:" + port), false);
            AtomicInteger asked = new AtomicInteger();
            Guard rebinding = new Guard(withPort,
                    _ -> new InetAddress[]{asked.getAndIncrement() == 0 ? there : canary}, there::equals);
            String url = "http://hooks.rig.dev:" + port + "/x";
            assertThat(webhook(rebinding).send(CallbackUrl.parse(url, withPort), "msg_1", "{}"))
                    .isEqualTo(new Delivery.Accepted(200));
            assertThat(asked).hasValue(1);

            Guard mixed = new Guard(withPort, _ -> new InetAddress[]{there, canary}, there::equals);
            assertThat(webhook(mixed).send(CallbackUrl.parse(url, withPort), "msg_2", "{}"))
                    .isInstanceOfSatisfying(Delivery.Failed.class, failed -> {
                        assertThat(failed.lasting()).isTrue();
                        assertThat(failed.reason()).contains("not public");
                    });
            assertThat(receiver.calls("/")).hasSize(1);
            trap.setSoTimeout(50);
            assertThatThrownBy(trap::accept).isInstanceOf(SocketTimeoutException.class);
        }
        assertThatThrownBy(() -> CallbackUrl.parse("http://other.dev/x", rules)).hasMessageContaining("not among");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"https://hooks.dev | https://hooks.dev/",
            "https://hooks.dev?a=b | https://hooks.dev/?a=b",
            "HTTPS://Hooks.DEV:443/A/b?x=%2F&y | https://hooks.dev/A/b?x=%2F&y",
            "https://hooks.slack.com/services/T0/B0/x | https://hooks.slack.com/services/T0/B0/x",
            "https://h.dev/a//b/..c?u=https://x/../y | https://h.dev/a//b/..c?u=https://x/../y"})
    void keepsPathAndQueryAsTheyAre(String text, String canonical) {
        CallbackUrl url = CallbackUrl.parse(text, PUBLIC);
        assertThat(url.canonical()).isEqualTo(canonical);
        assertThat(url.toString()).doesNotContain("?").isEqualTo(canonical.replaceFirst("(?<=[^:/])/.*", ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/x", "hooks.dev", "//hooks.dev/x", "http://hooks.dev/x", "ftp://hooks.dev/x",
            "file:///etc/passwd", "https:hooks.dev", "https://", "https:///x", "https://u@hooks.dev/x",
            "https://u:secret@hooks.dev/", "https://hooks.dev:8443/x", "https://hooks.dev:0/", "https://hooks.dev/x#y",
            "https://hooks.dev#y", "https://hooks.dev/a b", "https://hooks.dev/\r\nHost:x", "https://hooks.dev/%0d%0aX",
            "https://hooks.dev/%zz", "https://hooks.dev/%", "https://hooks.dev/?a=%0a", "https://hooks.dev/\u202e",
            "https://hooks.dev/é", "https://hooks.dev/../x", "https://hooks.dev/a/%2e%2E/b", "https://hooks.dev/.",
            "https://hooks.dev\\@evil.dev/", "https://hooks.dev/a\\b", "https://127.0.0.1/", "https://[::1]/",
            "https://0x7f.1/", "https://2130706433/", "https://localhost/", "https://x.internal/",
            "https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/", "https://hooks/",
            "https://10.0.0.1?x"})
    void refusesWhatIsNoPlainPublicAddress(String text) {
        assertThatThrownBy(() -> CallbackUrl.parse(text, PUBLIC)).isInstanceOf(ForbiddenAddress.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    private static Delivery send(String url) {
        return webhook(new Guard(SETTINGS.egress())).send(CallbackUrl.parse(url, SETTINGS.egress()), "msg_1", "{}");
    }

    private static Webhook webhook(Guard guard) {
        return new Webhook(SETTINGS, guard, CLOCK);
    }

    private static WebhookSettings settings(String secret, Duration timeout) {
        return new WebhookSettings(secret, 3, Duration.ofMillis(10), Duration.ofSeconds(1), timeout,
                Set.of("http", "https"), true, List.of(), null);
    }

    /** Answers one connection with the same bytes, once and then silence, or without end. */
    private static final class RawReceiver implements AutoCloseable {

        private final ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        private final AtomicInteger sent = new AtomicInteger();

        RawReceiver(String answer, boolean endless) throws IOException {
            Thread.ofVirtual().start(() -> {
                try (Socket socket = server.accept()) {
                    OutputStream out = socket.getOutputStream();
                    byte[] first = answer.getBytes(StandardCharsets.US_ASCII);
                    out.write(first);
                    out.flush();
                    byte[] more = "x".repeat(1024).getBytes(StandardCharsets.US_ASCII);
                    while (endless) {
                        out.write(more);
                        sent.addAndGet(more.length);
                    }
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                    // the client has had enough
                }
            });
        }

        String url() {
            return "http://127.0.0.1:" + server.getLocalPort() + "/x";
        }

        int sent() {
            return sent.get();
        }

        @Override
        public void close() {
            try {
                server.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
