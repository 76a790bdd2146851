package dev.deeprepo.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.servlet.HandlerExceptionResolver;

/** Answers requests that go no further, by way of whoever words the problems of all others. */
final class Refusals {

    private final HandlerExceptionResolver problems;

    Refusals(HandlerExceptionResolver problems) {
        this.problems = problems;
    }

    void unknown(HttpServletRequest request, HttpServletResponse response) {
        ErrorResponseException refusal = refusal(HttpStatus.UNAUTHORIZED,
                "send a key that this service knows, as \"Authorization: Bearer …\"");
        refusal.getHeaders().set(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
        answer(request, response, refusal);
    }

    void forbidden(HttpServletRequest request, HttpServletResponse response, String detail) {
        answer(request, response, refusal(HttpStatus.FORBIDDEN, detail));
    }

    /** @param what had too many: somebody's key, or address */
    void tooMany(HttpServletRequest request, HttpServletResponse response, String what, Duration wait) {
        long seconds = Math.max(1, wait.plusMillis(999).toSeconds());
        ErrorResponseException refusal = refusal(HttpStatus.TOO_MANY_REQUESTS,
                "%s has had the requests of a minute; ask again in %d s".formatted(what, seconds));
        refusal.getHeaders().set(HttpHeaders.RETRY_AFTER, String.valueOf(seconds));
        answer(request, response, refusal);
    }

    /** Any other failure before a handler was found. */
    void answer(HttpServletRequest request, HttpServletResponse response, Exception failure) {
        problems.resolveException(request, response, null, failure);
    }

    private static ErrorResponseException refusal(HttpStatus status, String detail) {
        return new ErrorResponseException(status, ProblemDetail.forStatusAndDetail(status, detail), null);
    }
}
