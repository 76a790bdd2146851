package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.Api;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The OpenAPI document against the service that serves it, and the texts for callers against the document. */
@ExtendWith(TestService.Shared.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiDescriptionTest {

    private final TestService service;
    private final JsonNode api;

    ApiDescriptionTest(TestService service) {
        this.service = service;
        this.api = json(service.get("/v3/api-docs"));
    }

    @Test
    void everyAnswerIsAsDescribed() {
        String id = service.submit("complete");
        service.await(id, "COMPLETED");

        assertConforms("Analysis", service.analysis(id));
        assertConforms("AnalysisPage", json(service.get("/analyses?limit=1")));
        assertConforms("Trajectory", json(service.get("/analyses/" + id + "/trajectory")));
        assertConforms("Report", json(service.get("/analyses/" + id + "/report", "Accept", "application/json")));
        assertConforms("ModelList", json(service.get("/models")));
        assertConforms("Estimate", json(service.post("/analyses/estimate",
                "{\"repository\": \"https://github.com/spring-projects/spring-petclinic\"}")));
        assertConforms("Problem", json(service.get("/analyses/x")));
        assertConforms("Problem", json(service.post("/analyses", "{\"maxTruns\": 3}")));
        String failed = service.submit("https://github.com/fails/timeout", "complete");
        assertConforms("Analysis", service.await(failed, "FAILED"));
    }

    @Test
    void everyEventIsAsDescribed() {
        String id = service.submit("complete");
        service.await(id, "COMPLETED");
        JsonNode described = api.at("/paths/~1analyses~1{id}~1events/get/responses/200/content/text~1event-stream")
                .get("x-event-data");
        List<Api.StreamEvent> events = new Api(service.uri("").toString()).events(id, 0);
        assertThat(events).extracting(Api.StreamEvent::name).contains("accepted", "checked-out", "run-ended");
        assertThat(words(schema("StreamedText").get("required"))).containsExactlyInAnyOrder("role", "turn", "attempt",
                "text",
                "cut");
        assertThat(resolved(described.get("text"))).isEqualTo(schema("StreamedText"));
        for (Api.StreamEvent event : events) {
            Set<String> fields = new TreeSet<>();
            for (JsonNode part : described.get(event.name()).get("allOf")) {
                JsonNode schema = resolved(part);
                schema.get("properties").propertyNames().forEach(fields::add);
                schema.get("properties").propertyNames().forEach(field -> conforms(event.name() + "." + field,
                        schema.get("properties").get(field), event.data().get(field)));
            }
            assertThat(event.data().propertyNames()).as(event.name()).containsExactlyInAnyOrderElementsOf(fields);
        }
    }

    @Test
    void everyExampleOfARequestIsAcceptedAsItStands() {
        for (String operation : List.of("/analyses", "/analyses/estimate")) {
            JsonNode examples = api.get("paths").get(operation).get("post").get("requestBody").get("content")
                    .get("application/json").get("examples");
            assertThat(examples.size()).isEqualTo(5);
            examples.forEach(example -> assertThat(service.post(operation, example.get("value").toString())
                    .statusCode()).as(example.toString()).isIn(200, 202));
        }
    }

    @Test
    void whatIsRequiredAndWhatMayBeNullIsTold() {
        JsonNode request = schema("AnalysisRequest");
        assertThat(words(request.get("required"))).containsExactly("repository");
        assertThat(request.get("additionalProperties").asBoolean(true)).isFalse();
        JsonNode analysis = schema("Analysis");
        assertThat(words(analysis.get("required")))
                .containsExactlyInAnyOrderElementsOf(analysis.get("properties").propertyNames());
        assertThat(analysis.at("/properties/startedAt/type").toString()).isEqualTo("[\"string\",\"null\"]");
        assertThat(analysis.at("/properties/createdAt/type").asString()).isEqualTo("string");
        assertThat(analysis.at("/properties/error/anyOf/1/type").asString()).isEqualTo("null");
        assertThat(schema("Coverage").at("/properties/cited/description").asString())
                .isEqualTo("files named in the answer that are really there");
    }

    @Test
    void everyOperationTellsItsProblemsAndHeaders() {
        for (JsonNode path : api.get("paths")) {
            for (JsonNode operation : path) {
                assertThat(operation.get("operationId").asString()).matches("[a-z]+[A-Z][A-Za-z]+");
                assertThat(operation.get("responses").propertyNames()).contains("500", "503");
                operation.get("responses").forEach(answer -> assertThat(answer.get("headers").propertyNames())
                        .contains("X-Request-Id"));
            }
        }
        assertThat(api.at("/paths/~1analyses/post/responses/202/headers").propertyNames()).contains("Location",
                "Retry-After");
        assertThat(api.at("/paths/~1analyses/post/responses/429/headers").propertyNames()).contains("Retry-After");
        assertThat(api.at("/paths/~1analyses~1{id}/get/responses").propertyNames()).contains("400", "404", "406");
    }

    @Test
    void everyRequestToTryIsOneOfTheApi() throws IOException {
        Set<String> tried = new TreeSet<>();
        for (String request : Files.readString(Path.of("requests.http")).split("(?m)^###.*$", -1)) {
            var line = Pattern.compile("(?m)^(GET|POST|DELETE) \\{\\{host}}([^ ?\n]+)").matcher(request);
            if (!line.find()) {
                continue;
            }
            String path = line.group(2).replace("{{id}}", "{id}");
            if (path.startsWith("/actuator/")) {
                assertThat(service.get(path).statusCode()).as(path).isEqualTo(200);
                continue;
            }
            JsonNode operation = api.get("paths").path(path).path(line.group(1).toLowerCase(java.util.Locale.ROOT));
            assertThat(operation.isMissingNode()).as(request).isFalse();
            tried.add(operation.get("operationId").asString());
            int body = request.indexOf("\n{");
            if (body >= 0) {
                Class<?> type = path.endsWith("/fork")
                        ? FollowUp.Fork.class
                        : path.endsWith("/questions") ? FollowUp.Question.class : AnalysisRequest.class;
                assertThat(JsonMapper.builder()
                        .enable(tools.jackson.databind.DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build()
                        .readValue(request.substring(body), type)).isNotNull();
            }
        }
        Set<String> all = new TreeSet<>();
        api.get("paths").forEach(path -> path.forEach(operation -> all.add(operation.get("operationId").asString())));
        assertThat(tried).isEqualTo(all);
    }

    @Test
    void theReadmeListsTheFieldsModesAndStatuses() throws IOException {
        assertThat(listed("Fields of a request"))
                .containsExactlyElementsOf(schema("AnalysisRequest").get("properties").propertyNames());
        assertThat(listed("Modes")).containsExactlyElementsOf(words(schema("Mode").get("enum")));
        assertThat(listed("Statuses")).containsExactlyElementsOf(words(schema("Status").get("enum")));
    }

    /** The words in code of the README's item that begins so. */
    private static List<String> listed(String beginning) throws IOException {
        String item = Arrays.stream(Files.readString(Path.of("README.md")).split("\n(?! )", -1))
                .filter(line -> line.startsWith("- " + beginning)).findFirst().orElseThrow();
        return Pattern.compile("`(\\w+)`").matcher(item).results().map(match -> match.group(1)).toList();
    }

    private void assertConforms(String name, JsonNode value) {
        conforms(name, schema(name), value);
    }

    private JsonNode schema(String name) {
        return api.get("components").get("schemas").get(name);
    }

    private JsonNode resolved(JsonNode schema) {
        return schema.has("$ref") ? schema(schema.get("$ref").asString().replaceFirst(".*/", "")) : schema;
    }

    /** As much of JSON Schema as the document uses; an object must not have a field that is not described. */
    private void conforms(String where, JsonNode reference, JsonNode value) {
        JsonNode schema = resolved(reference);
        if (schema.has("anyOf")) {
            if (!value.isNull()) {
                conforms(where, schema.get("anyOf").get(0), value);
            }
            return;
        }
        List<String> types = schema.get("type").isArray()
                ? words(schema.get("type"))
                : List.of(
                        schema.get("type").asString());
        assertThat(types).as("%s: %s", where, value)
                .containsAnyOf(type(value), value.isIntegralNumber() ? "number" : type(value));
        if (schema.has("enum")) {
            assertThat(words(schema.get("enum"))).as(where).contains(value.asString());
        }
        if (value.isArray()) {
            value.forEach(each -> conforms(where + "[]", schema.get("items"), each));
        } else if (value.isObject() && schema.has("properties")) {
            JsonNode properties = schema.get("properties");
            assertThat(properties.propertyNames()).as(where).containsAll(value.propertyNames());
            assertThat(value.propertyNames()).as(where).containsAll(words(schema.path("required")));
            value.propertyNames().forEach(
                    field -> conforms(where + "." + field, properties.get(field), value.get(field)));
        } else if (value.isObject() && schema.get("additionalProperties").has("type")) {
            value.forEach(each -> conforms(where + "{}", schema.get("additionalProperties"), each));
        }
    }

    private static String type(JsonNode value) {
        return value.isNull()
                ? "null"
                : value.isString()
                        ? "string"
                        : value.isBoolean()
                                ? "boolean"
                                : value.isArray()
                                        ? "array"
                                        : value.isObject() ? "object" : value.isIntegralNumber() ? "integer" : "number";
    }

    private static List<String> words(JsonNode array) {
        List<String> words = new ArrayList<>();
        array.forEach(word -> words.add(word.asString()));
        return words;
    }
}
