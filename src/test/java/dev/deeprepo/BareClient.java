package dev.deeprepo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * The control of a fan-out: a client that sends the same number of prompts to the same provider, and does nothing else.
 * What it takes above the ideal is the machine's doing, and the provider's.
 */
public final class BareClient {

    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Sends {@code count} prompts, so many at once; how long until all are answered. */
    public Duration fanOut(String chatCompletionsUrl, String prompt, int count, int atOnce) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(chatCompletionsUrl + "/chat/completions"))
                .POST(BodyPublishers.ofString("""
                        {"model": "bare", "messages": [{"role": "user", "content": "%s"}]}""".formatted(prompt)))
                .build();
        Semaphore places = new Semaphore(atOnce);
        long from = System.nanoTime();
        try (var workers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < count; i++) {
                places.acquireUninterruptibly();
                workers.execute(() -> send(request, places));
            }
        }
        return Duration.ofNanos(System.nanoTime() - from);
    }

    private void send(HttpRequest request, Semaphore places) {
        try {
            if (http.send(request, BodyHandlers.ofString()).statusCode() != 200) {
                throw new AssertionError("the provider refused a prompt");
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            places.release();
        }
    }
}
