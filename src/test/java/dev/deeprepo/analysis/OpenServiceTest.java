package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.analysis.FuzzedRequests.Probe;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A service without keys on this machine: what web pages can make a browser send it, and what nobody would. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenServiceTest {

    private static final String REQUEST = "{\"repository\": \"https://github.com/demo/complete\"}";
    private static final int SEED = 20261126;
    /** More than one thread of the longest test sends, each from an address of its own. */
    private static final int PER_MINUTE = 1500;

    @AutoClose
    private final TestService service;

    OpenServiceTest(@TempDir Path dataDir) {
        service = TestService.start(dataDir, "deeprepo.security.allowed-hosts=deeprepo.intranet",
                "deeprepo.jobs.max-queued=1000", "deeprepo.security.unkeyed-requests-per-minute=" + PER_MINUTE);
    }

    /** {@code port} stands for the service's own. */
    @ParameterizedTest(name = "{1} answers {0}")
    @CsvSource({"200, 127.0.0.1:port", "200, 127.0.0.1", "200, localhost:port", "200, LocalHost", "200, [::1]:port",
            "200, 127.0.0.2", "200, deeprepo.intranet", "200, DeepRepo.Intranet:80", "403, evil.example:port",
            "403, localhost.evil.example", "403, localhost.", "403, 127.0.0.1.nip.io", "403, 10.0.0.1", "403, 0.0.0.0",
            "403, [fe80::1]", "403, deeprepo.intranet.evil.example"})
    void aNameThatIsNotOursIsNotAnswered(int status, String host) throws IOException {
        for (String path : List.of("/analyses", "/actuator/health", "/swagger-ui/index.html", "/v3/api-docs")) {
            assertThat(service.raw("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n".formatted(path,
                    host.replace("port", String.valueOf(port())))))
                    .as(path).startsWith("HTTP/1.1 " + status)
                    .contains(status == 403 ? "\"code\":\"forbidden\"" : "X-Content-Type-Options: nosniff");
        }
    }

    @ParameterizedTest(name = "{1}: {2} answers {0}")
    @CsvSource({"202, Origin, http://127.0.0.1:port", "202, Sec-Fetch-Site, same-origin", "202, Sec-Fetch-Site, none",
            "202, X-Nothing, x", "403, Origin, http://evil.example", "403, Origin, null",
            "403, Origin, http://127.0.0.1", "403, Origin, http://localhost:port", "403, Origin, ???",
            "403, Sec-Fetch-Site, cross-site", "403, Sec-Fetch-Site, same-site", "403, Sec-Fetch-Site, x"})
    void aPageOfAnotherSiteCannotSubmit(int status, String header, String value) {
        assertThat(service.post("/analyses", REQUEST, header, value.replace("port", String.valueOf(port())))
                .statusCode()).isEqualTo(status);
    }

    @Test
    void norCancelDeleteOrRead() {
        String id = service.submit("complete");
        for (String method : List.of("POST", "DELETE", "PUT", "PATCH")) {
            HttpResponse<String> answer = service
                    .send(HttpRequest.newBuilder(service.uri("/analyses/" + id + "/cancel"))
                            .method(method, BodyPublishers.noBody()).header("Origin", "http://evil.example"));
            assertThat(answer.statusCode()).as(method).isEqualTo(403);
        }
        HttpResponse<String> read = service.get("/analyses/" + id, "Origin", "http://evil.example");
        HttpResponse<String> preflight = service.send(HttpRequest.newBuilder(service.uri("/analyses"))
                .method("OPTIONS", BodyPublishers.noBody()).header("Origin", "http://evil.example")
                .header("Access-Control-Request-Method", "POST"));
        for (HttpResponse<String> answer : List.of(read, preflight)) {
            assertThat(answer.headers().map().keySet()).as("so the browser shows the page nothing")
                    .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("access-control"));
            assertThat(answer.headers().firstValue("Cross-Origin-Resource-Policy")).contains("same-origin");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/analyses", "/models", "/actuator/health", "/actuator/prometheus", "/nothing",
            "/v3/api-docs", "/analyses/ID", "/analyses/ID/report", "/analyses/ID/trajectory", "/analyses/ID/events"})
    void nothingThatIsServedMayDoAnythingInABrowser(String path) {
        String id = service.submit("complete");
        service.await(id, "COMPLETED");
        HttpResponse<String> answer = service.get(path.replace("ID", id), "Accept", "*/*");
        Map<String, String> headers = answer.headers().map().entrySet().stream()
                .collect(Collectors.toMap(each -> each.getKey().toLowerCase(java.util.Locale.ROOT),
                        each -> each.getValue().getFirst()));
        assertThat(headers).containsEntry("x-content-type-options", "nosniff")
                .containsEntry("content-security-policy",
                        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
                .containsEntry("referrer-policy", "no-referrer").containsEntry("x-frame-options", "DENY");
        assertThat(headers.get("content-type")).doesNotContain("html", "xml", "javascript", "svg");
        if (path.endsWith("/report")) {
            assertThat(headers).containsEntry("content-disposition", "attachment; filename=\"report-" + id + ".md\"");
        }
    }

    @Test
    void aReportAsAPageMayHaveThisServicesStyleSheetAndNothingElse() {
        String id = service.submit("complete");
        service.await(id, "COMPLETED");
        HttpResponse<String> page = service.get("/analyses/" + id + "/report", "Accept", "text/html");
        assertThat(page.headers().firstValue("Content-Type")).contains("text/html;charset=UTF-8");
        assertThat(page.headers().firstValue("Content-Language")).contains("en");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(page.headers().firstValue("Content-Security-Policy")).contains(
                "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'self'");
        assertThat(page.headers().firstValue("Content-Disposition")).isEmpty();
        assertThat(page.body()).contains("<h1>Report</h1>", "COMPLETED", "<h2>Account</h2>", "../../report.css")
                .doesNotContain("<script", "style=", "<img");
        assertThat(service.get("/report.css").headers().firstValue("Content-Type")).contains("text/css");
    }

    @Test
    void swaggerUiRunsOnlyWhatThisServiceServes() {
        HttpResponse<String> page = service.get("/swagger-ui/index.html");
        assertThat(page.headers().firstValue("Content-Type").orElse("")).startsWith("text/html");
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .startsWith("default-src 'none';").contains("script-src 'self';", "connect-src 'self'",
                        "frame-ancestors 'none'")
                .doesNotContain("unsafe-eval", "script-src 'self' ", "http");
        assertThat(page.body()).doesNotContain("<script>", "https://", "onload=");
    }

    @Test
    void oneAddressHasSoManyRequestsAMinute() {
        TestService.assertPaced(service, "127.0.0.7", PER_MINUTE, 200);
    }

    @Test
    void requestsThatNobodyWouldSendAreAnsweredWithAProblem() throws Exception {
        fuzz(1_500);
    }

    @Test
    @Tag("long")
    void tenThousandRequestsThatNobodyWouldSendAreAnsweredWithAProblem() throws Exception {
        fuzz(10_000);
    }

    private void fuzz(int requests) throws Exception {
        JsonNode api = json(service.get("/v3/api-docs"));
        String id = service.submit("complete");
        service.await(id, "COMPLETED");
        List<String> ids = new CopyOnWriteArrayList<>(List.of(id));
        Map<Integer, Integer> statuses = new ConcurrentSkipListMap<>();
        int threads = 8;
        long begin = System.nanoTime();
        try (var pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> all = IntStream.range(0, threads).<Future<?>>mapToObj(thread -> pool.submit(() -> {
                FuzzedRequests fuzzed = new FuzzedRequests(api, new Random(SEED + thread), ids);
                try (HttpClient caller = TestService.callerAt("127.0.1." + (thread + 1))) {
                    for (int i = thread; i < requests; i += threads) {
                        Probe probe = fuzzed.next();
                        HttpResponse<String> answer = send(caller, probe);
                        statuses.merge(answer.statusCode(), 1, Integer::sum);
                        check(probe, answer);
                        if (answer.statusCode() == 202 && ids.size() < 50) {
                            ids.add(json(answer).get("id").asString());
                        }
                    }
                }
            })).toList();
            for (Future<?> each : all) {
                each.get();
            }
        }
        System.out.printf("%d requests from seed %d in %.1f s, by status: %s%n", requests, SEED,
                (System.nanoTime() - begin) / 1e9, statuses);
        assertThat(statuses.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(requests);
        assertThat(statuses.keySet()).as("the requests reach everything").contains(200, 202, 204, 400, 404, 405, 406,
                409,
                415, 422);
    }

    private HttpResponse<String> send(HttpClient caller, Probe probe) {
        HttpRequest.Builder request = HttpRequest.newBuilder(service.uri(probe.path())).method(probe.method(),
                probe.body() == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(probe.body()));
        return TestService.send(caller, probe.headers().isEmpty()
                ? request
                : request.headers(probe.headers().toArray(String[]::new)));
    }

    private static void check(Probe probe, HttpResponse<String> answer) {
        String said = "%s -> %d %s".formatted(probe, answer.statusCode(), answer.body());
        String type = answer.headers().firstValue("Content-Type").orElse("");
        assertThat(answer.statusCode()).as(said).isLessThan(500);
        assertThat(type.contains("html")).as(said).isEqualTo(
                type.equals("text/html;charset=UTF-8") && probe.path().contains("/report")
                        && answer.statusCode() == 200);
        if (answer.statusCode() < 400 || probe.method().equals("HEAD")) {
            return;
        }
        assertThat(type).as(said).startsWith("application/problem+json");
        JsonNode problem = json(answer);
        assertThat(problem.get("status").asInt()).as(said).isEqualTo(answer.statusCode());
        assertThat(CODES).as(said).contains(problem.get("code").asString());
        assertThat(problem.get("requestId").asString()).as(said).isNotBlank();
        assertThat(answer.body()).as(said).doesNotContain("Exception", "dev.deeprepo", "springframework", "jdbc");
        JsonNode operation = probe.operation();
        if (operation != null && answer.statusCode() != 404 && answer.statusCode() != 405) {
            assertThat(operation.get("responses").propertyNames()).as(said)
                    .contains(String.valueOf(answer.statusCode()));
        }
    }

    private static final Set<String> CODES = Arrays.stream(ErrorCode.values()).filter(code -> code.status() > 0)
            .map(ErrorCode::code).collect(Collectors.toSet());

    private int port() {
        return service.uri("/").getPort();
    }
}
