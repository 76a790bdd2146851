package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Cable;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.OnPostgres;
import dev.deeprepo.journal.Outage;
import dev.deeprepo.journal.Postgres;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two instances of the service over one PostgreSQL: {@code first} by a way of its own, which can be cut. */
@OnPostgres
@Tag("slow")
class TwoInstancesTest {

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final Duration A_WHILE = Duration.ofSeconds(15);

    @TempDir
    private static Path directory;

    private static Postgres database;
    private static Cable cable;
    private static TestService first;
    private static TestService second;

    @BeforeAll
    static void start() {
        database = new Postgres();
        cable = new Cable(database.port());
        first = start("first", database.urlBy(cable.port()));
        second = start("second", database.url());
    }

    private static TestService start(String name, String url) {
        return TestService.start(directory.resolve(name), "spring.datasource.url=" + url,
                "spring.datasource.username=" + Postgres.USER, "deeprepo.jobs.max-concurrent=2",
                "spring.datasource.hikari.connection-timeout=1000");
    }

    @AfterAll
    static void stop() {
        second.close();
        first.close();
        cable.close();
    }

    /** No request of the next test meets a connection that was cut in the one before. */
    @AfterEach
    void replaceConnections() {
        Stream.of(first, second)
                .forEach(service -> service.bean(HikariDataSource.class).getHikariPoolMXBean().softEvictConnections());
    }

    @Test
    void workIsSpreadAndEachFollowsAndEndsWhatRunsOnTheOther() throws Exception {
        List<String> ids = IntStream.range(0, 4).mapToObj(_ -> first.submit("wait")).toList();
        ids.forEach(id -> await().atMost(SOON).until(() -> turn(first, id) == 1));

        assertThat(first.bean(Runs.class).count()).isEqualTo(2);
        assertThat(second.bean(Runs.class).count()).isEqualTo(2);
        for (String id : ids) {
            TestService other = second.bean(Runs.class).isHere(AnalysisId.parse(id)) ? first : second;
            try (EventLog log = new EventLog(other, AnalysisId.parse(id), 0)) {
                assertThat(log.await("model-replied")).isNotEmpty();
                long asked = System.nanoTime();
                assertThat(other.post("/analyses/" + id + "/cancel", "").statusCode()).isEqualTo(202);
                List<EventLog.Sent> sent = log.await("run-ended");
                assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(5));
                assertThat(sent.stream().filter(event -> event.id() != null)).extracting(EventLog.Sent::id)
                        .isEqualTo(LongStream.rangeClosed(1, entries(id).size()).boxed().toList());
            }
            assertThat(other.analysis(id).get("status").asString()).isEqualTo("CANCELLED");
        }
    }

    /** As after a stop of its process that outlasted its lease, by so much that the analysis is over. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRunEndsHereOnceItHasEndedElsewhere(boolean deleted) {
        AnalysisId id = AnalysisId.parse(first.submit("wait"));
        await().atMost(SOON).until(() -> turn(first, id.toString()) == 1);
        Runs here = (first.bean(Runs.class).isHere(id) ? first : second).bean(Runs.class);
        Analyses elsewhere = second.bean(Analyses.class);

        assertThat(elsewhere.claim(id).orElseThrow().attempt()).isEqualTo(2);
        assertThat(elsewhere.finish(id, 2, Status.COMPLETED, null)).isTrue();
        assertThat(!deleted || elsewhere.delete(id)).isTrue();

        await().atMost(SOON).until(() -> !here.isHere(id));
    }

    @Test
    void manyRetriesWithOneKeyAreOneOnWhicheverInstance() {
        String id = first.submit("fail model-failed");
        String other = first.submit("fail model-failed");
        Stream.of(id, other).forEach(each -> first.await(each, "FAILED"));
        List<CompletableFuture<HttpResponse<String>>> answers;
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            answers = IntStream.range(0, 20).mapToObj(call -> CompletableFuture.supplyAsync(
                    () -> retry(call % 2 == 0 ? first : second, id, "one"), callers)).toList();
        }

        assertThat(answers).extracting(answer -> answer.join().statusCode()).containsOnly(202);
        second.await(id, "FAILED");
        assertThat(entries(id).stream().filter(entry -> entry.event() instanceof Event.Reopened)).hasSize(1);

        await().until(() -> retry(second, id, "two").statusCode() == 202);
        first.await(id, "FAILED");
        assertThat(json(retry(first, id, "one")).get("attempt").asInt()).as("as before").isEqualTo(3);
        assertThat(json(retry(second, other, "one")).get("code").asString()).isEqualTo("idempotency-key-reused");
        assertThat(json(second.post("/analyses", "{\"repository\": \"https://github.com/a/b\"}", "Idempotency-Key",
                "two")).get("code").asString()).isEqualTo("idempotency-key-reused");
    }

    private static HttpResponse<String> retry(TestService service, String id, String key) {
        return service.post("/analyses/" + id + "/retry", "", "Idempotency-Key", key);
    }

    @Test
    void aRunWhoseDatabaseIsAwayPausesAndGoesOnByItself() {
        List<String> ids = IntStream.range(0, 4).mapToObj(_ -> second.submit("turns 200")).toList();
        ids.forEach(id -> await().atMost(SOON).until(() -> turn(second, id) > 2));
        cable.unplug();
        await().atMost(SOON).until(() -> first.get("/actuator/health/readiness").statusCode() == 503);
        assertThat(json(first.get("/analyses")).get("code").asString()).isEqualTo("unavailable");
        cable.plugIn();

        for (String id : ids) {
            assertThat(second.await(id, "COMPLETED", "FAILED", "PARTIAL").get("status").asString())
                    .isEqualTo("COMPLETED");
            assertThat(turns(id)).isEqualTo(IntStream.rangeClosed(1, 200).boxed().toList());
        }
        await().atMost(SOON).until(() -> first.get("/actuator/health/readiness").statusCode() == 200);
    }

    @Test
    void cutConnectionsCostNothingButTime() {
        List<String> ids = IntStream.range(0, 4).mapToObj(_ -> second.submit("turns 300")).toList();
        for (int burst = 0; burst < 5; burst++) {
            int least = 10 * burst;
            await().atMost(SOON).until(() -> ids.stream().anyMatch(id -> turns(id).size() > least));
            database.cutConnections();
        }

        for (String id : ids) {
            // 3.3 s at most when it was measured; a job whose pick was cut off waits for four heartbeats.
            await().atMost(A_WHILE).until(() -> second.get("/analyses/" + id).body().contains("\"finishedAt\":\""));
            assertThat(second.analysis(id).get("status").asString()).isEqualTo("COMPLETED");
            assertThat(turns(id)).isEqualTo(IntStream.rangeClosed(1, 300).boxed().toList());
        }
    }

    private static int turn(TestService service, String id) {
        return service.analysis(id).get("progress").get("turn").asInt();
    }

    /** Each of them once; none was begun again. */
    private static List<Integer> turns(String id) {
        return entries(id).stream().map(Entry::event).filter(Event.TurnStarted.class::isInstance)
                .map(event -> ((Event.TurnStarted) event).turn()).toList();
    }

    private static List<Entry> entries(String id) {
        return Outage.outlast(() -> false, () -> second.bean(Journal.class).readAll(AnalysisId.parse(id)));
    }
}
