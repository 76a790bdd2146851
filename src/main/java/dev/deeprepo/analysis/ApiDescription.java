package dev.deeprepo.analysis;

import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.report.Report;
import io.swagger.v3.oas.models.Components;
import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.oas.models.SpecVersion;
import io.swagger.v3.oas.models.headers.Header;
import io.swagger.v3.oas.models.info.Info;
import io.swagger.v3.oas.models.info.License;
import io.swagger.v3.oas.models.media.IntegerSchema;
import io.swagger.v3.oas.models.media.MediaType;
import io.swagger.v3.oas.models.media.Schema;
import io.swagger.v3.oas.models.media.StringSchema;
import io.swagger.v3.oas.models.security.SecurityRequirement;
import io.swagger.v3.oas.models.security.SecurityScheme;
import io.swagger.v3.oas.models.tags.Tag;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springdoc.core.customizers.OpenApiCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The OpenAPI document's general part: what the service is, and what no operation returns by itself. */
@Configuration(proxyBeanMethods = false)
class ApiDescription {

    static final String SCHEMAS = "#/components/schemas/";
    static final String HEADERS = "#/components/headers/";
    static final String RETRY_AFTER = "Retry-After";
    static final String LOCATION = "Location";

    private static final String KEY = "key";

    /** All that is read and answered. */
    private static final List<Class<?>> BODIES = List.of(AnalysisRequest.class,
            FollowUp.Fork.class, FollowUp.Question.class, FollowUp.Refresh.class, Analysis.class, Analysis.Page.class,
            Estimation.class, Report.class, Trajectory.class, StreamedEntry.class, StreamedText.class,
            ModelsController.Listing.class, Problem.class);

    @Bean
    OpenAPI api() {
        return new OpenAPI().info(new Info().title("deeprepo").version("1")
                .description("""
                        A repository goes in, a report with checked findings comes out. `POST /analyses` answers at \
                        once; follow the analysis at its Location, and read its report when it has ended. Every \
                        failure is `application/problem+json` with a stable `code`.

                        Money is in US dollars and a JSON number, durations are ISO 8601, instants are UTC. An answer \
                        has all its fields; what is not there is null. Clients should pass over fields that they do \
                        not know.""")
                .license(new License().name("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0")))
                .addTagsItem(new Tag().name("analyses").description("Submit, follow, read, cancel, delete"))
                .addTagsItem(new Tag().name("models").description("What a request can name"))
                .addSecurityItem(new SecurityRequirement()).addSecurityItem(new SecurityRequirement().addList(KEY))
                .components(new Components()
                        .addSecuritySchemes(KEY, new SecurityScheme().type(SecurityScheme.Type.HTTP).scheme("bearer")
                                .description(
                                        "Where the service has keys; whoever has one sees what was submitted with it"))
                        .addHeaders(LOCATION, new Header().description("The path of the analysis")
                                .schema(new StringSchema().format("uri-reference")))
                        .addHeaders(RETRY_AFTER,
                                new Header().description("Seconds after which it is worth asking again")
                                        .schema(new IntegerSchema()))
                        .addHeaders(RequestId.HEADER,
                                new Header().description("The caller's own, else a new one; the log has it too")
                                        .schema(new StringSchema())));
    }

    @Bean
    OpenApiCustomizer generalPart() {
        return api -> {
            Map<String, Schema<Object>> schemas = RecordSchemas.of(Stream.concat(BODIES.stream(),
                    Event.kinds().stream()).toList());
            Objects.requireNonNull(schemas.get("ErrorCode")).setDescription(meanings());
            api.getComponents().setSchemas(new LinkedHashMap<>(schemas));
            api.getServers().forEach(server -> server.setDescription("This service"));
            api.getPaths().values().stream().flatMap(path -> path.readOperations().stream())
                    .flatMap(operation -> operation.getResponses().values().stream())
                    .forEach(response -> {
                        response.addHeaderObject(RequestId.HEADER, new Header().$ref(HEADERS + RequestId.HEADER));
                        MediaType stream = response.getContent() == null
                                ? null
                                : response.getContent().get("text/event-stream");
                        if (stream != null) {
                            stream.addExtension("x-event-data", eventData());
                        }
                    });
        };
    }

    /** By the event's name; OpenAPI 3.1 has no word for the parts of a stream. */
    private static Map<String, Schema<Object>> eventData() {
        Map<String, Schema<Object>> data = new LinkedHashMap<>();
        for (Class<? extends Event> kind : Event.kinds()) {
            Schema<Object> both = new Schema<>(SpecVersion.V31);
            both.setAllOf(List.of(reference(StreamedEntry.class), reference(kind)));
            data.put(Event.name(kind), both);
        }
        data.put("text", reference(StreamedText.class));
        return data;
    }

    private static Schema<Object> reference(Class<?> type) {
        Schema<Object> reference = new Schema<>(SpecVersion.V31);
        reference.set$ref(SCHEMAS + RecordSchemas.name(type));
        return reference;
    }

    private static String meanings() {
        return Arrays.stream(ErrorCode.values()).map(code -> "* `%s`: %s".formatted(code.code(), code.meaning()))
                .collect(Collectors.joining("\n", "What went wrong.\n\n", ""));
    }
}
