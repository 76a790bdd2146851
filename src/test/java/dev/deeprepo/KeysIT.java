package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.checkout.GitServer;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Providers that repeat the key they were sent, in headers, errors, pages and answers: afterwards no key, and no token of
 * a repository, is in any log, file, row, answer or meter.
 */
@Tag("slow")
class KeysIT {

    private static final String ANTHROPIC = "Canary+ant/5f2a\"q\\u=7Zk~{4%41}";
    private static final String OPENROUTER = "or.canary:91c3;B|C<d>e&f'g-h";
    private static final String OPENAI = "sk-proj-canary77d0_Abcdefghijklmnop";
    private static final String TOKEN = "canary+token/93b7e0";
    private static final String ENDLESS = "What never ends? ";
    private static final Canary KEYS = new Canary(ANTHROPIC, OPENROUTER, OPENAI, TOKEN);

    private static final Map<String, AtomicInteger> ATTEMPTS = new ConcurrentHashMap<>();
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    private final List<String> answers = new ArrayList<>();

    @RegisterExtension
    static final Deployment service = Deployment.answering(KeysIT::script).with(KeysIT::settings);

    @Test
    void whatProvidersRepeatIsNowhere(@TempDir Path planted) throws Exception {
        service.git().create("guarded", Map.of("app.py", "def plan(x):\n    return x + 1\n"));
        service.git().protect("guarded", credentials -> credentials.endsWith(":" + TOKEN));
        service.git().create("chatty", Map.of("app.py", "x = 1\n"));
        service.git().protect("chatty", credentials -> credentials.endsWith(":" + TOKEN)).echo("chatty");
        service.git().protect("absent", credentials -> credentials.endsWith(":" + TOKEN)).answer("absent", 404);
        Api api = service.api();
        for (String root : List.of("sonnet", "gpt-6-sol", "minimax")) {
            for (String mode : List.of("RLM", "BASELINE")) {
                JsonNode analysis = run(api, Map.of("repository", service.url("guarded"), "rootModel", root,
                        "subModel", "minimax", "mode", mode));
                assertThat(analysis.path("status").asString()).as(() -> analysis + service.log())
                        .isEqualTo("COMPLETED");
                String report = api.get("/analyses/" + analysis.path("id").asString() + "/report", "text/markdown");
                assertThat(report).contains("The key is [key] and");
                answers.add(report);
            }
            JsonNode rejected = run(api, Map.of("repository", service.url("guarded"), "rootModel", root, "subModel",
                    "minimax", "focus", "to be rejected"));
            assertThat(rejected.path("status").asString()).isEqualTo("FAILED");
            assertThat(rejected.path("error").path("detail").asString()).contains("400: no such field: [key]");
            assertThat(cancelled(api, root).path("status").asString()).isEqualTo("CANCELLED");
            JsonNode refused = run(api, Map.of("repository", service.url("guarded"), "rootModel", root, "subModel",
                    "minimax", "focus", "to be refused"));
            assertThat(refused.path("error").path("code").asString()).isEqualTo("model-failed");
            assertThat(refused.path("error").path("detail").asString()).contains("401: no such key: [key]");
        }
        for (String repository : List.of("chatty", "absent")) {
            JsonNode unfetched = run(api, Map.of("repository", service.url(repository), "rootModel", "sonnet"));
            assertThat(unfetched.path("status").asString()).isEqualTo("FAILED");
            assertThat(unfetched.path("error").path("code").asString()).isNotEqualTo("model-failed");
        }
        assertThat(service.git().requests()).contains("POST /chatty.git/git-upload-pack");
        assertThat(service.git().authorizations()).as("what there was to find").allMatch(KEYS::in);
        collectTheRest(api);
        service.stop();
        assertThat(service.log()).contains("DEBUG o.a.h.c.h.", "instead of an answer: inside: ")
                .satisfies(log -> assertThat(log.lines().filter(KEYS::in)).isEmpty());
        assertThat(SEEN).as("all keys were sent").hasSize(3).allMatch(KEYS::in);
        assertThat(answers).noneMatch(KEYS::in);
        assertThat(Canary.dump(service.directory()).lines().filter(KEYS::in)).isEmpty();
        assertThat(KEYS.in(service.directory())).isEmpty();
        assertTheSearchFinds(planted);
    }

    /** What is planted is found, in each spelling. */
    private static void assertTheSearchFinds(Path planted) throws Exception {
        int spelling = 0;
        for (String key : List.of(ANTHROPIC, OPENROUTER, OPENAI, TOKEN)) {
            for (String text : List.of(key, key.toUpperCase(Locale.ROOT), JsonMapper.shared().writeValueAsString(key),
                    URLEncoder.encode(key, StandardCharsets.UTF_8), new StringBuilder(key).reverse().toString(),
                    Base64.getEncoder().encodeToString(("user:" + key + "!").getBytes(StandardCharsets.UTF_8)))) {
                Files.writeString(planted.resolve("planted-" + spelling++), "It is " + text + ", is it not?");
            }
        }
        Files.writeString(planted.resolve("harmless"), "canary, and a token");
        assertThat(KEYS.in(planted)).hasSize(spelling);
    }

