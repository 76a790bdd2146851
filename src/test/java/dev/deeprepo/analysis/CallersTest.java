package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.webhook.Receiver;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.handler.AbstractHandlerMapping;
import org.springframework.web.servlet.handler.AbstractUrlHandlerMapping;
import org.springframework.web.servlet.mvc.method.RequestMappingInfo;
import org.springframework.web.servlet.mvc.method.RequestMappingInfoHandlerMapping;
import tools.jackson.databind.JsonNode;

/** A service that others can reach: who may call it, and what each sees. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CallersTest {

    private static final int PER_MINUTE = 300;
    private static final int UNKEYED = 600;
    private static final String ALICE = "dr_alice";
    private static final String BOB = "dr_bob";
    private static final String REPOSITORY = "{\"repository\": \"https://github.com/demo/complete\"}";

    @AutoClose
    private final TestService service;

    CallersTest(@TempDir Path dataDir) throws Exception {
        service = TestService.start(dataDir, "server.address=0.0.0.0",
                "deeprepo.security.api-keys.alice=" + hash(ALICE),
                "deeprepo.security.api-keys.bob=" + hash(BOB), "deeprepo.security.api-keys.eve=" + hash("dr_eve"),
                "deeprepo.security.operators=alice", "deeprepo.security.requests-per-minute=" + PER_MINUTE,
                "deeprepo.security.unkeyed-requests-per-minute=" + UNKEYED,
                "deeprepo.security.per-day-usd=0.05", "deeprepo.webhook.secret=" + Receiver.SECRET,
                "deeprepo.webhook.allowed-schemes=http", "deeprepo.webhook.allow-private-addresses=true");
    }

    private record Route(String method, String pattern) {

        /** With this id where one belongs, and something that exists elsewhere. */
        String path(String id) {
            return pattern.replaceAll("\\{(id|analysisId)}", id).replace("/**", "/index.html")
                    .replaceAll("\\{\\*?[a-zA-Z]+}", "jvm.memory.used");
        }
    }

    /** Everything that any handler says it serves: ours, the actuator's, Swagger's, static files. */
    private Set<Route> routes() {
        Set<Route> routes = new HashSet<>();
        for (AbstractHandlerMapping mapping : service.beans(AbstractHandlerMapping.class)) {
            if (mapping instanceof RequestMappingInfoHandlerMapping methods) {
                methods.getHandlerMethods().keySet().forEach(info -> routes.addAll(routes(info)));
            } else if (mapping instanceof AbstractUrlHandlerMapping urls) {
                urls.getHandlerMap().keySet().forEach(pattern -> routes.add(new Route("GET", pattern)));
            }
        }
        return routes;
    }

    private static List<Route> routes(RequestMappingInfo info) {
        Set<RequestMethod> methods = info.getMethodsCondition().getMethods();
        List<String> names = methods.isEmpty()
                ? List.of("GET", "POST")
                : methods.stream().map(RequestMethod::name).toList();
        return info.getPatternValues().stream()
                .flatMap(pattern -> names.stream().map(method -> new Route(method, pattern))).toList();
    }

    @Test
    void withoutAKeyOnlyHealthAnswersAndSaysNoMoreThanUpOrDown() throws Exception {
        Set<Route> routes = routes();
        Set<String> open = new TreeSet<>();
        String base = "http://" + address() + ":" + service.uri("/").getPort();
        for (Route route : routes) {
            for (String authorization : List.of("", "Bearer dr_nobody", "Bearer " + hash(ALICE),
                    "Basic YWxpY2U6ZHJfYWxpY2U=")) {
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + route.path(id())))
                        .method(route.method(), BodyPublishers.noBody());
                HttpResponse<String> answer = service
                        .send(authorization.isEmpty() ? request : request.header("Authorization", authorization));
                if (route.pattern().startsWith("/actuator/health")) {
                    open.add(route.pattern());
                    assertThat(answer.body()).as("%s", route).doesNotContain("components", "details", "git");
                    continue;
                }
                assertThat(answer.statusCode()).as("%s with '%s': %s", route, authorization, answer.body())
                        .isEqualTo(401);
                assertThat(answer.headers().firstValue("WWW-Authenticate")).contains("Bearer");
                assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
                assertThat(json(answer).get("code").asString()).isEqualTo("unauthorized");
            }
        }
        assertThat(open).containsExactly("/actuator/health", "/actuator/health/**");
        assertThat(routes).extracting(Route::pattern).contains("/analyses", "/analyses/{id}/report", "/models",
                "/actuator", "/actuator/prometheus", "/actuator/costs", "/v3/api-docs", "/swagger-ui.html", "/**")
                .hasSizeGreaterThan(25);
        assertThat(json(service.get("/actuator/health/liveness")).propertyNames()).containsExactly("status");
        assertThat(service.get("/actuator/health/db").statusCode()).isEqualTo(404);
        assertThat(service.get("/nothing").statusCode()).as("an address that does not exist").isEqualTo(401);
        System.out.printf("%d routes from %s: all but health answer 401%n", routes.size(), base);
    }

    @Test
    void anothersAnalysisIsAsUnknownAsOneThatDoesNotExist() {
        String hers = submit(ALICE);
        String his = submit(BOB);
        await(ALICE, hers);
        List<Route> byId = routes().stream().filter(route -> route.pattern().contains("{id}")).toList();
        assertThat(byId).hasSizeGreaterThanOrEqualTo(6);
        for (Route route : byId) {
            String unknown = id();
            HttpResponse<String> anothers = send(BOB, route.method(), route.path(hers));
            HttpResponse<String> nobodys = send(BOB, route.method(), route.path(unknown));
            assertThat(anothers.statusCode()).as("%s", route).isEqualTo(404);
            assertThat(json(anothers).get("code").asString()).isEqualTo("analysis-not-found");
            assertThat(plain(anothers, hers)).isEqualTo(plain(nobodys, unknown));
        }
        assertThat(send(ALICE, "GET", "/analyses/" + hers).statusCode()).as("it is still there").isEqualTo(200);
        assertThat(ids(ALICE)).contains(hers).doesNotContain(his);
        assertThat(ids(BOB)).contains(his).doesNotContain(hers);
    }

    private static String plain(HttpResponse<String> problem, String id) {
        return problem.body().replace(id, "ID").replaceAll("\"requestId\":\"[^\"]*\"", "");
    }

    @Test
    void oneIdempotencyKeyIsEachOwnersOwn() {
        String hers = json(submit(ALICE, REPOSITORY, "same")).get("id").asString();
        HttpResponse<String> his = submit(BOB, REPOSITORY.replace("complete", "other"), "same");
        assertThat(his.statusCode()).isEqualTo(202);
        assertThat(json(his).get("id").asString()).isNotEqualTo(hers);
        assertThat(json(submit(ALICE, REPOSITORY, "same")).get("id").asString()).isEqualTo(hers);
    }

    /** Whoever sends the message is no caller, and sees the report all the same. */
    @Test
    void theReceiverOfACallerIsToldOfItsReport() {
        try (Receiver receiver = new Receiver((_, _) -> 204)) {
            String body = REPOSITORY.replace("}", ", \"callbackUrl\": \"" + receiver.url("/alice") + "\"}");
            String id = json(submit(ALICE, body, id())).get("id").asString();
            org.awaitility.Awaitility.await().until(() -> !receiver.calls("/alice").isEmpty());

            assertThat(receiver.calls("/alice")).singleElement().satisfies(call -> {
                Receiver.assertSigned(call);
                assertThat(call.json().get("data").get("report").asString()).isEqualTo("/analyses/" + id + "/report");
            });
            await(ALICE, id);
        }
    }

    @Test
    void onlyAnOperatorReadsTheMetersAndTheSumsOverEverybody() {
        for (String path : List.of("/actuator", "/actuator/prometheus", "/actuator/costs", "/actuator/retries",
                "/actuator/metrics", "/actuator/info")) {
            assertThat(send(ALICE, "GET", path).statusCode()).as(path).isEqualTo(200);
            HttpResponse<String> refused = send(BOB, "GET", path);
            assertThat(refused.statusCode()).as(path).isEqualTo(403);
            assertThat(json(refused).get("code").asString()).isEqualTo("forbidden");
        }
        assertThat(send(ALICE, "GET", "/actuator/health").body()).contains("components");
        assertThat(send(BOB, "GET", "/actuator/health").body()).doesNotContain("components");
        assertThat(send(BOB, "GET", "/v3/api-docs").statusCode()).isEqualTo(200);
    }

    @Test
    void aKeyHasSoManyRequestsAMinute() {
        HttpResponse<String> answer = send("dr_eve", "GET", "/models");
        int taken = 0;
        while (answer.statusCode() == 200 && taken <= 2 * PER_MINUTE) {
            taken++;
            answer = send("dr_eve", "GET", "/models");
        }
        assertThat(taken).isBetween(PER_MINUTE, 2 * PER_MINUTE - 1); // some came back meanwhile
        assertThat(answer.statusCode()).isEqualTo(429);
        assertThat(json(answer).get("code").asString()).isEqualTo("too-many-requests");
        assertThat(json(answer).get("retryable").asBoolean()).isTrue();
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
        assertThat(send(ALICE, "GET", "/models").statusCode()).as("who asks less").isEqualTo(200);
    }

    @Test
    void whoHasNoKeyHasSoManyRequestsAMinuteFromOneAddress() {
        TestService.assertPaced(service, "127.0.0.7", UNKEYED, 401);
        try (HttpClient same = TestService.callerAt("127.0.0.7")) {
            assertThat(TestService.send(same, HttpRequest.newBuilder(service.uri("/models")).header("Authorization",
                    "Bearer " + ALICE)).statusCode()).as("a key counts for itself").isEqualTo(200);
        }
    }

    @Test
    void aCursorIsMadeOfWhatItsOwnerSees() {
        submit(ALICE);
        submit(BOB);
        submit(ALICE);
        JsonNode page = json(send(ALICE, "GET", "/analyses?limit=1"));
        JsonNode last = page.get("items").get(0);
        assertThat(page.get("nextCursor").asString()).isEqualTo(new Cursor(
                Instant.parse(last.get("createdAt").asString()), UUID.fromString(last.get("id").asString()))
                .toString());
    }

    /** The scripted run costs a cent. */
    @Test
    void whatOneCallerMaySpendInADayIsItsOwn() {
        service.bean(org.springframework.jdbc.core.simple.JdbcClient.class).sql("""
                insert into deleted_call (owner, at, name, role, model, cost_usd)
                values ('eve2', current_timestamp, 'model-replied', 'ROOT', 'root-model', 0.05)""").update();
        assertThat(service.bean(dev.deeprepo.usage.DayBudgets.class).of("eve2").left())
                .isEqualTo(dev.deeprepo.usage.Cost.ZERO);
        AnalysisRequest request = service.bean(Analyses.class)
                .find(AnalysisId.parse(submit(BOB))).orElseThrow().request();
        Throwable refused = catchThrowable(
                () -> service.bean(Capacity.class).refuseWhatItCannotTake("eve2", request));
        assertThat(((Refused) refused).code()).isEqualTo(ErrorCode.DAY_BUDGET_SPENT);
        service.bean(Capacity.class).refuseWhatItCannotTake("bob", request);
    }

    @Test
    void withoutKeysItDoesNotStart(@TempDir Path other) {
        assertThat(catchThrowable(() -> TestService.start(other, "server.address=0.0.0.0").close()))
                .hasStackTraceContaining("The service would listen on 0.0.0.0, and there are no API keys");
    }

    private static String id() {
        return UUID.randomUUID().toString();
    }

    private String submit(String key) {
        return json(submit(key, REPOSITORY, id())).get("id").asString();
    }

    private HttpResponse<String> submit(String key, String body, String idempotencyKey) {
        return service.post("/analyses", body, "Authorization", "Bearer " + key, "Idempotency-Key", idempotencyKey);
    }

    private HttpResponse<String> send(String key, String method, String path) {
        String body = path.endsWith("/fork")
                ? "{\"fromTurn\": 1}"
                : path.endsWith("/questions") ? "{\"question\": \"why\"}" : "";
        return service.send(HttpRequest.newBuilder(service.uri(path)).method(method, BodyPublishers.ofString(body))
                .header("Content-Type", "application/json").header("Authorization", "bearer  " + key));
    }

    private void await(String key, String id) {
        org.awaitility.Awaitility.await().until(
                () -> json(send(key, "GET", "/analyses/" + id)).get("status").asString(),
                "COMPLETED"::equals);
    }

    private List<String> ids(String key) {
        List<String> ids = new ArrayList<>();
        for (JsonNode item : json(send(key, "GET", "/analyses?limit=100")).get("items")) {
            ids.add(item.get("id").asString());
        }
        return ids;
    }

    /** One of this machine's that others could reach; the loopback address where it has none. */
    private static String address() throws SocketException {
        return NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                .filter(java.net.Inet4Address.class::isInstance).filter(address -> !address.isLoopbackAddress())
                .findFirst().orElse(InetAddress.getLoopbackAddress()).getHostAddress();
    }

    private static String hash(String key) throws Exception {
        return HexFormat.of().formatHex(
                MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    }
}
