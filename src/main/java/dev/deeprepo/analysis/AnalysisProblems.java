package dev.deeprepo.analysis;

import dev.deeprepo.journal.UnknownEvent;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.TypeMismatchException;
import org.springframework.boot.webmvc.error.ErrorController;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.security.web.firewall.RequestRejectedException;
import org.springframework.transaction.TransactionException;
import org.springframework.web.ErrorResponseException;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;
import org.springframework.web.util.DisconnectedClientHelper;
import org.springframework.web.util.UriComponentsBuilder;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

/** Every failure as RFC 9457 problem+json with {@code code}, {@code retryable} and {@code requestId}, and no internals. */
@RestControllerAdvice
class AnalysisProblems extends ResponseEntityExceptionHandler {

    /** How a value of a type is written. */
    private static final Map<Class<?>, String> WRITTEN = Map.of(Integer.class, "an integer", Long.class, "an integer",
            BigDecimal.class, "a number", Boolean.class, "true or false", String.class, "a string", Duration.class,
            "an ISO 8601 duration such as \"PT30M\"");

    private static final String[] NOTHING = {"no method"};

    private static final Logger log = LoggerFactory.getLogger(AnalysisProblems.class);

    @ExceptionHandler
    ResponseEntity<Object> refused(Refused refused, WebRequest request) {
        HttpHeaders headers = new HttpHeaders();
        Duration retryAfter = refused.retryAfter();
        if (retryAfter != null) {
            headers.set(HttpHeaders.RETRY_AFTER, String.valueOf(retryAfter.toSeconds()));
        }
        return answer(refused.code(), detail(refused), refused.field(), headers, request);
    }

    @ExceptionHandler({DataAccessException.class, TransactionException.class})
    ResponseEntity<Object> unavailable(RuntimeException e, WebRequest request) {
        log.warn("request {} failed at the database, the caller is told to try again", id(request), e);
        HttpHeaders headers = new HttpHeaders();
        headers.set(HttpHeaders.RETRY_AFTER, "5");
        return answer(ErrorCode.UNAVAILABLE, ErrorCode.UNAVAILABLE.meaning(), null, headers, request);
    }

    /** Another instance may be able to read it, and this one once it is of that version. */
    @ExceptionHandler
    ResponseEntity<Object> newerVersion(UnknownEvent e, WebRequest request) {
        log.warn("request {} failed, the caller is told to try again: {}", id(request), e.getMessage());
        return answer(ErrorCode.UNAVAILABLE,
                "A newer version of the service has written to this analysis, and this instance cannot read it.", null,
                new HttpHeaders(), request);
    }

    /** A query string whose percent signs encode nothing. */
    @ExceptionHandler
    ResponseEntity<Object> undecodable(InvalidParameterException e, WebRequest request) {
        return answer(ErrorCode.INVALID_REQUEST, "the query string is not percent-encoded UTF-8", null,
                new HttpHeaders(), request);
    }

    /** A path or a header that no honest client sends. */
    @ExceptionHandler
    ResponseEntity<Object> rejected(RequestRejectedException e, WebRequest request) {
        return answer(ErrorCode.INVALID_REQUEST, "the path or a header holds what it may not", null, new HttpHeaders(),
                request);
    }

