package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.checkout.GitServer;
import dev.deeprepo.journal.OnPostgres;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two instances of the packaged service over one PostgreSQL, stopped in turn under load, and asked the same at once. */
@Isolated("measures time")
@OnPostgres
@Tag("slow")
class RollingRestartIT {

    private static final JsonMapper JSON = JsonMapper.shared();

    @TempDir
    private static Path directory;
    private static EmbeddedPostgres database;
    private static GitServer git;
    private static ScriptedProvider provider;
    private static Map<String, String> environment;
    private static final ServiceProcess[] instances = new ServiceProcess[2];

    @BeforeAll
    static void start() throws IOException {
        database = EmbeddedPostgres.builder().setOverrideWorkingDirectory(new File("target/postgres"))
                .setPGStartupWait(Duration.ofMinutes(1)).start();
        git = Fixtures.gitServer();
        provider = new ScriptedProvider(RollingRestartIT::script);
        environment = new HashMap<>(Fixtures.environment(provider));
        environment.put("SPRING_DATASOURCE_URL", database.getJdbcUrl("postgres", "postgres"));
        environment.put("SPRING_DATASOURCE_USERNAME", "postgres");
        launch(0);
        launch(1);
    }

    @AfterAll
    static void stop() throws IOException {
        for (ServiceProcess instance : instances) {
            instance.close();
        }
        provider.close();
        git.close();
        database.close();
    }

    private static void launch(int number) throws IOException {
        instances[number] = new ServiceProcess(Files.createDirectories(directory.resolve("instance" + number)),
                environment).awaitReady();
    }

    @Test
    void oneKeyIsOneAnalysisOnAllInstancesAndAfterACrash() throws Exception {
        String body = body("asked at once");
        List<Callable<HttpResponse<String>>> posts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            int instance = i % 2;
            posts.add(() -> post(instance, body, "at once"));
        }
        Set<String> ids;
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            ids = callers.invokeAll(posts).stream().map(RollingRestartIT::id).collect(Collectors.toSet());
        }
        assertThat(ids).hasSize(1);
        assertThat(post(0, body("another"), "at once").statusCode()).isEqualTo(422);
        assertThat(post(1, body("another"), "at once").statusCode()).isEqualTo(422);

        // Killed somewhere between the request and its answer: nobody knows whether it was accepted, until asking again.
        String unknown = body("asked and not answered");
        for (int pause : List.of(2, 15)) {
            Thread caller = Thread.ofVirtual().start(() -> {
                try {
                    post(0, unknown, "unanswered " + pause);
                } catch (UncheckedIOException gone) {
                    // as intended
                }
            });
            LockSupport.parkNanos(Duration.ofMillis(pause).toNanos());
            instances[0].kill();
            caller.join();
            String again = id(post(1, unknown, "unanswered " + pause));
            assertThat(id(post(1, body, "at once"))).isEqualTo(ids.iterator().next());
            launch(0);
            assertThat(id(post(0, unknown, "unanswered " + pause))).isEqualTo(again);
        }
        JsonNode all = instances[0].api().get("/analyses?limit=100").path("items");
        assertThat(all.valueStream().filter(it -> it.path("focus").asString().startsWith("asked"))).hasSize(3);
        for (JsonNode each : all) {
            instances[0].api().await(each.path("id").asString(), Duration.ofSeconds(60));
        }
    }

    @Test
    void instancesStoppedInTurnFailNothingAndBuyNothingTwice() throws Exception {
        provider.forget();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            ids.add(id(post(i % 2, body("rolling " + i), "rolling " + i)));
        }
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> provider.requests().size() > 20);
        for (int i = 0; i < 2; i++) {
            long from = System.nanoTime();
            instances[i].close();
            Duration took = Duration.ofNanos(System.nanoTime() - from);
            System.out.printf("instance %d stopped in %d ms, after %d calls%n", i, took.toMillis(),
                    provider.requests().size());
            assertThat(took).isLessThan(Duration.ofSeconds(20));
            launch(i);
        }
        int parked = 0;
        for (String id : ids) {
            JsonNode analysis = instances[0].api().await(id, Duration.ofSeconds(90));
            assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("COMPLETED");
            List<Api.StreamEvent> events = instances[1].api().events(id, 0);
            assertThat(events.stream().filter(it -> it.name().equals("model-asked"))).as("calls of %s", id)
                    .hasSize(36);
            parked += (int) events.stream().filter(it -> it.name().equals("attempt-parked")).count();
        }
        System.out.printf("%d runs were parked %d times; %d calls%n", ids.size(), parked, provider.requests().size());
        assertThat(parked).isPositive();
        assertThat(provider.requests()).hasSize(36 * ids.size());
    }

    /** Six turns of five sub-calls each. */
    private static Answer script(Request request) {
        if (request.model().startsWith("minimax/")) {
            return Answer.text("reply to " + request.lastText()).after(Duration.ofMillis(150));
        }
        int turn = request.turnsSoFar() + 1;
        String ask = "found = llm_batch([f'turn %d part {i} of ' + str(len(codebase)) for i in range(5)])\nprint(found)"
                .formatted(turn);
        return Answer.code(turn < 6 ? ask : ask + "\nset_answer('# Found\\n\\n' + '\\n'.join(found))")
                .after(Duration.ofMillis(400));
    }

    private static String body(String focus) {
        return JSON.writeValueAsString(Map.of("repository", git.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "focus", focus, "cache", false));
    }

    private static HttpResponse<String> post(int instance, String body, String key) {
        return instances[instance].api().send("POST", "/analyses", body, "Idempotency-Key", key);
    }

    private static String id(Future<HttpResponse<String>> answer) {
        return id(answer.resultNow());
    }

    private static String id(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        return JSON.readTree(answer.body()).path("id").asString();
    }
}
