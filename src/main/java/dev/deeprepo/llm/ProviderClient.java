package dev.deeprepo.llm;

import dev.deeprepo.llm.ModelException.Cancelled;
import dev.deeprepo.llm.ModelException.Permanent;
import dev.deeprepo.llm.ModelException.RateLimited;
import dev.deeprepo.llm.ModelException.Transient;
import dev.deeprepo.usage.Usage;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.databind.JsonNode;

/** Sends one request to a provider and reads its answer, whole or as a stream. Knows HTTP; does not retry. */
final class ProviderClient implements AutoCloseable {

    private static final int ERROR_BYTES = 64 * 1024;

    private final RestClient http;
    private final LlmSettings settings;
    private final Clock clock;
    /** Watches deadlines and silence; does nothing that takes time. */
    private final ScheduledThreadPoolExecutor timer;
    private final Redaction redaction;
    private final Throttles throttles;
    private final RefusedKeys refusedKeys;

    ProviderClient(RestClient http, LlmSettings settings, Clock clock, Redaction redaction, Throttles throttles) {
        this.http = http;
        this.settings = settings;
        this.clock = clock;
        this.timer = new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("model-timer").factory());
        this.timer.setRemoveOnCancelPolicy(true);
        this.redaction = redaction;
        this.throttles = throttles;
        this.refusedKeys = new RefusedKeys(clock);
    }

    /**
     * One attempt, as soon as its model has room for it.
     *
     * @throws ModelException whatever else came of it
     */
    Completion exchange(ModelCall call, Provider provider, URI uri, Consumer<HttpHeaders> headers, WireFormat format) {
        if (call.patience().isCancelled()) {
            throw new Cancelled("cancelled: " + call.patience().reason(), false);
        }
        refusedKeys.check(new ModelId(provider, call.model()));
        // By way of a string: half a surrogate pair, as a cut text may end with, becomes '?' and no exception.
        String text = format.request(call).toString();
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        try (Permit permit = throttles.enter(provider, call, text)) {
            call.listener().sending();
            Completion answer = believed(exchange(call, provider, uri, headers, body, format, permit), call,
                    body.length);
            permit.answered(answer.usage());
            return answer;
        }
    }

    /**
     * Without token counts that no call of this size can have come to: they would end the run, and hold back others. Every
     * token stands for a byte of the prompt at least, and no window has room for more than a million besides.
     */
    private static Completion believed(Completion answer, ModelCall call, long sent) {
        Usage usage = answer.usage();
        boolean absurd = usage.inputTokens() > 2 * sent + 1_000_000
                || usage.outputTokens() > 10L * call.maxTokens();
        return absurd
                ? new Completion(answer.message(), answer.stopReason(), Usage.NONE, answer.reportedCost(),
                        answer.requestId())
                : answer;
    }

    private Completion exchange(ModelCall call, Provider provider, URI uri, Consumer<HttpHeaders> headers, byte[] body,
            WireFormat format, Permit permit) {
        Duration total = ModelRetry.timeLeft().filter(left -> left.compareTo(settings.totalTimeout()) < 0)
                .orElse(settings.totalTimeout());
        Duration idle = call.stream() ? settings.idleTimeout() : null;
        try (Guard guard = new Guard(timer, call.cancellation(), total, idle)) {
            try {
                return ScopedValue.where(Guard.CURRENT, guard)
                        .call(() -> http.post().uri(uri).headers(headers).contentType(MediaType.APPLICATION_JSON)
                                .header(HttpHeaders.ACCEPT_ENCODING, "identity")
                                .accept(call.stream() ? MediaType.TEXT_EVENT_STREAM : MediaType.APPLICATION_JSON)
                                .body(body).exchangeForRequiredValue(
                                        (request, response) -> read(response, call, provider, format, guard, permit)));
            } catch (RuntimeException e) {
                ModelException failure = verdict(e, guard.reason(), call, total);
                if (failure instanceof RateLimited refused) {
                    permit.refused(refused.retryAfter());
                }
                throw cleaned(provider, failure);
            }
        }
    }

    private Completion read(ClientHttpResponse response, ModelCall call, Provider provider, WireFormat format,
            Guard guard, Permit permit) throws IOException {
        int status = response.getStatusCode().value();
        HttpHeaders headers = response.getHeaders();
        permit.told(Quota.of(headers, clock.instant()));
        if (status == 401) {
            refusedKeys.refused(new ModelId(provider, call.model()));
        }
        if (status < 200 || status > 299) {
            throw Failures.ofStatus(status, headers, beginning(response, guard), clock);
        }
        try {
            return answer(response, status, headers, call, format, guard);
        } catch (ModelException e) {
            throw Failures.heeding(e, headers, clock);
        }
    }

    private Completion answer(ClientHttpResponse response, int status, HttpHeaders headers, ModelCall call,
            WireFormat format, Guard guard) throws IOException {
        MediaType type = contentType(headers);
        String requestId = headers.getFirst("request-id") != null
                ? headers.getFirst("request-id")
                : headers.getFirst("x-request-id");
        InputStream body = new Capped(plain(response), settings.maxResponse().toBytes(), guard);
        if (call.stream() && (type == null || type.isCompatibleWith(MediaType.TEXT_EVENT_STREAM))) {
            return stream(body, call, format, guard, requestId);
        }
        if (type != null && !type.getSubtype().equals("json") && !type.getSubtype().endsWith("+json")) {
            throw new Transient("%d with %s instead of JSON: %s".formatted(status, type, beginning(response, guard)),
                    status, null, null);
        }
        String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
        JsonNode answer = Json.parse(text);
        return completion(redaction.isNeededIn(text) ? redaction.reply(answer) : answer, call, format, requestId);
    }

    private Completion stream(InputStream body, ModelCall call, WireFormat format, Guard guard,
            @Nullable String requestId) throws IOException {
        KeylessText said = new KeylessText(redaction, call.listener()::said);
        WireFormat.Assembly assembly = format.assembly(said);
        boolean whole = ServerSentEvents.read(body, data -> {
            guard.touch();
            return assembly.accept(data);
        });
        if (!whole) {
            throw new Transient("the stream broke off", null, null, null);
        }
        guard.over();
        said.end();
        return completion(redaction.reply(assembly.answer()), call, format, requestId);
    }

    /** @param answer without keys: what the model says goes to journal and reports */
    private Completion completion(JsonNode answer, ModelCall call, WireFormat format, @Nullable String requestId) {
        return format.completion(answer, call, requestId == null ? null : redaction.reply(requestId));
    }

    /** Enough of a body for an error message. What is left of it is not read. */
    private String beginning(ClientHttpResponse response, Guard guard) throws IOException {
        byte[] bytes = plain(response).readNBytes(ERROR_BYTES);
        guard.over();
        String text = new String(bytes, StandardCharsets.UTF_8);
        return bytes.length < ERROR_BYTES ? text : redaction.beginning(text);
    }

    /** The body decompressed as it is read, where somebody on the way compressed it unasked: bounds count what comes out. */
    private static InputStream plain(ClientHttpResponse response) throws IOException {
        String coding = response.getHeaders().getFirst(HttpHeaders.CONTENT_ENCODING);
        return coding != null && coding.strip().equalsIgnoreCase("gzip")
                ? new GZIPInputStream(response.getBody())
                : response.getBody();
    }

    private static @Nullable MediaType contentType(HttpHeaders headers) {
        try {
            return headers.getContentType();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** The guard's reason comes first: an abort surfaces as any of six exceptions, depending on the phase. */
    private ModelException verdict(RuntimeException e, Guard.@Nullable Reason reason, ModelCall call, Duration total) {
        return switch (reason) {
            case CANCELLED -> new Cancelled("cancelled: " + call.cancellation().reason());
            case DEADLINE -> new Transient("nothing whole within %d ms".formatted(total.toMillis()), null, null, e);
            case IDLE -> new Transient("nothing for %d ms".formatted(settings.idleTimeout().toMillis()), null, null, e);
            case TOO_LARGE -> new Permanent("an answer of more than " + settings.maxResponse(), null, e);
            case OVER -> failure(e);
            case null -> failure(e);
        };
    }

    private static ModelException failure(RuntimeException e) {
        return switch (e) {
            case ModelException failure -> failure;
            case StreamConstraintsException odd ->
                new Transient(
                        "an answer that is nested too deeply, or has a number or a name of absurd length, or too many of them",
                        null, null, odd);
            case JacksonException broken ->
                // The parser's own words quote a part of what it read, in which a cut key would not be recognised.
                new Transient("an answer that is not JSON, or is cut", null, null, e);
            case RestClientException unreachable -> {
                Throwable root = unreachable.getMostSpecificCause();
                if (root instanceof MessageConstraintException) {
                    // Like a body that is too large: the next will be.
                    yield new Permanent("more, or longer, headers than are read", null, e);
                }
                yield new Transient(root instanceof ConnectionRequestTimeoutException
                        ? "no connection of our own pool was free"
                        : root.getClass().getSimpleName() + ": " + root.getMessage(), null, null, e);
            }
            default -> throw e;
        };
    }

    private ModelException cleaned(Provider provider, ModelException e) {
        return e.saying(redaction.error(provider.label() + " answered " + e.getMessage()));
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }

    /** A body that ends the exchange when it grows too large. */
    private static final class Capped extends FilterInputStream {

        private final Guard guard;
        private long left;

        Capped(InputStream in, long most, Guard guard) {
            super(in);
            this.left = most;
            this.guard = guard;
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int read = super.read(bytes, from, length);
            count(Math.max(0, read));
            return read;
        }

        private void count(int read) throws IOException {
            left -= read;
            if (left < 0) {
                guard.end(Guard.Reason.TOO_LARGE);
                throw new IOException("too large");
            }
        }
    }
}
