package dev.deeprepo.analysis;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.examples.Example;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.BooleanSchema;
import io.swagger.v3.oas.models.media.Content;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.ObjectSchema;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.responses.ApiResponse;
import io.swagger.v3.oas.models.responses.ApiResponses;
import io.swagger.v3.oas.models.tags.Tag;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springdoc.core.customizers.OperationCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The OpenAPI document's general part: what the service is, and every problem of every operation, from the enum. */
@Configuration(proxyBeanMethods = false)
class ApiDescription {

    private static final String PROBLEM = "Problem";

    @Bean
    OpenAPI api() {
        return new OpenAPI().info(new Info().title("deeprepo").version("1")
                .description("""
                        A repository goes in, a report with checked findings comes out. `POST /analyses` answers at \
                        once; follow the analysis at its Location, and read its report when it has ended. Every \
                        failure is `application/problem+json` with a stable `code`.""")
                .license(new License().name("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0")))
                .addTagsItem(new Tag().name("analyses").description("Submit, follow, read, cancel, delete"))
                .addTagsItem(new Tag().name("models").description("What a request can name"));
    }

    /** Codes of what fails after 202 are in the same enum: they stand in the {@code error} of an analysis. */
    @Bean
    OpenApiCustomizer problemSchema() {
        return api -> {
            List<String> codes = Arrays.stream(ErrorCode.values()).map(ErrorCode::code).toList();
            ObjectSchema problem = new ObjectSchema();
            problem.setDescription("RFC 9457");
            problem.addProperty("type", new StringSchema());
            problem.addProperty("title", new StringSchema());
            problem.addProperty("status", new IntegerSchema());
            problem.addProperty("detail", new StringSchema().description("What the caller can do"));
            problem.addProperty("instance", new StringSchema());
            problem.addProperty("code", new StringSchema()._enum(codes).description(meanings()));
            problem.addProperty("retryable", new BooleanSchema().description("The same may well succeed later"));
            problem.addProperty("field", new StringSchema().description("The field at fault, if it is one"));
            problem.addProperty("requestId", new StringSchema());
            problem.setRequired(List.of("status", "code", "retryable"));
            api.getComponents().addSchemas(PROBLEM, problem);
        };
    }

    private static String meanings() {
        return Arrays.stream(ErrorCode.values()).map(code -> "* `%s`: %s".formatted(code.code(), code.meaning()))
                .collect(Collectors.joining("\n"));
    }

    @Bean
    OperationCustomizer problemsOfOperations() {
        return (operation, handler) -> {
            Fails fails = handler.getMethodAnnotation(Fails.class);
            Stream.concat(fails == null ? Stream.empty() : Arrays.stream(fails.value()),
                    Stream.of(ErrorCode.INTERNAL_ERROR, ErrorCode.UNAVAILABLE))
                    .collect(Collectors.groupingBy(ErrorCode::status, TreeMap::new, Collectors.toList()))
                    .forEach((status, codes) -> responses(operation).addApiResponse(String.valueOf(status),
                            response(codes)));
            return operation;
        };
    }

    private static ApiResponses responses(Operation operation) {
        ApiResponses responses = operation.getResponses();
        if (responses == null) {
            responses = new ApiResponses();
            operation.setResponses(responses);
        }
        return responses;
    }

    private static ApiResponse response(List<ErrorCode> codes) {
        MediaType problem = new MediaType().schema(new Schema<>().$ref("#/components/schemas/" + PROBLEM));
        codes.forEach(
                code -> problem.addExamples(code.code(), new Example().summary(code.meaning()).value(example(code))));
        return new ApiResponse()
                .description(codes.stream().map(code -> "`%s`".formatted(code.code()))
                        .collect(Collectors.joining(", ")))
                .content(new Content().addMediaType("application/problem+json", problem));
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
}
