package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.ApiDescription.HEADERS;
import static dev.deeprepo.analysis.ApiDescription.RETRY_AFTER;

import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springframework.stereotype.Component;
import org.springframework.web.method.HandlerMethod;
import tools.jackson.databind.json.JsonMapper;

/**
 * What every operation's description has beside its annotations: its problems, from the enum, and its examples, from the
 * resources of its name below {@code openapi/}.
 */
@Component
class OperationDescription implements OperationCustomizer {

    private static final Map<String, String> EXAMPLES = Map.of("application/json", ".json", "text/markdown", ".md",
            "text/html", ".html", "application/sarif+json", ".sarif.json", "text/event-stream", ".txt");

    @Override
    public Operation customize(Operation operation, HandlerMethod handler) {
        ApiResponses responses = operation.getResponses() == null ? new ApiResponses() : operation.getResponses();
        operation.setResponses(responses);
        boolean answers = responses.values().stream().anyMatch(each -> each.getContent() != null);
        responses.values().forEach(response -> addExamples(operation.getOperationId(), response.getContent()));
        problems(handler, answers).collect(Collectors.groupingBy(ErrorCode::status, TreeMap::new,
                Collectors.toList()))
                .forEach((status, codes) -> responses.addApiResponse(String.valueOf(status), response(codes)));
        if (operation.getRequestBody() != null) {
            operation.getRequestBody().getContent().values().forEach(body -> requests(operation.getOperationId())
                    .forEach((summary, request) -> body.addExamples(key(summary),
                            new Example().summary(String.valueOf(summary)).value(request))));
        }
        return operation;
    }

    /** The method's own, and those that come with an answer, and with any call. */
    private static Stream<ErrorCode> problems(HandlerMethod handler, boolean answers) {
        Fails fails = handler.getMethodAnnotation(Fails.class);
        return Stream.of(fails == null ? Stream.<ErrorCode>empty() : Arrays.stream(fails.value()),
                answers ? Stream.of(ErrorCode.NOT_ACCEPTABLE) : Stream.<ErrorCode>empty(),
                Stream.of(ErrorCode.INVALID_REQUEST, ErrorCode.UNAUTHORIZED, ErrorCode.FORBIDDEN,
                        ErrorCode.TOO_MANY_REQUESTS,
                        ErrorCode.INTERNAL_ERROR, ErrorCode.UNAVAILABLE))
                .flatMap(each -> each).distinct().sorted();
    }

    private static ApiResponse response(List<ErrorCode> codes) {
        MediaType problem = new MediaType().schema(new Schema<>().$ref(ApiDescription.SCHEMAS + "Problem"));
        codes.forEach(code -> problem.addExamples(code.code(),
                new Example().summary(code.meaning()).value(example(code))));
        ApiResponse response = new ApiResponse()
                .description(codes.stream().map(code -> "`%s`".formatted(code.code()))
                        .collect(Collectors.joining(", ")))
                .content(new Content().addMediaType("application/problem+json", problem));
        boolean again = codes.stream().anyMatch(code -> code.retryable() && code != ErrorCode.INTERNAL_ERROR);
        return again ? response.addHeaderObject(RETRY_AFTER, new Header().$ref(HEADERS + RETRY_AFTER)) : response;
    }

    private static Map<String, Object> example(ErrorCode code) {
        Map<String, Object> example = new LinkedHashMap<>();
        example.put("title", code.meaning());
        example.put("status", code.status());
        example.put("detail", code.meaning());
        example.put("code", code.code());
        example.put("retryable", code.retryable());
        example.put("requestId", "5b3b439f-ffb1-44ba-86b6-cbc91b843da4");
        return example;
    }

    private static void addExamples(String operation, @Nullable Content content) {
        if (content == null) {
            return;
        }
        content.forEach((type, media) -> {
            String ending = EXAMPLES.getOrDefault(type, "");
            String text = resource(operation + ending);
            if (text != null) {
                media.setExample(ending.endsWith(".json") ? JsonMapper.shared().readValue(text, Object.class) : text);
            }
        });
    }

    /** Bodies that can be sent as they are, by what they ask for: the operation's own, else those of an analysis. */
    private static Map<?, ?> requests(String operation) {
        String own = resource(operation + ".requests.json");
        String text = own == null ? resource("requests.json") : own;
        return text == null ? Map.of() : JsonMapper.shared().readValue(text, LinkedHashMap.class);
    }

    private static String key(Object summary) {
        return String.valueOf(summary).toLowerCase(java.util.Locale.ROOT).replaceAll("\\W+", "-");
    }

    private static @Nullable String resource(String name) {
        try (InputStream in = OperationDescription.class.getResourceAsStream("/openapi/" + name)) {
            return in == null ? null : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
