package dev.deeprepo.llm;

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
        Duration retryAfter = retryAfter(headers, clock);
        if ("false".equalsIgnoreCase(headers.getFirst("x-should-retry"))) {
            return new Permanent(message + " (not to be tried again, it says)", status, null);
        }
        boolean overloaded = status == 529 || Json.text(error, "type").equals("overloaded_error")
                || status == 503 && retryAfter != null;
        return of(overloaded ? 529 : status, status, message, retryAfter);
    }

    /** An error object where an answer was to be: inside a 200, or in a stream. */
    static ModelException inside(JsonNode error) {
        JsonNode code = error.path("code");
        int status = code.isIntegralNumber() || code.isString() && code.stringValue().matches("\\d{3}")
                ? code.asInt(500)
                : switch (Json.text(error, "type")) {
                    case "invalid_request_error" -> 400;
                    case "authentication_error" -> 401;
                    case "billing_error", "insufficient_quota" -> 402;
                    case "permission_error" -> 403;
                    case "not_found_error" -> 404;
                    case "request_too_large" -> 413;
                    case "rate_limit_error", "rate_limit_exceeded" -> 429;
                    case "overloaded_error" -> 529;
                    default -> 500;
                };
        return of(status, status, "an error instead of an answer: " + describe(error), null);
    }

    /** Something else where an answer was to be. */
    static ModelException unusable(String what, JsonNode answer) {
        return new Transient(what + (answer.isEmpty() ? "" : ": " + answer), null, null, null);
    }

    private static ModelException of(int kind, int status, String message, @Nullable Duration retryAfter) {
        return switch (kind) {
            case 429, 529 -> new RateLimited(message, status, retryAfter);
            case 408, 409, 425 -> new Transient(message, status, retryAfter, null);
            default -> kind >= 300 && kind < 500
                    ? new Permanent(message, status, null)
                    : new Transient(message, status, retryAfter, null);
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