    @ExceptionHandler
    @Nullable
    ResponseEntity<Object> unforeseen(Exception e, WebRequest request) {
        if (DisconnectedClientHelper.isClientDisconnectedException(e)) {
            log.debug("the caller of request {} has gone: {}", id(request), e.getMessage());
            return null; // nobody is there to hear of it
        }
        log.error("request {} failed", id(request), e);
        return answer(ErrorCode.INTERNAL_ERROR,
                "The service failed in a way that it did not foresee; its log says more under request id %s."
                        .formatted(id(request)),
                null, new HttpHeaders(), request);
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleHttpMessageNotReadable(HttpMessageNotReadableException e,
            HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        if (e.getRootCause() instanceof Refused refused) {
            return refused(refused, request); // Jackson wraps what reading the body throws
        }
        return switch (e.getCause()) {
            case UnrecognizedPropertyException unknown ->
                answer(ErrorCode.UNKNOWN_FIELD, "unknown field \"%s\"".formatted(cut(unknown.getPropertyName())),
                        path(unknown), headers, request);
            case InvalidFormatException invalid -> answer(ErrorCode.INVALID_REQUEST, expected(invalid), path(invalid),
                    headers, request);
            case DatabindException other when !other.getPath().isEmpty() -> answer(ErrorCode.INVALID_REQUEST,
                    "%s has a value of the wrong type".formatted(path(other)), path(other), headers, request);
            case DatabindException other -> answer(ErrorCode.INVALID_REQUEST, "the body must be a JSON object", null,
                    headers, request);
            case InputCoercionException tooLarge -> answer(ErrorCode.INVALID_REQUEST,
                    "%s is out of range".formatted(path(tooLarge).isEmpty() ? "a number" : path(tooLarge)),
                    path(tooLarge), headers, request);
            case StreamConstraintsException _ -> answer(ErrorCode.MALFORMED_JSON,
                    "the body is nested too deeply, or has a name or number that is too long", null, headers, request);
            case StreamReadException broken when broken.getOriginalMessage().startsWith("Duplicate") -> answer(
                    ErrorCode.MALFORMED_JSON, "the body has a field twice%s".formatted(position(broken)), null,
                    headers, request);
            case StreamReadException broken -> answer(ErrorCode.MALFORMED_JSON,
                    "the body is not JSON%s".formatted(position(broken)), null, headers, request);
            case null, default -> answer(ErrorCode.MALFORMED_JSON, "the body is missing or is not JSON", null, headers,
                    request);
        };
    }

    /** What does not get as far as Spring MVC says itself what the caller can do. */
    @Override
    protected ResponseEntity<Object> handleErrorResponseException(ErrorResponseException e, HttpHeaders headers,
            HttpStatusCode status, WebRequest request) {
        ErrorCode code = code(status.value());
        return answer(code, Objects.requireNonNullElse(e.getBody().getDetail(), code.meaning()), null, headers,
                request);
    }

    /** Everything else that Spring MVC itself refuses. */
    @Override
    protected ResponseEntity<Object> handleExceptionInternal(Exception e, @Nullable Object body, HttpHeaders headers,
            HttpStatusCode status, WebRequest request) {
        ErrorCode code = code(status.value());
        if (code == ErrorCode.INTERNAL_ERROR) {
            log.error("request {} failed", id(request), e);
        }
        String detail = switch (e) {
            case TypeMismatchException mismatch when mismatch.getRequiredType() instanceof Class<?> type
                    && type.isEnum() ->
                "%s must be one of %s".formatted(mismatch.getPropertyName(), Arrays.toString(type.getEnumConstants()));
            case TypeMismatchException mismatch when mismatch.getRequiredType() == UUID.class ->
                "%s must be a UUID, as POST /analyses hands them out".formatted(mismatch.getPropertyName());
            case TypeMismatchException mismatch when mismatch.getPropertyName() != null ->
                "%s has a value of the wrong type".formatted(mismatch.getPropertyName());
            case HttpRequestMethodNotSupportedException method -> "This address takes %s."
                    .formatted(String.join(", ", Objects.requireNonNullElse(method.getSupportedMethods(), NOTHING)));
            case HttpMediaTypeNotAcceptableException types when !types.getSupportedMediaTypes().isEmpty() ->
                "This address answers with %s."
                        .formatted(MediaType.toString(types.getSupportedMediaTypes()));
            default -> code == ErrorCode.INVALID_REQUEST && body instanceof ProblemDetail problem
                    && problem.getDetail() != null ? problem.getDetail() : code.meaning();
        };
        return answer(code, detail, null, headers, request);
    }

    /** The code for a status that was not set by us. */
    static ErrorCode code(int status) {
        return switch (status) {
            case 401 -> ErrorCode.UNAUTHORIZED;
            case 403 -> ErrorCode.FORBIDDEN;
            case 404 -> ErrorCode.NOT_FOUND;
            case 405, 501 -> ErrorCode.METHOD_NOT_ALLOWED;
            case 406 -> ErrorCode.NOT_ACCEPTABLE;
            case 413 -> ErrorCode.REQUEST_TOO_LARGE;
            case 415 -> ErrorCode.UNSUPPORTED_MEDIA_TYPE;
            case 429 -> ErrorCode.TOO_MANY_REQUESTS;
            case 503 -> ErrorCode.UNAVAILABLE;
            case 505 -> ErrorCode.INVALID_REQUEST;
            default -> status < 500 ? ErrorCode.INVALID_REQUEST : ErrorCode.INTERNAL_ERROR;
        };
    }

    private static ResponseEntity<Object> answer(ErrorCode code, String detail, @Nullable String field,
            HttpHeaders headers, WebRequest request) {
        ProblemDetail problem = problem(code, cut(detail, 400), id(request));
        if (field != null) {
            problem.setProperty("field", field);
        }
        return ResponseEntity.status(code.status()).headers(headers).contentType(MediaType.APPLICATION_PROBLEM_JSON)
                .body(problem);
    }

    static ProblemDetail problem(ErrorCode code, String detail, String requestId) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(HttpStatusCode.valueOf(code.status()), detail);
        problem.setTitle(code.meaning());
        problem.setProperty("code", code);
        problem.setProperty("retryable", code.retryable());
        problem.setProperty("requestId", requestId);
        return problem;
    }

