package dev.deeprepo.llm;

import dev.deeprepo.llm.ModelException.Cancelled;
import dev.deeprepo.llm.ModelException.Permanent;
import dev.deeprepo.llm.ModelException.RateLimited;
import dev.deeprepo.llm.ModelException.Transient;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Turns what a provider sent instead of an answer into the exception that decides about a retry. */
final class Failures {

    private static final Duration LONGEST = Duration.ofDays(365);

    private Failures() {}

    /** An HTTP status other than 2xx. */
    static ModelException ofStatus(int status, HttpHeaders headers, String body, Clock clock) {
        ObjectNode json = Json.parseObject(body);
        JsonNode error = json == null ? Json.object() : json.path("error");
        String message = status + ": " + (json == null ? body : describe(error.isMissingNode() ? json : error));
        boolean overloaded = Json.text(error, "type").equals("overloaded_error");
        boolean unpaid = status == 429 && Json.text(error, "code").equals("insufficient_quota");
        return heeding(of(overloaded ? 529 : unpaid ? 402 : status, status, message), headers, clock);
    }

    /** The failure together with what the headers beside it ask for. */
    static ModelException heeding(ModelException failure, HttpHeaders headers, Clock clock) {
        String message = String.valueOf(failure.getMessage());
        Integer status = failure.status();
        Throwable cause = failure.getCause();
        Duration retryAfter = retryAfter(headers, clock);
        boolean again = !"false".equalsIgnoreCase(headers.getFirst("x-should-retry"));
        if (retryAfter == null && again) {
            return failure;
        }
        String told = again ? message : message + " (not to be tried again, it says)";
        return switch (failure) {
            case RateLimited _ -> new RateLimited(told, status, retryAfter, again);
            case Transient _ -> status != null && status == 503 && retryAfter != null
                    ? new RateLimited(told, status, retryAfter, again)
                    : new Transient(told, status, retryAfter, again, cause);
            case Permanent _,Cancelled _ -> failure;
        };
    }

    /** An error object where an answer was to be: inside a 200, or in a stream. */
    static ModelException inside(JsonNode error) {
        JsonNode code = error.path("code");
        int status = code.isIntegralNumber() || code.isString() && code.stringValue().matches("\\d{3}")
                ? code.asInt(500)
                : Stream.of(Json.text(error, "code"), Json.text(error, "type")).map(Failures::status)
                        .flatMap(Optional::stream).findFirst().orElse(500);
        return of(status, status, "an error instead of an answer: " + describe(error));
    }

    /** What a code or a type of Anthropic's, OpenAI's or OpenRouter's is as a status; empty when it is not known. */
    private static Optional<Integer> status(String word) {
        return Optional.ofNullable(switch (word) {
            case "invalid_request_error", "context_length_exceeded", "invalid_prompt", "string_above_max_length",
                    "content_policy_violation", "content_filter" ->
                400;
            case "authentication_error", "invalid_api_key" -> 401;
            case "billing_error", "insufficient_quota" -> 402;
            case "permission_error" -> 403;
            case "not_found_error", "model_not_found" -> 404;
            case "request_too_large" -> 413;
            case "rate_limit_error", "rate_limit_exceeded", "tokens", "requests" -> 429;
            case "overloaded_error" -> 529;
            case "server_error", "api_error" -> 500;
            default -> null;
        });
    }

    /** Something else where an answer was to be. */
    static ModelException unusable(String what, JsonNode answer) {
        return new Transient(what + (answer.isEmpty() ? "" : ": " + answer), null, null, null);
    }

    private static ModelException of(int kind, int status, String message) {
        return switch (kind) {
            case 429, 529 -> new RateLimited(message, status, null);
            case 408, 409, 425 -> new Transient(message, status, null, null);
            default -> kind >= 300 && kind < 500
                    ? new Permanent(message, status, null)
                    : new Transient(message, status, null, null);
        };
    }

    /** Type, message, and what OpenRouter passes on from the host behind it. */
    private static String describe(JsonNode error) {
        String type = Json.text(error, "type");
        String message = Json.text(error, "message");
        String behind = Json.text(error.path("metadata"), "raw");
        String text = (type.isEmpty() || message.isEmpty() ? type + message : type + ": " + message)
                + (behind.isEmpty() ? "" : " (" + behind + ")");
        return text.isEmpty() ? error.toString() : text;
    }

    private static @Nullable Duration retryAfter(HttpHeaders headers, Clock clock) {
        Duration millis = scaled(headers.getFirst("retry-after-ms"), -3);
        if (millis != null) {
            return millis;
        }
        String value = headers.getFirst("Retry-After");
        Duration seconds = scaled(value, 0);
        if (seconds != null || value == null) {
            return seconds;
        }
        try {
            ZonedDateTime date = ZonedDateTime.parse(value.strip(),
                    DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT));
            Duration left = Duration.between(clock.instant(), date.toInstant());
            return left.isNegative() ? Duration.ZERO : left;
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static @Nullable Duration scaled(@Nullable String number, int powerOfTen) {
        if (number == null || !number.strip().matches("\\d{1,30}(\\.\\d{1,9})?")) {
            return null;
        }
        BigDecimal seconds = new BigDecimal(number.strip()).scaleByPowerOfTen(powerOfTen);
        BigDecimal most = BigDecimal.valueOf(LONGEST.toSeconds());
        return Duration.ofNanos(seconds.min(most).movePointRight(9).longValue());
    }
}
