package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code scripts/analyze.sh} against a service that speaks from a script. */
class AnalyzeScriptTest {

    private static final Path SCRIPT = Path.of("scripts/analyze.sh").toAbsolutePath();
    private static final String RUNNING = """
            {"id":"7f","status":"RUNNING","progress":{"turn":2,"maxTurns":20,"subCalls":5,"phase":"thinking"},
            "usage":{"root":{"costUsd":9},"total":{"calls":7,"costUsd":0.25}},"warnings":[],"error":null}""";
    private static final String COMPLETED = RUNNING.replace("RUNNING", "COMPLETED").replace("thinking", "done");
    private static final String FAILED = RUNNING.replace("RUNNING", "FAILED").replace("\"error\":null",
            "\"error\":{\"code\":\"ref-not-found\",\"detail\":\"no branch or tag \\\"nope\\\"\",\"retryable\":false}");

    private final Deque<String> requests = new ConcurrentLinkedDeque<>();
    private final Deque<String> keys = new ConcurrentLinkedDeque<>();
    private final Deque<String> states = new ArrayDeque<>();
    private final ConcurrentHashMap<String, String> answers = new ConcurrentHashMap<>();
    private HttpServer server;
    @TempDir
    private Path dir;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        answers.put("POST /analyses", "202 {\"id\":\"7f\",\"status\":\"QUEUED\"}");
        answers.put("GET /actuator/health/readiness", "200 {\"status\":\"UP\"}");
        answers.put("GET /analyses/7f/report", "200 # Shop\n\nSells \\n things.\n");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String line = exchange.getRequestMethod() + " " + exchange.getRequestURI();
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        requests.add(body.isEmpty() ? line : line + " " + body);
        keys.add(line + " " + exchange.getRequestHeaders().getFirst("Authorization"));
        String answer = line.equals("GET /analyses/7f")
                ? "200 " + (states.size() > 1 ? states.poll() : states.peek())
                : answers.getOrDefault(line, "404 {}");
        byte[] bytes = answer.substring(4).getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(Integer.parseInt(answer.substring(0, 3)), bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private record Result(int code, String out, String err) {}

    private Process start(Path script, String url, String... arguments) {
        List<String> command = new ArrayList<>(List.of("sh", script.toString()));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(dir.resolve("out").toFile())
                .redirectError(dir.resolve("err").toFile());
        builder.environment().put("DEEPREPO_URL", url);
        builder.environment().put("JAVA_HOME", dir.resolve("jdk").toString());
        builder.environment().put("DEEPREPO_DATA_DIR", dir.resolve("data").toString());
        builder.environment().put("DEEPREPO_API_KEY", "dr_secret");
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Result ended(Process process) throws Exception {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Result(process.exitValue(), Files.readString(dir.resolve("out")),
                Files.readString(dir.resolve("err")));
    }

    @Test
    void sendsItsKeyWithEveryCall() throws Exception {
        states.add(COMPLETED);
        assertThat(ended(start(SCRIPT, url(), "https://github.com/demo/shop")).code()).isZero();
        assertThat(keys.stream().filter(call -> call.contains("/analyses"))).hasSize(3)
                .allMatch(call -> call.endsWith(" Bearer dr_secret"));
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @Test
    void printsProgressThenTheReportAndSavesBoth() throws Exception {
        states.addAll(List.of(RUNNING, COMPLETED));

        Result result = ended(
                start(SCRIPT, url() + "/", "https://git.example/a/b", "-o", dir.resolve("kept").toString()));

        assertThat(result.err()).contains("RUNNING: turn 2/20, 5 sub-calls, $0.25, thinking");
        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("# Shop\n\nSells \\n things.\n");
        assertThat(dir.resolve("kept/report.md")).hasContent(result.out());
        assertThat(dir.resolve("kept/metrics.json")).hasContent(COMPLETED);
    }

    @Test
    void saysUntilWhenARunWaits() throws Exception {
        states.addAll(List.of(RUNNING.replace("\"phase\":\"thinking\"",
                "\"phase\":\"waiting\",\"waitingUntil\":\"2026-11-25T14:03:20.123456Z\""),
                COMPLETED.replace("\"phase\":\"done\"", "\"phase\":\"done\",\"waitingUntil\":null")));

        Result result = ended(start(SCRIPT, url(), "https://git.example/a/b"));

        assertThat(result.err()).contains("RUNNING: turn 2/20, 5 sub-calls, $0.25, waiting until 14:03:20 UTC\n",
                "COMPLETED: turn 2/20, 5 sub-calls, $0.25, done\n");
    }

    @Test
    void sendsEveryOptionAsProperJson() throws Exception {
        states.add(COMPLETED.replace("COMPLETED", "PARTIAL"));

        Result result = ended(start(SCRIPT, url(), "-q", "--ref", "v1", "--path", "a b", "--domain", "content",
                "--focus",
                "say \"hi\" to C:\\dir\n\tthen é", "--root-model", "sonnet", "--sub-model", "haiku", "--mode", "RLM",
                "--max-turns", "7", "--max-cost", "0.50", "--timeout", "90s", "https://git.example/a/b"));

        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
        String post = requests.stream().filter(request -> request.startsWith("POST /analyses ")).findFirst()
                .orElseThrow();
        JsonNode expected = JsonMapper.shared().readTree(
                """
                        {"repository": "https://git.example/a/b", "ref": "v1", "path": "a b",
                         "domain": "content", "focus": "say \\"hi\\" to C:\\\\dir\\n\\tthen é", "rootModel": "sonnet", "subModel": "haiku",
                         "mode": "RLM", "maxTurns": 7, "maxCostUsd": 0.50, "timeout": "PT90S"}""");
        assertThat(JsonMapper.shared().readTree(post.substring("POST /analyses ".length()))).isEqualTo(expected);
    }

    @Test
    void failsWithTheDetailOfTheProblem() throws Exception {
        states.add(FAILED);
        answers.put("GET /analyses/7f/report", "409 {\"code\":\"report-not-available\"}");

        Result failed = ended(start(SCRIPT, url(), "-q", "https://git.example/a/b"));

        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.out()).isEmpty();
        assertThat(failed.err()).isEqualTo("FAILED: no branch or tag \"nope\" (ref-not-found)\n");

        answers.put("POST /analyses", "400 {\"code\":\"repository-invalid\",\"detail\":\"only https\"}");
        Result refused = ended(start(SCRIPT, url(), "-q", "file:///etc"));

        assertThat(refused.code()).isEqualTo(1);
        assertThat(refused.err()).isEqualTo("Refused with HTTP 400: only https (repository-invalid)\n");
    }

    @Test
    void refusesWrongUsageWithoutAskingAnybody() throws Exception {
        for (String[] arguments : new String[][]{{}, {"--nope", "x"}, {"a", "b"}, {"a", "--max-turns", "1e3"},
                {"a", "-o"}}) {
            Result result = ended(start(SCRIPT, url(), arguments));
            assertThat(result.code()).isEqualTo(2);
            assertThat(result.err()).contains("Usage:");
        }
        assertThat(requests).isEmpty();
    }

    @Test
    void cancelsTheAnalysisWhenInterrupted() throws Exception {
        states.add(RUNNING);
        Process process = start(SCRIPT, url(), "https://git.example/a/b");
        await().until(() -> requests.contains("GET /analyses/7f"));

        process.destroy(); // SIGTERM; Java's children ignore SIGINT

        assertThat(ended(process).code()).isEqualTo(130);
        assertThat(requests).contains("POST /analyses/7f/cancel");
    }

    @Test
    void startsTheServiceWhenNoneAnswersAndLeavesItRunning() throws Exception {
        Path script = Files.createDirectories(dir.resolve("project/scripts")).resolve("analyze.sh");
        Files.copy(SCRIPT, script);
        Files.createFile(Files.createDirectories(dir.resolve("project/target")).resolve("service.jar"));
        Path java = Files.createDirectories(dir.resolve("jdk/bin")).resolve("java");
        Files.writeString(java, """
                #!/bin/sh
                [ "$1" = -version ] && { echo 'openjdk version "25.0.1" 2025-10-21' >&2; exit; }
                exec python3 "%s"
                """.formatted(Path.of(Objects.requireNonNull(getClass().getResource("/fake_service.py")).toURI())));
        Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }

        Result result = ended(start(script, "http://127.0.0.1:" + port, "https://git.example/a/b"));

        var pid = Pattern.compile("stop it with: kill (\\d+)").matcher(result.err());
        assertThat(pid.find()).as(result.err()).isTrue();
        ProcessHandle service = ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow();
        service.destroy();
        assertThat(result.code()).isZero();
        assertThat(result.out()).isEqualTo("# Started\n");
    }

    @Test
    void saysWhatIsMissingWhenItCannotStartTheService() throws Exception {
        Result result = ended(start(SCRIPT, "http://service.invalid", "https://git.example/a/b"));

        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).contains("no service answers at http://service.invalid");
    }
}
