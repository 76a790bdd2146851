package dev.deeprepo.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.ToIntBiFunction;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Somebody on loopback who is called back. Verifies each signature by code of its own. */
public final class Receiver implements AutoCloseable {

    public static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    /** Instead of a status: no answer at all. */
    public static final int SILENCE = 0;

    /** One request. @param target path and query */
    public record Call(String target, String id, long timestamp, String signature, String body) {

        public JsonNode json() {
            return new JsonMapper().readTree(body);
        }
    }

    private final HttpServer http;
    private final ExecutorService executor = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final Queue<Call> calls = new ConcurrentLinkedQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    /** @param answers the status for a request, given how many there were with the same id before */
    public Receiver(ToIntBiFunction<Call, Integer> answers) {
        try {
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        http.createContext("/", exchange -> answer(exchange, answers));
        http.setExecutor(executor);
        http.start();
    }

    public String url(String target) {
        return "http://127.0.0.1:" + http.getAddress().getPort() + target;
    }

    /** In order of arrival. */
    public List<Call> calls(String path) {
        return calls.stream().filter(call -> call.target().startsWith(path)).toList();
    }

    private void answer(HttpExchange exchange, ToIntBiFunction<Call, Integer> answers) throws IOException {
        try (exchange) {
            var headers = exchange.getRequestHeaders();
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Call call = new Call(exchange.getRequestURI().toString(), headers.getFirst("webhook-id"),
                    Long.parseLong(headers.getFirst("webhook-timestamp")), headers.getFirst("webhook-signature"), body);
            int before = (int) calls.stream().filter(each -> each.id().equals(call.id())).count();
            int status = answers.applyAsInt(call, before);
            calls.add(call);
            if (status == SILENCE) {
                closed.await();
                return;
            }
            exchange.getResponseHeaders().set("Location", "/redirected");
            exchange.sendResponseHeaders(status, -1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** As Standard Webhooks has it, by the specification's words rather than by our code. */
    public static void assertSigned(Call call) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(Base64.getDecoder().decode(SECRET.substring("whsec_".length())), "HmacSHA256"));
            byte[] expected = mac.doFinal(
                    (call.id() + "." + call.timestamp() + "." + call.body()).getBytes(StandardCharsets.UTF_8));
            assertThat(call.signature()).isEqualTo("v1," + Base64.getEncoder().encodeToString(expected));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
        assertThat(call.timestamp()).isCloseTo(System.currentTimeMillis() / 1000,
                within(300L));
    }

    @Override
    public void close() {
        closed.countDown();
        http.stop(0);
        executor.shutdownNow();
    }
}