    /** With all that the HTTP client and this service could say in their logs. */
    private static Map<String, String> settings(GitServer git) {
        return Map.of("ANTHROPIC_API_KEY", ANTHROPIC, "OPENROUTER_API_KEY", OPENROUTER, "OPENAI_API_KEY", OPENAI,
                "SPRING_APPLICATION_JSON",
                JsonMapper.shared().writeValueAsString(
                        Map.of("deeprepo.checkout.tokens[" + git.tokenHost() + "]", TOKEN)),
                "DEEPREPO_RETRY_TRANSIENT_BASE_DELAY", "1ms", "LOGGING_LEVEL_DEV_DEEPREPO", "trace",
                "LOGGING_LEVEL_ORG_APACHE_HC", "trace");
    }

    /** Fails twice at each call, in another way each time, and then answers. */
    private static Answer script(Request request) {
        String key = request.authorization().replace("Bearer ", "");
        SEEN.add(key);
        if (request.body().toString().contains("to be refused")) {
            return error(401, "no such key: " + key + ", " + request.authorization());
        }
        if (request.body().toString().contains("to be rejected")) {
            return error(400, "no such field: " + key + ", " + request.authorization());
        }
        if (request.body().toString().contains("to be cancelled")) {
            return Answer
                    .code("llm_query(%s)"
                            .formatted(JsonMapper.shared().writeValueAsString(ENDLESS + request.model() + key)))
                    .saying("The key is " + key).thinking(key);
        }
        String call = request.model() + request.body().path("messages");
        if (request.lastText().startsWith(ENDLESS)
                && ATTEMPTS.computeIfAbsent(call, _ -> new AtomicInteger()).getAndIncrement() > 0) {
            return Answer.text(key).after(Duration.ofSeconds(30));
        }
        return switch (ATTEMPTS.computeIfAbsent(call, _ -> new AtomicInteger()).incrementAndGet() % 4) {
            case 1 -> error(500, "x".repeat(280 - key.length() / 2) + key);
            case 2 -> Answer.error(request.turnsSoFar() == 0 ? 200 : 502,
                    "<html>%s %s</html>".formatted(key, "<p>".repeat(30_000)));
            case 3 -> error(200, "inside: " + JsonMapper.shared().writeValueAsString(key));
            default -> answer(request, key);
        };
    }

    private static Answer answer(Request request, String key) {
        String words = "The key is %s and in capitals %s.".formatted(key, key.toUpperCase(Locale.ROOT));
        if (!request.body().has("tools")) {
            return Answer.text("# Found\n\n" + words);
        }
        return (request.turnsSoFar() == 0
                ? Answer.code("said = llm_query(r'''What is %s?''')\nprint(said, r'''%s''')".formatted(key, key))
                : Answer.code("set_answer(said + r'''\n\nThe key is %s and that is it''')".formatted(key)))
                .saying(words).thinking(key);
    }

    private static Answer error(int status, String message) {
        return Answer.error(status,
                JsonMapper.shared().writeValueAsString(Map.of("error", Map.of("message", message))));
    }

    private JsonNode run(Api api, Map<String, Object> request) {
        String id = api.submit(request);
        answers.add(api.get("/analyses/" + id + "/events", "text/event-stream")); // while it runs
        return ended(api, id);
    }

    /** One whose sub-call has failed once and is asked again. */
    private JsonNode cancelled(Api api, String root) {
        service.provider().forget();
        String id = api.submit(Map.of("repository", service.url("guarded"), "rootModel", root, "subModel", "minimax",
                "focus", "to be cancelled", "cache", false));
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> service.provider().requests().stream()
                .filter(request -> request.lastText().startsWith(ENDLESS)).count() == 2);
        answers.add(api.send("POST", "/analyses/" + id + "/cancel", "").body());
        return ended(api, id);
    }

    private JsonNode ended(Api api, String id) {
        JsonNode analysis = api.await(id, Duration.ofSeconds(60));
        answers.add(analysis.toString());
        for (String path : List.of("/trajectory", "/events", "/report")) {
            HttpResponse<String> response = api.send("GET", "/analyses/" + id + path, "", "Accept", "*/*");
            answers.add(response.headers().map() + response.body());
        }
        return analysis;
    }

    private void collectTheRest(Api api) {
        for (String path : List.of("/analyses", "/models", "/v3/api-docs", "/actuator", "/actuator/health",
                "/actuator/info", "/actuator/metrics", "/actuator/prometheus", "/actuator/costs",
                "/actuator/retries")) {
            answers.add(api.get(path, "*/*"));
        }
        for (JsonNode name : api.get("/actuator/metrics").path("names")) {
            answers.add(api.get("/actuator/metrics/" + name.asString(), "*/*"));
        }
        for (String path : List.of("env", "configprops", "beans", "heapdump", "loggers", "httpexchanges")) {
            assertThat(api.send("GET", "/actuator/" + path, "").statusCode()).as(path).isEqualTo(404);
        }
    }
}
