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
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The packaged service while its PostgreSQL is shut down and started again under a run. */
@OnPostgres
@Tag("slow")
class DatabaseAwayIT {

    /** Six turns; each asks five sub-prompts. */
    private static final int CALLS = 36;

    @TempDir
    Path directory;
    private final int port = freePort();
    private final GitServer git = Fixtures.gitServer();
    private ScriptedProvider provider;
    private EmbeddedPostgres database;
    private ServiceProcess service;

    @BeforeEach
    void start() throws IOException {
        provider = new ScriptedProvider(DatabaseAwayIT::script);
        startDatabase();
        service = launch();
    }

    @AfterEach
    void stop() throws IOException {
        service.close();
        database.close();
        provider.close();
        git.close();
    }

    @Test
    void aRestartOfTheDatabaseCostsARunNothingButTime() throws IOException {
        String id = halfway();
        database.close();
        Awaitility.await("readiness to tell").atMost(Duration.ofSeconds(20))
                .until(() -> service.api().send("GET", "/actuator/health/readiness", "").statusCode() == 503);
        int asked = provider.requests().size();
        assertThat(service.api().send("GET", "/actuator/health/liveness", "").statusCode()).isEqualTo(200);
        assertThat(service.api().send("GET", "/analyses/" + id, "")).satisfies(answer -> {
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("\"retryable\":true");
        });
        assertThat(provider.requests()).as("calls bought while nothing can be recorded").hasSize(asked);

        startDatabase();

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("COMPLETED");
        assertThat(provider.requests()).hasSize(CALLS);
        assertThat(analysis.path("warnings").findValuesAsString("code")).doesNotContain("call-uncertain");
    }

    @Test
    void anInstanceThatStopsMeanwhileStopsInTimeAndTheNextOneGoesOn() throws IOException {
        String id = halfway();
        database.close();

        long from = System.nanoTime();
        service.close();

        Duration stopping = Duration.ofNanos(System.nanoTime() - from);
        System.out.printf("stopped without its database in %d ms%n", stopping.toMillis());
        assertThat(stopping).isLessThan(Duration.ofSeconds(20));
        startDatabase();
        service = launch();
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("COMPLETED");
        int repeated = provider.requests().size() - CALLS;
        assertThat(repeated).as("calls whose replies could not be recorded").isBetween(0, 5);
        assertThat(service.api().get("/analyses/" + id + "/trajectory").path("uncertain").asInt())
                .isEqualTo(repeated);
    }

    /** A run in the middle of its calls. */
    private String halfway() {
        String id = service.api().submit(Map.of("repository", git.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "cache", false));
        Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20))
                .until(() -> provider.requests().size() > CALLS / 2);
        return id;
    }

    private static Answer script(Request request) {
        if (request.model().startsWith("minimax/")) {
            return Answer.text("reply to " + request.lastText()).after(Duration.ofMillis(150));
        }
        int turn = request.turnsSoFar() + 1;
        String ask = "found = llm_batch([f'turn %d part {i}' for i in range(5)])\nprint(found)".formatted(turn);
        return Answer.code(turn < 6 ? ask : ask + "\nset_answer('# Found\\n\\n' + '\\n'.join(found))")
                .after(Duration.ofMillis(100));
    }

    private void startDatabase() throws IOException {
        database = EmbeddedPostgres.builder().setOverrideWorkingDirectory(new File("target/postgres")).setPort(port)
                .setDataDirectory(directory.resolve("database")).setCleanDataDirectory(false)
                .setPGStartupWait(Duration.ofMinutes(1)).start();
    }

    private ServiceProcess launch() {
        Map<String, String> environment = new HashMap<>(Fixtures.environment(provider));
        environment.put("SPRING_DATASOURCE_URL", database.getJdbcUrl("postgres", "postgres"));
        environment.put("SPRING_DATASOURCE_USERNAME", "postgres");
        return new ServiceProcess(directory, environment).awaitReady();
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
