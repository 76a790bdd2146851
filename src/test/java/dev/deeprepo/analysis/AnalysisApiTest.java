package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnalysisApiTest {

    private static final String REPOSITORY = "\"repository\": \"https://github.com/spring-projects/spring-petclinic\"";

    @AutoClose
    private final TestService service;

    AnalysisApiTest(@TempDir Path dataDir) {
        service = TestService.start(dataDir);
    }

    @Test
    void acceptsARequestAndLeadsToItsReport() {
        HttpResponse<String> accepted = service.post("/analyses", "{" + REPOSITORY + "}");

        assertThat(accepted.statusCode()).isEqualTo(202);
        JsonNode analysis = json(accepted);
        String id = analysis.get("id").asString();
        assertThat(accepted.headers().firstValue("Location")).contains("/analyses/" + id);
        assertThat(analysis.get("mode").asString()).isEqualTo("RLM");
        assertThat(analysis.get("domain").asString()).isEqualTo("code");
        assertThat(analysis.get("models").get("root").asString()).isEqualTo("root-model");

        JsonNode done = service.await(id, "COMPLETED");
        assertThat(done.get("repository").get("commit").asString()).isEqualTo(ScriptedCheckout.COMMIT);
        assertThat(done.get("attempt").asInt()).isEqualTo(1);
        assertThat(done.get("progress").get("turn").asInt()).isEqualTo(1);
        assertThat(done.get("progress").get("phase").asString()).isEqualTo("done");
        assertThat(done.get("usage").get("root").get("inputTokens").asInt()).isEqualTo(1000);
        assertThat(done.get("usage").get("total").get("costUsd").decimalValue()).isEqualByComparingTo("0.01");
        assertThat(done.get("budget").get("timeout").asString()).isEqualTo("PT30M");
        assertThat(done.get("budget").get("remaining").get("costUsd").decimalValue()).isEqualByComparingTo("4.99");
        assertThat(done.get("warnings").get(0).get("detail").asString()).isEqualTo("one file only");
        assertThat(done.get("error").isNull()).isTrue();

        HttpResponse<String> report = service.get("/analyses/" + id + "/report", "Accept", "text/markdown");
        assertThat(report.statusCode()).isEqualTo(200);
        assertThat(report.headers().firstValue("Content-Type")).contains("text/markdown;charset=UTF-8");
        assertThat(report.body()).contains("It prints hello.");
        HttpResponse<String> asJson = service.get("/analyses/" + id + "/report", "Accept", "application/json");
        assertThat(asJson.headers().firstValue("Content-Type")).contains("application/json");
        JsonNode trajectory = json(service.get("/analyses/" + id + "/trajectory"));
        assertThat(trajectory.get("turns").get(0).get("text").asString()).isEqualTo("reply 1");
        assertThat(trajectory.get("findings")).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"code", "context", "content"})
    void runsWhatKindOfReportIsAskedForAndShowsIt(String domain) {
        HttpResponse<String> accepted = service.post("/analyses",
                "{%s, \"domain\": \"%s\", \"focus\": \"domain\"}".formatted(REPOSITORY, domain));

        assertThat(accepted.statusCode()).isEqualTo(202);
        String id = json(accepted).get("id").asString();
        assertThat(service.await(id, "COMPLETED").get("domain").asString()).isEqualTo(domain);
        assertThat(
                json(service.get("/analyses/" + id + "/report", "Accept", "application/json")).get("title").asString())
                .isEqualToIgnoringCase("on " + domain);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            400 | malformed-json         | {"repository":
            400 | malformed-json         | ''
            400 | invalid-request        | []
            400 | malformed-json         | {"repository": "https://github.com/a/b", "repository": "https://github.com/c/d"}
            400 | unknown-field          | {"repository": "https://github.com/a/b", "maxTruns": 3}
            400 | invalid-request        | {}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTurns": 0}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTurns": 2.5}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTurns": "3"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "focus": 5}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "rootModel": true}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTurns": ""}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTurns": true}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTurns": 2147483648}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTurns": 99999999999999999999}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTokens": 9223372036854775808}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxSubCalls": -1}
            400 | malformed-json         | {"repository": "https://github.com/a/b", "maxCostUsd": NaN}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxCostUsd": "NaN"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxCostUsd": 1e999999999}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxCostUsd": 1e-999999999}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxCostUsd": 1e99999999999}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "mode": 0}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "domain": 0}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "domain": "film"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "fallbackModels": []}
            400 | invalid-request        | {"repository": ["https://github.com/a/b"]}
            400 | malformed-json         | {"repository": "https://github.com/a/b"} and more
            400 | malformed-json         | null
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxTurns": "many"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxCostUsd": -1}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "maxCostUsd": 1e9}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "timeout": "PT0S"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "timeout": "soon"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "mode": "FAST"}
            400 | repository-refused     | {"repository": "file:///etc/passwd"}
            400 | repository-refused     | {"repository": "ssh://git@github.com/a/b"}
            400 | repository-refused     | {"repository": "git@github.com:a/b.git"}
            400 | repository-refused     | {"repository": "https://user:secret@github.com/a/b"}
            400 | repository-refused     | {"repository": "https://127.0.0.1/a/b"}
            400 | repository-refused     | {"repository": "https://localhost/a/b"}
            400 | ref-invalid            | {"repository": "https://github.com/a/b", "ref": "+a:b"}
            400 | ref-invalid            | {"repository": "https://github.com/a/b", "ref": "--upload-pack=x"}
            400 | path-invalid           | {"repository": "https://github.com/a/b", "path": "../etc"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "focus": "a\\u0000b"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "focus": "a\\ud800b"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "subModel": "a/\\u0000"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "rootModel": "a/\\u202eb"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "fallbackModels": {"sub": ["a/\\udfff"]}}
            422 | model-unknown          | {"repository": "https://github.com/a/b", "rootModel": "nobody"}
            422 | model-key-missing      | {"repository": "https://github.com/a/b", "subModel": "keyless"}
            422 | model-unknown          | {"repository": "https://github.com/a/b", "mode": "COMPARE", "baselineModel": "nope"}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "fallbackModels": {"root": [null]}}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "fallbackModels": {"sub": [" "]}}
            400 | unknown-field          | {"repository": "https://github.com/a/b", "fallbackModels": {"baseline": []}}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "fallbackModels": {"root": ["root-model"]}}
            400 | invalid-request        | {"repository": "https://github.com/a/b", "fallbackModels": {"root": ["sub/model", "sub/model"]}}
            422 | model-unknown          | {"repository": "https://github.com/a/b", "fallbackModels": {"root": ["nobody"]}}
            422 | model-key-missing      | {"repository": "https://github.com/a/b", "fallbackModels": {"sub": ["keyless"]}}
            422 | webhook-secret-missing | {"repository": "https://github.com/a/b", "callbackUrl": "https://hooks.deeprepo.dev/x"}
            """)
    void refusesABadRequestAtOnce(int status, String code, String body) {
        assertProblem(service.post("/analyses", body), status, code);
    }

    /** The names that stand on record are those by which the run finds its models. */
    @Test
    void recordsWhoTakesOverWhereTheModeUsesIt() {
        String both = "\"fallbackModels\": {\"root\": [\"two\", \"sub/model\"], \"sub\": [\"two\"]}";

        assertThat(recorded("{%s, %s}".formatted(REPOSITORY, both)))
                .isEqualTo("{\"root\":[\"model-2\",\"sub/model\"],\"sub\":[\"model-2\"]}");
        assertThat(recorded("{%s, %s, \"mode\": \"BASELINE\"}".formatted(REPOSITORY, both)))
                .isEqualTo("{\"root\":[\"model-2\",\"sub/model\"],\"sub\":[]}");
        assertThat(recorded("{%s, \"mode\": \"BASELINE\", \"fallbackModels\": {\"sub\": [\"nobody\"]}}"
                .formatted(REPOSITORY))).isEqualTo("null");
        JsonNode problem = json(service.post("/analyses", "{%s, %s}".formatted(REPOSITORY,
                "\"fallbackModels\": {\"root\": [\"model-2\", \"model-3\", \"model-4\", \"model-5\", \"model-6\", \"model-7\"]}")));
        assertThat(problem.get("field").asString()).isEqualTo("fallbackModels.root");
        assertThat(problem.get("detail").asString()).contains("may list 5 models, had 6");
    }

    private String recorded(String request) {
        HttpResponse<String> accepted = service.post("/analyses", request);
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        String id = json(accepted).get("id").asString();
        service.await(id, "COMPLETED");
        String events = service.get("/analyses/" + id + "/events").body();
        String data = events.lines().filter(line -> line.startsWith("data:")).findFirst().orElseThrow();
        return JsonMapper.shared().readTree(data.substring(5)).get("request").get("fallbackModels").toString();
    }

    @Test
    void namesTheUnknownField() {
        JsonNode problem = json(service.post("/analyses", "{\"repository\": \"x\", \"maxTruns\": 3}"));
        assertThat(problem.get("field").asString()).isEqualTo("maxTruns");
        assertThat(problem.get("detail").asString()).contains("maxTruns");
    }

    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            404 | not-found          | /nothing
            404 | not-found          | /analyses/00000000-0000-0000-0000-000000000000/nothing
            404 | analysis-not-found | /analyses/00000000-0000-0000-0000-000000000000
            404 | analysis-not-found | /analyses/00000000-0000-0000-0000-000000000000/report
            404 | analysis-not-found | /analyses/00000000-0000-0000-0000-000000000000/trajectory
            404 | analysis-not-found | /analyses/00000000-0000-0000-0000-000000000000/events
            400 | invalid-request    | /analyses/not-a-uuid
            400 | invalid-request    | /analyses?status=LOST
            400 | invalid-request    | /analyses?limit=0
            400 | invalid-request    | /analyses?limit=1000
            400 | invalid-request    | /analyses?limit=x
            400 | invalid-request    | /analyses?cursor=%20
            400 | invalid-request    | /analyses?limit=%C0%80
            404 | not-found          | /
            404 | not-found          | /actuator/env
            404 | not-found          | /actuator/sbom
            404 | not-found          | /META-INF/sbom/application.cdx.json
            400 | invalid-request    | //analyses
            """)
    void answersReadsThatCannotBeServedWithAProblem(int status, String code, String path) {
        assertProblem(service.get(path), status, code);
    }

    @Test
    void answersWhatTheFrameworkRefusesWithAProblem() {
        assertProblem(service.delete("/models"), 405, "method-not-allowed");
        assertProblem(service.get("/models", "Accept", "image/png"), 406, "not-acceptable");
        assertProblem(service.send(java.net.http.HttpRequest.newBuilder(service.uri("/analyses"))
                .header("Content-Type", "text/plain")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString("hello"))), 415, "unsupported-media-type");
    }

    /** Written to the socket as it stands: no client library would send these. */
    @ParameterizedTest(name = "{0} {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            400 | invalid-request    | GET /analyses?limit=%zz HTTP/1.1
            400 | invalid-request    | GET /analyses/%00 HTTP/1.1
            400 | invalid-request    | GET /analyses/a%2fb HTTP/1.1
            400 | invalid-request    | GET /analyses/%ff HTTP/1.1
            400 | invalid-request    | GET /analyses/{id} HTTP/1.1
            400 | invalid-request    | GET /../../etc/passwd HTTP/1.1
            400 | invalid-request    | NONSENSE
            405 | method-not-allowed | CONNECT /analyses HTTP/1.1
            405 | method-not-allowed | TRACE /analyses HTTP/1.1
            405 | method-not-allowed | get /models HTTP/1.1
            400 | invalid-request    | G<T /models HTTP/1.1
            400 | invalid-request    | GET /models HTTX/1.1
            400 | invalid-request    | GET /models HTTP/2.0
            400 | invalid-request    | GET /models?a="<script> HTTP/1.1
            400 | invalid-request    | GET http://evil.example/models HTTP/1.1
            400 | invalid-request    | GET /models HTTP/1.1~Host: localhost
            400 | invalid-request    | GET /models HTTP/1.1~X Y: z
            400 | invalid-request    | GET /models HTTP/1.1~no colon
            400 | invalid-request    | GET /models HTTP/1.1~X: LONG
            400 | invalid-request    | GET /LONG HTTP/1.1
            400 | invalid-request    | POST /analyses HTTP/1.1~Content-Length : 5
            400 | invalid-request    | POST /analyses HTTP/1.1~Content-Length: +5
            400 | invalid-request    | POST /analyses HTTP/1.1~Content-Length: 5~Content-Length: 6
            400 | invalid-request    | POST /analyses HTTP/1.1~Transfer-Encoding: xchunked
            400 | invalid-request    | POST /analyses HTTP/1.1~Transfer-Encoding: chunked, identity
            400 | invalid-request    | POST /analyses HTTP/1.1~Expect: the-impossible
            """)
    void answersWhatNoClientLibraryWouldSendWithAProblem(int status, String code, String lines) throws Exception {
        String answer = service.raw(lines.replace("~", "\r\n").replace("LONG", "x".repeat(20_000))
                + "\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 " + status).contains("application/problem+json",
                "\"code\":\"" + code + "\"", "\"requestId\":\"", "X-Content-Type-Options: nosniff\r\n",
                "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n")
                .doesNotContain("<html", "<script", "Exception", "etc/passwd", "\"requestId\":\"null\"");
        assertThat(answer.split("HTTP/1.1 ", -1)).as("one request, one answer").hasSize(2);
    }

    @Test
    void answersNothingWithoutHeaders() throws Exception {
        assertThat(service.raw("GET /models\r\n\r\n")).as("HTTP/0.9").contains("\"code\":\"invalid-request\"")
                .doesNotContain("offline/explorer");
        assertThat(service.raw("GET /a\u0001b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .as("who comes next").startsWith("HTTP/1.1 400");
    }

    @Test
    void aProblemTellsWhatWasAskedFor() throws Exception {
        assertThat(service.raw("TRACE /models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 405").contains("\"instance\":\"/models\"");
    }

    /** The chunks count, not the length, and then the connection ends: nothing can hide behind them. */
    @Test
    void whatFollowsARequestOfTwoLengthsIsNoRequest() throws Exception {
        assertThat(service.raw("POST /analyses HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /models HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 415").contains("Connection: close\r\n").doesNotContain("offline/explorer");
    }

    @Test
    void saysWhatIsWrong() {
        assertDetail("{\"repository\": \"https://a.org/b\", \"repository\": \"x\"}", "the body has a field twice");
        assertDetail("{\"repository\": \"https://a.org/b\", \"maxTurns\": 2147483648}", "maxTurns is out of range");
        assertDetail("{\"repository\": \"https://a.org/b\", \"maxCostUsd\": -1}", "maxCostUsd must not be negative");
        assertDetail("{\"repository\": \"https://a.org/b\", \"timeout\": \"soon\"}",
                "timeout must be an ISO 8601 duration such as \"PT30M\", was \"soon\"");
        assertDetail("{\"repository\": \"https://a.org/b\", \"maxCostUsd\": %s}".formatted("1".repeat(1001)),
                "too long");
        assertDetail("{\"a\":".repeat(600), "nested too deeply");
        assertDetail("{\"repository\": \"https://a.org/b\", \"rootModel\": \"\\u001b[31m\"}",
                "rootModel must not hold control");
        assertThat(json(service.delete("/models")).get("detail").asString()).isEqualTo("This address takes GET.");
        assertThat(json(service.get("/analyses/x")).get("detail").asString()).startsWith("id must be a UUID");
    }

    private void assertDetail(String body, String part) {
        assertThat(json(service.post("/analyses", body)).get("detail").asString()).contains(part);
    }

    @Test
    void stopsReadingABodyThatIsTooLarge() {
        assertProblem(service.post("/analyses", "{\"focus\": \"" + "x".repeat(200_000) + "\"}"), 413,
                "request-too-large");
    }

    @Test
    void keepsTheCallersRequestId() {
        HttpResponse<String> answer = service.get("/analyses/x", "X-Request-Id", "abc-1");
        assertThat(answer.headers().firstValue("X-Request-Id")).contains("abc-1");
        assertThat(json(answer).get("requestId").asString()).isEqualTo("abc-1");
    }

    @ParameterizedTest(name = "{0} becomes {1}")
    @CsvSource({"host-refused, host-refused, false",
            "repository-not-found-or-private, repository-not-found-or-private, false",
            "ref-not-found, ref-not-found, false", "commit-not-found, commit-not-found, false",
            "repository-empty, repository-empty, false", "nothing-to-read, nothing-to-read, false",
            "repository-unreadable, repository-unreadable, false", "path-not-found, path-not-found, false",
            "too-large, repository-too-large, false",
            "timeout, checkout-timeout, true", "unreachable, host-unreachable, true", "failed, checkout-failed, true"})
    void aFetchThatFailsBecomesAFailedAnalysis(String reason, String code, boolean retryable) {
        String id = service.submit("https://github.com/fails/" + reason, "complete");

        JsonNode failed = service.await(id, "FAILED");
        assertThat(failed.get("error").get("code").asString()).isEqualTo(code);
        assertThat(failed.get("error").get("detail").asString()).contains(reason);
        assertThat(failed.get("error").get("retryable").asBoolean()).isEqualTo(retryable);
        assertProblem(service.get("/analyses/" + id + "/report"), 409, "report-not-available");
        assertThat(json(service.get("/analyses/" + id + "/trajectory")).get("ended").get("reason").asString())
                .isEqualTo(code);
    }

    @Test
    void anUnforeseenFailureTellsNothingOfTheInside() {
        JsonNode failed = service.await(service.submit("break"), "FAILED");
        assertThat(failed.get("error").get("code").asString()).isEqualTo("internal-error");
        assertThat(failed.toString()).doesNotContain("/etc", "select", "Exception");
    }

    @Test
    void aRunEndedByALimitIsPartialAndSaysSo() {
        String id = service.submit("partial");
        JsonNode partial = service.await(id, "PARTIAL");
        assertThat(partial.get("error").isNull()).isTrue();
        assertThat(partial.get("warnings").toString()).contains("ended-early", "maxCostUsd");
        assertThat(service.get("/analyses/" + id + "/report").body()).contains("# Half");
    }

    @ParameterizedTest(name = "{0} -> {1}")
    @CsvSource(delimiter = '|', textBlock = """
            */*                                                     | text/markdown;charset=UTF-8
            text/*                                                  | text/markdown;charset=UTF-8
            application/*                                           | application/json
            application/json, text/markdown                         | application/json
            text/html                                               | text/html;charset=UTF-8
            text/html,application/xhtml+xml,*/*;q=0.8               | text/html;charset=UTF-8
            text/html;q=0.1, text/markdown;q=0.2                    | text/markdown;charset=UTF-8
            application/sarif+json                                  | application/sarif+json
            image/png                                               |
            */*;q=0                                                 |
            text/xml, application/pdf                               |
            """)
    void aReportComesInTheTypeThatIsWantedMost(String accept, @Nullable String type) {
        String id = service.submit("complete");
        service.await(id, "COMPLETED");
        HttpResponse<String> answer = service.get("/analyses/" + id + "/report", "Accept", accept);
        if (type == null) {
            assertProblem(answer, 406, "not-acceptable");
        } else {
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type")).contains(type);
            assertThat(answer.headers().firstValue("Vary").orElse("")).containsIgnoringCase("accept");
        }
    }

    @ParameterizedTest
    @CsvSource({"MARKDOWN, md, # Report", "HTML, html, <!doctype html>", "JSON, json, {\"title\":",
            "SARIF, sarif, {\"$schema\":"})
    void aReportCanBeHadAsAFile(String kind, String ending, String beginning) {
        String id = service.submit("complete");
        service.await(id, "COMPLETED");
        HttpResponse<String> file = service.get("/analyses/" + id + "/report?download=" + kind, "Accept", "image/png");
        assertThat(file.statusCode()).as(file.body()).isEqualTo(200);
        assertThat(file.headers().firstValue("Content-Disposition"))
                .contains("attachment; filename=\"report-%s.%s\"".formatted(id, ending));
        assertThat(file.body()).startsWith(beginning);
        assertProblem(service.get("/analyses/" + id + "/report?download=pdf"), 400, "invalid-request");
    }

    @Test
    void theSameKeyAndBodyIsTheSameAnalysisHoweverManyAskAtOnce() throws Exception {
        String body = "{" + REPOSITORY + "}";
        Set<String> ids = ConcurrentHashMap.newKeySet();
        Set<Integer> statuses = ConcurrentHashMap.newKeySet();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                var unused = threads.submit(() -> {
                    HttpResponse<String> answer = service.post("/analyses", body, "Idempotency-Key", "fifty");
                    statuses.add(answer.statusCode());
                    ids.add(json(answer).path("id").asString());
                });
            }
        }
        assertThat(statuses).containsExactly(202);
        assertThat(ids).hasSize(1);
        assertProblem(service.post("/analyses", "{" + REPOSITORY + ", \"maxTurns\": 3}", "Idempotency-Key", "fifty"),
                422, "idempotency-key-reused");
        assertProblem(service.post("/analyses", body, "Idempotency-Key", "x".repeat(256)), 400, "invalid-request");
    }

    @Test
    void listsNewestFirstPageByPage() {
        List<String> submitted = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            submitted.add(service.submit("complete"));
        }
        submitted.forEach(id -> service.await(id, "COMPLETED"));

        List<String> listed = new ArrayList<>();
        String cursor = "";
        while (listed.size() < 5) {
            JsonNode page = json(service.get("/analyses?limit=2&status=COMPLETED" + cursor));
            page.get("items").forEach(item -> listed.add(item.get("id").asString()));
            assertThat(page.get("items").size()).isEqualTo(2);
            cursor = "&cursor=" + page.get("nextCursor").asString();
        }
        assertThat(listed.subList(0, 5)).isEqualTo(submitted.reversed());
        assertThat(json(service.get("/analyses?limit=100")).get("nextCursor").isNull()).isTrue();
    }

    @Test
    void describesItselfWithEveryErrorCode() {
        JsonNode api = json(service.get("/v3/api-docs"));
        assertThat(api.get("openapi").asString()).startsWith("3.1");
        List<String> codes = new ArrayList<>();
        api.get("components").get("schemas").get("ErrorCode").get("enum")
                .forEach(code -> codes.add(code.asString()));
        assertThat(codes).containsExactlyElementsOf(Arrays.stream(ErrorCode.values()).map(ErrorCode::code).toList());
        assertThat(api.get("paths").propertyNames()).contains("/analyses", "/analyses/{id}", "/analyses/{id}/report",
                "/analyses/{id}/events", "/analyses/{id}/trajectory", "/analyses/{id}/cancel", "/models");
        JsonNode submit = api.get("paths").get("/analyses").get("post");
        assertThat(submit.get("operationId").asString()).isEqualTo("submitAnalysis");
        assertThat(submit.get("responses").propertyNames()).contains("202", "400", "413", "415", "422", "429", "500",
                "503");
        assertThat(service.get("/swagger-ui.html").statusCode()).isIn(200, 302);
    }

    @Test
    void healthSaysWhatGitAndTheSandboxAre() {
        JsonNode components = json(service.get("/actuator/health")).get("components");
        assertThat(components.get("git").get("details").get("version").asString()).isNotBlank();
        assertThat(components.get("sandbox").get("details").isEmpty()).isFalse();
    }

    @Test
    void listsTheModels() {
        JsonNode models = json(service.get("/models"));
        assertThat(models.get("defaults").get("root").asString()).isEqualTo("root-model");
        assertThat(models.get("providers").get("anthropic").get("reachable").asBoolean()).isTrue();
        assertThat(models.get("models").size()).isEqualTo(2);
    }

    private static void assertProblem(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
        JsonNode problem = json(answer);
        assertThat(problem.get("status").asInt()).isEqualTo(status);
        assertThat(problem.get("retryable").isBoolean()).isTrue();
        assertThat(problem.get("requestId").asString()).isNotBlank();
        assertThat(problem.get("detail").asString()).isNotBlank();
        assertThat(answer.body()).doesNotContain("Exception", "dev.deeprepo", "tools.jackson", "springframework");
    }
}