    private static String detail(Refused refused) {
        return Objects.requireNonNullElse(refused.getMessage(), refused.code().meaning());
    }

    private static String expected(InvalidFormatException e) {
        Class<?> type = e.getTargetType();
        String expected = type.isEnum()
                ? "one of " + Stream.of(type.getEnumConstants()).map(RecordSchemas::written).toList()
                : WRITTEN.getOrDefault(type, "of another type");
        return "%s must be %s, was \"%s\"".formatted(path(e), expected, cut(String.valueOf(e.getValue())));
    }

    private static String path(JacksonException e) {
        return cut(e.getPath().stream().map(JacksonException.Reference::getPropertyName).filter(Objects::nonNull)
                .collect(Collectors.joining(".")));
    }

    private static String position(StreamReadException e) {
        return e.getLocation() == null
                ? ""
                : " at line %d, column %d".formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr());
    }

    /** The caller's own text, short and without anything that could act in a terminal. */
    private static String cut(String text) {
        return cut(text, 80);
    }

    private static String cut(String text, int most) {
        String harmless = text.replaceAll("\\p{C}", "?");
        return harmless.length() <= most ? harmless : harmless.substring(0, most) + "…";
    }

    private static String id(WebRequest request) {
        return String.valueOf(request.getAttribute(RequestId.HEADER, RequestAttributes.SCOPE_REQUEST));
    }

    /** What the container refuses before, or fails at after, Spring MVC. */
    @RestController
    static class Fallback implements ErrorController {

        @RequestMapping("${spring.web.error.path:${error.path:/error}}")
        @io.swagger.v3.oas.annotations.Hidden
        ResponseEntity<ProblemDetail> error(HttpServletRequest request) {
            Object status = request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE);
            ErrorCode code = AnalysisProblems.code(status instanceof Integer number ? number : 404);
            ProblemDetail problem = problem(code, code.meaning(),
                    String.valueOf(request.getAttribute(RequestId.HEADER)));
            if (request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI) instanceof String asked) {
                problem.setInstance(UriComponentsBuilder.fromPath(asked).build().toUri());
            }
            return ResponseEntity.status(code.status()).contentType(MediaType.APPLICATION_PROBLEM_JSON).body(problem);
        }
    }
}
