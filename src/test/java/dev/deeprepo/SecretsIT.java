package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.checkout.GitRepository;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A repository with secrets of every kind, read by models that ask for all there is and repeat what they are told: no
 * secret is in what the provider receives, nor in anything that the service keeps or says.
 */
@Tag("slow")
class SecretsIT {

    private static final String LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6uX9bG2kP5tV8wY1dJ4fM7qS0aC3e";
    private static final Map<String, String> SECRETS = new TreeMap<>(Map.ofEntries(
            Map.entry("env", "canary-Env-5f2a9c"), Map.entry("password", "canary-Pa55-77d0!"),
            Map.entry("jdbc", "canary-jdbc-91c3"), Map.entry("amqp", "canary-amqp-4e81"),
            Map.entry("mongo", "canary-mongo-0b7d"), Map.entry("aws", "AKIA" + "Q3EGRIQ4ZJ6YB7AB"),
            Map.entry("aws-secret", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzq8Rt5vW2u"),
            Map.entry("github", "ghp_" + LETTERS.substring(0, 36)),
            Map.entry("gitlab", "glpat-" + LETTERS.substring(1, 21)),
            Map.entry("slack", "xoxb-" + "123456789012-1234567890123-" + LETTERS.substring(2, 26)),
            Map.entry("stripe", "sk_" + "live_" + LETTERS.substring(3, 27)),
            Map.entry("openai", "sk-proj-" + LETTERS.substring(4, 52)),
            Map.entry("anthropic", "sk-ant-" + "api03-" + LETTERS.substring(5, 60)),
            Map.entry("google", "AIza" + "Sy" + LETTERS.substring(6, 39)),
            Map.entry("npm", "npm_" + LETTERS.substring(7, 43)),
            Map.entry("jwt", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + LETTERS.substring(8, 51)),
            Map.entry("key-1", "MIIEowIBAAKCAQEAx7bq0c1x2b3n4m5l6k7j8h9g0f1d2s3a4p5o6i7u8y9t0r1e"),
            Map.entry("key-2", "Q2hhbmdlZCBhdCB0aGUgbmV3ZXN0IGNvbW1pdCBhbmQgc3RpbGwgYSBzZWNyZXQh"),
            Map.entry("later", "canary-Later-3c4d!"), Map.entry("path", "ghp_" + LETTERS.substring(9, 45)),
            Map.entry("words", "CanaryOfWordsOnly"), Map.entry("pair", "canary-Pair-9b1e"),
            Map.entry("escaped", "npm_" + LETTERS.substring(10, 46)),
            Map.entry("block", "CanaryInABlock"), Map.entry("block-2", "CanaryInItsPlace"),
            Map.entry("command", "CanaryOfACommand"), Map.entry("command-2", "CanaryOfTheNext"),
            Map.entry("base64", "LS0tLS1CRUdJTi" + "BSU0EgUFJJVkFURSBLRVktLS0tLQ" + LETTERS)));
    private static final Canary CANARY = new Canary(SECRETS.values().toArray(String[]::new));

    @RegisterExtension
    static final Deployment service = Deployment.answering(SecretsIT::script)
            .with(Map.of("LOGGING_LEVEL_DEV_DEEPREPO", "trace"));

    private final List<String> answers = new ArrayList<>();

    /** Prints all, asks the sub model for all, reports all. */
    private static Answer script(Request request) {
        if (request.model().startsWith("minimax/")) {
            return Answer.text("You said: " + request.lastText());
        }
        String told = request.body().path("messages").toString();
        if (!request.body().has("tools")) {
            return Answer.text("# All that I saw\n\n" + request.lastText());
        }
        int turn = request.turnsSoFar() + 1;
        Answer answer = Answer.code(switch (turn) {
            case 1 -> """
                    print(file_tree, metadata)
                    for path, text in sorted(codebase.items()): print(path, text)
                    """;
            case 2 -> """
                    said = llm_batch([f"{path}\\n{text}" for path, text in sorted(codebase.items())])
                    print(*said)
                    for file in globals().get("changed_files", []): print(diff(file["path"]))
                    print(globals().get("earlier_report"))
                    """;
            default -> """
                    places = [f"`{path}:{n}` `{line}`" for path, text in sorted(codebase.items())
                              for n, line in enumerate(text.splitlines(), 1) if "REDACTED" in line]
                    set_answer("# All that I saw\\n\\n" + "\\n\\n".join(places) + "\\n\\n" + "\\n".join(said))
                    """;
        });
        return told.contains("until the money is gone") ? answer.tokens(40_000, 100, 0, 0) : answer;
    }

    private static Map<String, String> files() {
        Map<String, String> files = new TreeMap<>();
        files.put(".env", "TOKEN=" + SECRETS.get("env") + "\n");
        files.put(".env.example", "DB_PASSWORD=" + SECRETS.get("env") + "\n");
        files.put("Dockerfile", "FROM alpine\nCMD serve --password=" + SECRETS.get("password") + "\n");
        files.put("package.json", "{\"scripts\": {\"start\": \"serve " + SECRETS.get("github") + "\"}}\n");
        files.put("app.py", "password = \"" + SECRETS.get("password") + "\"\nkey = '" + SECRETS.get("aws")
                + "'\naws_secret_access_key = '" + SECRETS.get("aws-secret") + "'\n# " + SECRETS.get("github") + "\n");
        files.put("src/App.java", "class App {\n  String a = \"jdbc:postgresql://db/app?user=app&password="
                + SECRETS.get("jdbc") + "\";\n  String b = \"amqp://app:" + SECRETS.get("amqp")
                + "@mq:5672\";\n  String c = \"mongodb+srv://app:" + SECRETS.get("mongo") + "@c0.demo.net/app\";\n}\n");
        files.put("conf/all.yml", List.of("gitlab", "slack", "stripe", "openai", "anthropic", "google", "npm", "jwt")
                .stream().map(name -> name + ": " + SECRETS.get(name) + "\n").reduce("", String::concat));
        files.put("docs/deploy.md", "# Deploy\n\n-----BEGIN RSA PRIVATE KEY-----\n"
                + (SECRETS.get("key-1") + "\n").repeat(12) + "-----END RSA PRIVATE KEY-----\n\nThe end.\n");
        files.put("backup-" + SECRETS.get("path") + "/dump.py", "rows = 1\n");
        files.put("src/of-" + SECRETS.get("path") + ".py", "rows = 2\n");
        files.put("conf/pod.yml", "url: postgresql://app:" + SECRETS.get("words")
                + "@db/app\nenv:\n- name: DB_PASSWORD\n  value: " + SECRETS.get("pair") + "\nclient-key-data: "
                + SECRETS.get("base64") + "\n");
        files.put("conf/user.yml", "user: app\npassword: |\n  " + SECRETS.get("block") + "\n");
        files.put("publish.sh", "docker login -u app -p " + SECRETS.get("command") + " registry.demo.org\n");
        files.put("conf/log.json", "{\"said\": \"one\\n" + SECRETS.get("escaped") + "\"}\n");
        return files;
    }

    @Test
    void noSecretLeavesTheRepository() throws Exception {
        GitRepository repository = service.git().create("leaky", files());
        String first = run(Map.of("mode", "RLM"));
        run(Map.of("mode", "BASELINE"));
        run(Map.of("mode", "COMPARE", "baselineModel", "opus"));
        run(Map.of("mode", "RLM", "focus", "until the money is gone", "maxCostUsd", 0.15));
        assertThat(bodies()).as("the last call, of what was found").anyMatch(
                body -> body.contains("Someone has explored the repository"));
        follow("/analyses/" + first + "/questions", Map.of("question", "What is the password?"));
        Map<String, String> changed = new TreeMap<>();
        changed.put("docs/deploy.md", file("docs/deploy.md").replaceFirst("(?s)(BEGIN.*?\\n(?:[^\\n]*\\n){7})[^\\n]*",
                "$1" + SECRETS.get("key-2")));
        changed.put("app.py", file("app.py").replace(secret("password"), secret("later")));
        for (String name : List.of("block", "command")) { // on either side of the diff
            String path = name.equals("block") ? "conf/user.yml" : "publish.sh";
            changed.put(path, "# changed\n" + file(path).replace(secret(name), secret(name + "-2")));
        }
        changed.put("new.py", "secret_key = '" + SECRETS.get("later") + "x9'\n");
        assertThat(changed.get("docs/deploy.md")).contains(SECRETS.get("key-2"));
        repository.commit("main", changed);
        String refreshed = follow("/analyses/" + first + "/refresh", Map.of());

        List<String> bodies = bodies();
        assertThat(bodies).hasSizeGreaterThan(30).anyMatch(body -> body.contains("[REDACTED:private-key]"))
                .anyMatch(body -> body.contains("+secret_key = '[REDACTED:token]'"))
                .anyMatch(body -> body.contains("+# changed\\n docker login -u app -p [REDACTED:password]"));
        List<String> leaks = SECRETS.entrySet().stream()
                .filter(secret -> bodies.stream().anyMatch(new Canary(secret.getValue())::in)).map(Map.Entry::getKey)
                .toList();
        System.out.printf("canary secrets: %d; in %d bodies that the provider received: %d%n", SECRETS.size(),
                bodies.size(), leaks.size());
        assertThat(leaks).isEmpty();

        JsonNode report = JsonMapper.shared().readTree(
                service.api().get("/analyses/" + first + "/report", "application/json"));
        JsonNode withheld = report.path("coverage").path("withheld");
        assertThat(withheld.path("secrets").asInt()).isEqualTo(25);
        assertThat(withheld.path("files").asInt()).isEqualTo(11);
        assertThat(withheld.path("most").path(0).path("path").asString()).isEqualTo("conf/all.yml");
        assertThat(report.path("findings").findValues("holds")).hasSizeGreaterThan(10)
                .allMatch(JsonNode::asBoolean, "quotes of what models saw hold");
        assertThat(service.api().get("/analyses/" + first + "/report", "text/markdown"))
                .contains("- Secrets withheld from the models: 25 in 11 files\n",
                        "  - `docs/deploy.md`: 1 private-key");
        assertThat(service.api().get("/analyses/" + first).path("warnings").findValuesAsString("detail"))
                .anyMatch(detail -> detail.startsWith("25 secrets in 11 files were withheld from the models: "));
        assertThat(answers).noneMatch(CANARY::in);
        assertThat(service.api().get("/analyses/" + refreshed + "/report", "text/markdown"))
                .contains("docs/deploy.md:4");

        service.stop();
        assertThat(CANARY.in(service.log())).isFalse();
        assertThat(Canary.dump(service.directory())).contains("[REDACTED:github-token]")
                .satisfies(rows -> assertThat(CANARY.in(rows)).isFalse());
        assertThat(CANARY.in(service.directory())).isEmpty();
    }

    private static String file(String path) {
        return Objects.requireNonNull(files().get(path));
    }

    private static String secret(String name) {
        return Objects.requireNonNull(SECRETS.get(name));
    }

    private static List<String> bodies() {
        return service.provider().requests().stream().map(request -> request.body().toString()).toList();
    }

    private String run(Map<String, Object> request) {
        Map<String, Object> whole = new TreeMap<>(request);
        whole.putAll(Map.of("repository", service.url("leaky"), "rootModel", "sonnet", "subModel", "minimax", "cache",
                false));
        return collected(service.api().submit(whole));
    }

    private String follow(String path, Map<String, Object> body) {
        HttpResponse<String> answer = service.api().send("POST", path,
                body.isEmpty() ? "" : JsonMapper.shared().writeValueAsString(body));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return collected(JsonMapper.shared().readTree(answer.body()).path("id").asString());
    }

    /** Everything that the service says of an analysis once it has ended. */
    private String collected(String id) {
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isIn("COMPLETED", "PARTIAL");
        answers.add(analysis.toString());
        answers.add(service.api().get("/analyses/" + id + "/events", "text/event-stream"));
        answers.add(service.api().get("/analyses/" + id + "/trajectory").toString());
        answers.add(service.api().get("/analyses/" + id + "/report", "text/markdown"));
        answers.add(service.api().get("/analyses/" + id + "/report", "application/json"));
        return id;
    }
}
