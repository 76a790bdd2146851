package dev.deeprepo.analysis;

import static dev.deeprepo.analysis.TestService.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.checkout.Checkout;
import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalUnavailable;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.rlm.Domain;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

@ExtendWith(TestService.Shared.class)
class AnalysisRunsTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    /** For what needs neither settings nor a database of its own. */
    private final TestService service;

    @TempDir
    Path dataDir;

    AnalysisRunsTest(TestService service) {
        this.service = service;
    }

    @Test
    void streamsEveryEntryOnceToAReaderThatComesBack() throws Exception {
        String id = service.submit("turns 60");
        List<Long> seen = new ArrayList<>();
        List<String> names = new ArrayList<>();
        read(service, id, 0, 50, seen, names);
        read(service, id, seen.getLast(), 30, seen, names);
        read(service, id, seen.getLast(), Integer.MAX_VALUE, seen, names);

        long entries = service.bean(Journal.class).readAll(AnalysisId.parse(id)).size();
        assertThat(seen).isEqualTo(LongStream.rangeClosed(1, entries).boxed().toList());
        assertThat(names).startsWith("accepted", "attempt-started").endsWith("run-ended");
        assertThat(service.analysis(id).get("status").asString()).isEqualTo("COMPLETED");
        Awaitility.await().atMost(SOON).until(() -> service.bean(EventStream.class).readers() == 0);

        String events = "/analyses/" + id + "/events";
        assertThat(service.get(events, "Last-Event-ID", String.valueOf(entries)).statusCode()).isEqualTo(204);
        HttpResponse<String> end = service.get(events, "Last-Event-ID", String.valueOf(entries - 1));
        assertThat(end.statusCode()).isEqualTo(200);
        assertThat(end.body()).contains("event:run-ended");
    }

    @Test
    void showsUntilWhenARunWaitsToAskAModelAgain() {
        Instant before = Instant.now();
        String id = service.submit("hold");
        JsonNode progress = Awaitility.await().atMost(SOON).until(() -> service.analysis(id).get("progress"),
                now -> now.get("phase").asString().equals("waiting"));
        assertThat(Instant.parse(progress.get("waitingUntil").asString()))
                .isBetween(before.plusSeconds(300), Instant.now().plusSeconds(300));

        service.post("/analyses/" + id + "/cancel", "");
        JsonNode ended = service.await(id, "CANCELLED").get("progress");
        assertThat(ended.get("phase").asString()).isEqualTo("done");
        assertThat(ended.get("waitingUntil").isNull()).isTrue();
    }

    @Test
    void cancelsWhatRunsAndWhatWaits() {
        try (TestService service = TestService.start(dataDir, "deeprepo.jobs.max-concurrent=1",
                "deeprepo.jobs.max-queued=2")) {
            String running = service.submit("wait");
            service.await(running, "RUNNING");
            assertThat(json(service.get("/analyses/" + running + "/report")).get("code").asString())
                    .isEqualTo("report-not-ready");
            assertThat(service.get("/analyses/" + running).headers().firstValue("Retry-After")).isPresent();
            assertThat(json(service.delete("/analyses/" + running)).get("code").asString())
                    .isEqualTo("analysis-running");
            String waiting = service.submit("complete");
            String another = service.submit("complete");

            HttpResponse<String> full = service.post("/analyses", "{\"repository\": \"https://github.com/a/b\"}");
            assertThat(full.statusCode()).isEqualTo(429);
            assertThat(full.body()).contains("queue-full");
            assertThat(full.headers().firstValue("Retry-After")).isPresent();

            JsonNode cancelled = json(service.post("/analyses/" + waiting + "/cancel", ""));
            assertThat(cancelled.get("status").asString()).isEqualTo("CANCELLED");
            assertThat(json(service.get("/analyses/" + waiting + "/trajectory")).get("ended").get("status").asString())
                    .isEqualTo("CANCELLED");

            assertThat(service.post("/analyses/" + running + "/cancel", "").statusCode()).isEqualTo(202);
            service.await(running, "CANCELLED");
            assertThat(service.post("/analyses/" + running + "/cancel", "").statusCode()).isEqualTo(202);
            assertThat(service.get("/analyses/" + running + "/report").body()).contains("# So far");
            assertThat(service.await(another, "COMPLETED").get("error").isNull()).isTrue();
            assertThat(json(service.post("/analyses/" + another + "/cancel", "")).get("code").asString())
                    .isEqualTo("analysis-finished");

            assertThat(service.delete("/analyses/" + running).statusCode()).isEqualTo(204);
            assertThat(service.get("/analyses/" + running).statusCode()).isEqualTo(404);
            assertThat(service.bean(Journal.class).readAll(AnalysisId.parse(running))).isEmpty();
        }
    }

    @Test
    @Tag("slow")
    void aCancellationThatBreaksOffHalfwayIsBroughtToItsEndByAWorker() {
        try (TestService service = TestService.start(dataDir, "deeprepo.jobs.max-concurrent=1")) {
            String busy = service.submit("wait");
            service.await(busy, "RUNNING");
            String waiting = service.submit("complete");
            AnalysisId id = AnalysisId.parse(waiting);
            Analyses analyses = service.bean(Analyses.class);
            Cancelling withoutJournal = new Cancelling(analyses, new Journal() {
                @Override
                public JournalWriter writer(AnalysisId analysis, int attempt) {
                    throw new JournalUnavailable(analysis, new IllegalStateException("away"));
                }

                @Override
                public Entry begin(AnalysisId analysis, Event.Accepted accepted, List<Event> inherited) {
                    throw new JournalUnavailable(analysis, new IllegalStateException("away"));
                }

                @Override
                public Entry reopen(AnalysisId analysis, int attempt, Event.Reopened reopened) {
                    throw new JournalUnavailable(analysis, new IllegalStateException("away"));
                }

                @Override
                public List<Entry> read(AnalysisId analysis, long after, int limit) {
                    return List.of();
                }
            }, service.bean(Checkout.class), service.bean(Runs.class), service.bean(EventStream.class));

            assertThatThrownBy(() -> withoutJournal.cancel(analyses.find(id).orElseThrow()))
                    .isInstanceOf(JournalUnavailable.class);
            assertThat(analyses.status(id).orElseThrow().terminal()).isFalse();
            assertThat(service.delete("/analyses/" + waiting).statusCode()).isEqualTo(409);

            service.post("/analyses/" + busy + "/cancel", "");
            service.await(waiting, "CANCELLED");
            assertThat(service.bean(Journal.class).readAll(id).stream().map(Entry::event)
                    .filter(Event.RunEnded.class::isInstance)).hasSize(1);
        }
    }

    @Test
    @Tag("slow")
    void aDayWhoseMoneyIsSpentTakesNothingThatCosts() {
        try (TestService service = TestService.start(dataDir, "deeprepo.budget.per-day-usd=0")) {
            var refused = service.post("/analyses", "{\"repository\": \"https://github.com/demo/complete\"}");

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(json(refused).get("code").asString()).isEqualTo("day-budget-spent");
            assertThat(json(refused).get("detail").asString()).contains("T00:00:00Z");
            assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
                    .isBetween(0L, 86_400L);
        }
        try (TestService free = TestService.start(dataDir, "deeprepo.budget.per-day-usd=0",
                "deeprepo.models.prices[0].model=root-model", "deeprepo.models.prices[0].input=0",
                "deeprepo.models.prices[0].output=0", "deeprepo.models.prices[1].model=sub/model",
                "deeprepo.models.prices[1].input=0", "deeprepo.models.prices[1].output=0")) {
            free.await(free.submit("complete"), "COMPLETED");
        }
    }

    @Test
    void aResumedRunOutlivesAHostThatIsAwayForAnHour() {
        AnalysisId id = AnalysisId.random();
        AnalysisRequest request = new AnalysisRequest("https://github.com/fails/unreachable", null, null, Mode.RLM,
                Domain.CODE, null, "root/model", "sub/model", null, 3, BigDecimal.ONE, 3, null,
                Duration.ofMinutes(1), true, null, null);
        service.bean(Analyses.class).add(id, 0, Submission.of(request),
                new KeyedRequest(Caller.EVERYBODY, null, "asked"));
        service.bean(Journal.class).begin(id, new Event.Accepted(Map.of()), List.of());
        try (JournalWriter writer = service.bean(Journal.class).writer(id, 0)) {
            writer.append(new Event.CheckedOut("https://github.com/fails/unreachable", ScriptedCheckout.COMMIT, 1,
                    15, 1, Map.of(), null, null));
        }
        AnalysisWorker worker = service.bean(AnalysisWorker.class);

        for (int i = 0; i < AnalysisWorker.MAX_PARKED_ATTEMPTS; i++) {
            assertThatThrownBy(() -> worker.work(id)).isInstanceOf(CheckoutException.class);
            assertThat(service.analysis(id.toString()).get("status").asString()).isEqualTo("QUEUED");
        }
        worker.work(id);
        assertThat(service.analysis(id.toString()).get("error").get("code").asString())
                .isEqualTo("host-unreachable");
    }

    @Test
    void hearsOfACancellationThatAnotherInstanceWasAskedFor() {
        String id = service.submit("wait");
        service.await(id, "RUNNING");
        service.bean(Analyses.class).askCancel(AnalysisId.parse(id));
        service.await(id, "CANCELLED");
    }

    @Test
    void parksARunWhenItStopsAndGoesOnAfterTheNextStart() {
        String id;
        try (TestService service = TestService.start(dataDir)) {
            id = service.submit("wait");
            Awaitility.await().atMost(SOON).until(() -> service.analysis(id).get("progress").get("turn").asInt() == 1);
        }
        try (TestService service = TestService.start(dataDir)) {
            JsonNode resumed = Awaitility.await().atMost(SOON).until(() -> service.analysis(id),
                    analysis -> analysis.get("attempt").asInt() == 2);
            assertThat(resumed.get("status").asString()).isEqualTo("RUNNING");
            service.post("/analyses/" + id + "/cancel", "");
            service.await(id, "CANCELLED");
        }
    }

    @Test
    void takesOverAtStartWhatADeadProcessLeftRunning() {
        String left;
        String lost;
        try (TestService service = TestService.start(dataDir, "db-scheduler.enabled=true")) {
            left = service.submit("complete");
            lost = service.submit("complete");
            service.await(left, "COMPLETED");
            service.await(lost, "COMPLETED");
            // As kill -9 would leave them: one claimed and picked by a worker that is no more, one without any job.
            var jdbc = service.bean(org.springframework.jdbc.core.simple.JdbcClient.class);
            jdbc.sql("delete from journal where name = 'run-ended'").update();
            jdbc.sql("update analysis set status = 'RUNNING', finished_at = null").update();
            jdbc.sql("""
                    insert into scheduled_tasks (task_name, task_instance, execution_time, picked, picked_by,
                                                 last_heartbeat, version)
                    values ('analysis', :id, current_timestamp, true, 'dead', current_timestamp, 2)""")
                    .param("id", left).update();
        }
        long start = System.nanoTime();
        try (TestService service = TestService.start(dataDir)) {
            assertThat(service.await(left, "COMPLETED").get("attempt").asInt()).isEqualTo(2);
            assertThat(service.await(lost, "COMPLETED").get("attempt").asInt()).isEqualTo(2);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        }
    }

    @Test
    void givesUpOnARunThatNoAttemptGetsFurther() {
        String id = service.submit("wait");
        service.await(id, "RUNNING");
        service.post("/analyses/" + id + "/cancel", "");
        service.await(id, "CANCELLED");
        // As five crashes right after their claims would leave it.
        var jdbc = service.bean(org.springframework.jdbc.core.simple.JdbcClient.class);
        AnalysisId analysis = AnalysisId.parse(id);
        jdbc.sql("delete from journal where name = 'run-ended' and analysis_id = :id").param("id", analysis.value())
                .update();
        jdbc.sql("update analysis set status = 'RUNNING', cancel_asked = false, finished_at = null where id = :id")
                .param("id", analysis.value()).update();
        try (JournalWriter writer = service.bean(Journal.class).writer(analysis, 1)) {
            for (int i = 0; i < AnalysisWorker.MAX_STALLED_ATTEMPTS; i++) {
                writer.append(new Event.AttemptStarted(1, "crashed"));
            }
        }
        service.bean(AnalysisWorker.class).work(analysis);
        assertThat(service.analysis(id).get("status").asString()).isEqualTo("PARTIAL");
        assertThat(service.analysis(id).get("warnings").toString()).contains("ended-early", "attempts-exhausted");
        assertThat(service.get("/analyses/" + id + "/report").body()).contains("reply 1");
    }

    @Test
    @Tag("slow")
    void aDiskThatIsLowIsToldByReadinessAndByWhatIsRefused() {
        try (TestService service = TestService.start(dataDir, "deeprepo.checkout.min-free-disk=1000000GB")) {
            HttpResponse<String> refused = service.post("/analyses", "{\"repository\": \"https://github.com/a/b\"}");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(json(refused).get("code").asString()).isEqualTo("disk-low");
            assertThat(refused.headers().firstValue("Retry-After")).isPresent();
            HttpResponse<String> readiness = service.get("/actuator/health/readiness");
            assertThat(readiness.statusCode()).isEqualTo(503);
            assertThat(json(readiness).at("/components/checkoutDisk/status").asString()).isEqualTo("DOWN");
        }
    }

    @Test
    @Tag("slow")
    void anInstanceThatStopsTakesNothingMore() throws Exception {
        try (TestService service = TestService.start(dataDir, "deeprepo.jobs.max-concurrent=1")) {
            String busy = service.submit("wait");
            service.await(busy, "RUNNING");
            String waiting = service.submit("complete");
            service.bean(Runs.class).park(Duration.ZERO, SOON);

            assertThatThrownBy(() -> service.bean(AnalysisWorker.class).work(AnalysisId.parse(waiting)))
                    .isInstanceOf(Runs.Parked.class);
            assertThat(service.analysis(waiting).get("attempt").asInt()).isZero();
            assertThat(service.analysis(waiting).get("status").asString()).isEqualTo("QUEUED");
            List<Event> parked = service.bean(Journal.class).readAll(AnalysisId.parse(busy)).stream().map(Entry::event)
                    .toList();
            assertThat(parked.getLast()).isEqualTo(new Event.AttemptParked(1, "the instance stops", null));
            assertThat(service.analysis(busy).at("/progress/queue/position").asInt()).isEqualTo(1);
            assertThat(service.analysis(waiting).at("/progress/queue/position").asInt()).isEqualTo(2);
        }
    }

    @Test
    void anAttemptThatIsReplacedInItsOwnProcessLeavesTheEndToTheNewerOne() {
        String id = service.submit("wait");
        Awaitility.await().atMost(SOON).until(() -> service.analysis(id).get("progress").get("turn").asInt() == 1);
        // As the scheduler does when the process slept for longer than four heartbeats.
        Thread newer = Thread.ofVirtual().start(() -> {
            try {
                service.bean(AnalysisWorker.class).work(AnalysisId.parse(id));
            } catch (Runs.Parked e) {
                // the scheduler, which knows nothing of this thread, began it once more
            }
        });
        Awaitility.await().atMost(SOON).until(() -> service.analysis(id).get("attempt").asInt() >= 2);
        assertThat(service.analysis(id).get("status").asString()).isIn("RUNNING", "QUEUED");
        Awaitility.await().during(Duration.ofMillis(500)).atMost(SOON)
                .until(() -> !service.analysis(id).get("status").asString().equals("CANCELLED"));

        Awaitility.await().atMost(SOON).until(() -> service.analysis(id).get("status").asString(),
                "RUNNING"::equals);
        service.post("/analyses/" + id + "/cancel", "");
        service.await(id, "CANCELLED");
        Awaitility.await().atMost(SOON).until(() -> !newer.isAlive());
        assertThat(service.bean(Journal.class).readAll(AnalysisId.parse(id)).stream().map(Entry::event)
                .filter(Event.RunEnded.class::isInstance)).hasSize(1);
    }

    @Test
    @Tag("slow")
    void aRunThatAnotherInstanceHasTakenOverStopsHere() {
        try (TestService service = TestService.start(dataDir)) {
            String id = service.submit("wait");
            Awaitility.await().atMost(SOON).until(() -> service.analysis(id).get("progress").get("turn").asInt() == 1);
            int entries = service.bean(Journal.class).readAll(AnalysisId.parse(id)).size();
            // As another instance does when the heartbeats of this one were missed.
            var jdbc = service.bean(org.springframework.jdbc.core.simple.JdbcClient.class);
            jdbc.sql("update scheduled_tasks set picked_by = 'other', version = version + 1").update();
            jdbc.sql("update analysis set attempt = attempt + 1").update();

            Awaitility.await().atMost(SOON).until(() -> service.bean(Runs.class).isEmpty());

            assertThat(service.bean(Journal.class).readAll(AnalysisId.parse(id))).hasSize(entries);
            assertThat(service.analysis(id).get("status").asString()).isEqualTo("RUNNING");
        }
    }

    @Test
    @Tag("slow")
    void anAnalysisThatANewerVersionHasWrittenToHoldsUpNoOther() {
        try (TestService service = TestService.start(dataDir, "deeprepo.jobs.max-concurrent=1")) {
            String running = service.submit("wait");
            service.await(running, "RUNNING");
            String newer = service.submit("complete");
            String other = service.submit("complete");
            var jdbc = service.bean(org.springframework.jdbc.core.simple.JdbcClient.class);
            jdbc.sql("""
                    insert into journal (analysis_id, sequence, attempt, at, name, body)
                    values (:id, 2, 0, current_timestamp, 'moon-risen', '{}')""")
                    .param("id", AnalysisId.parse(newer).value()).update();
            service.post("/analyses/" + running + "/cancel", "");

            service.await(other, "COMPLETED");
            assertThat(service.analysis(newer).get("status").asString()).isIn("QUEUED", "RUNNING");
            HttpResponse<String> trajectory = service.get("/analyses/" + newer + "/trajectory");
            assertThat(trajectory.statusCode()).isEqualTo(503);
            assertThat(json(trajectory).get("detail").asString()).contains("newer version");

            jdbc.sql("delete from journal where name = 'moon-risen'").update(); // the newer version is done with it
            service.await(newer, "COMPLETED");
        }
    }

    @Test
    @Tag("slow")
    void aParkedRunWaitsAndCanBeCancelledWithWhatItHasFound() {
        String id;
        String busy;
        try (TestService service = TestService.start(dataDir)) {
            busy = service.submit("wait");
            id = service.submit("wait");
            Awaitility.await().atMost(SOON).until(() -> service.analysis(id).get("progress").get("turn").asInt() == 1);
        }
        try (TestService service = TestService.start(dataDir, "deeprepo.jobs.max-concurrent=1")) {
            service.await(busy, "RUNNING");
            assertThat(service.analysis(id).get("status").asString()).isEqualTo("QUEUED");
            assertThat(json(service.post("/analyses/" + id + "/cancel", "")).get("status").asString())
                    .isEqualTo("CANCELLED");
            assertThat(service.get("/analyses/" + id + "/report").body()).contains("reply 1");
        }
    }

    @Test
    void aKeyThatIsTakenAwayAfterThePostFailsTheAnalysisByItsName() {
        AnalysisId id = AnalysisId.random();
        AnalysisRequest request = new AnalysisRequest("https://github.com/a/b", null, null, Mode.RLM, Domain.CODE,
                null, "keyless", "sub/model", null, 3, BigDecimal.ONE, 3, null, Duration.ofMinutes(1), true, null,
                null);
        service.bean(Analyses.class).add(id, 0, Submission.of(request),
                new KeyedRequest(Caller.EVERYBODY, null, "asked"));
        service.bean(Journal.class).begin(id, new Event.Accepted(Map.of()), List.of());

        service.bean(AnalysisWorker.class).work(id);

        JsonNode error = service.analysis(id.toString()).get("error");
        assertThat(error.get("code").asString()).isEqualTo("model-key-missing");
        assertThat(error.get("detail").asString()).contains("OPENAI_API_KEY");
    }

    /** Reads up to so many events of a stream, then goes. */
    private static void read(TestService service, String id, long last, int limit, List<Long> seen, List<String> names)
            throws Exception {
        HttpRequest request = HttpRequest.newBuilder(service.uri("/analyses/" + id + "/events"))
                .header("Last-Event-ID", String.valueOf(last)).build();
        try (HttpClient client = HttpClient.newHttpClient()) {
            InputStream body = client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body();
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
                String line;
                int events = 0;
                while (events < limit && (line = lines.readLine()) != null) {
                    if (line.startsWith("id:")) {
                        seen.add(Long.parseLong(line.substring(3)));
                    } else if (line.startsWith("event:")) {
                        names.add(line.substring(6));
                    } else if (line.startsWith("data:")) {
                        events++;
                    }
                }
            }
            client.shutdownNow();
        }
    }
}
