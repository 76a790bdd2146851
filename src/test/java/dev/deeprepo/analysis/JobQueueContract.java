package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.rlm.Domain;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;

/** Who waits where, on any database: with one worker, which one run keeps busy for as long as it is not cancelled. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JobQueueContract {

    static final int MOST = 40;
    static final String[] SETTINGS = {"deeprepo.jobs.max-concurrent=1", "deeprepo.jobs.max-queued=" + MOST};

    @AutoClose
    final TestService service;

    JobQueueContract(TestService service) {
        this.service = service;
    }

    private String busy = "";

    @BeforeEach
    void keepTheWorkerBusy() {
        service.bean(Analyses.class).unfinished()
                .forEach(left -> cancel(left.id()));
        busy = service.submit("wait");
        service.await(busy, "RUNNING");
    }

    @Test
    void takesExactlyAsManyAsMayWaitHoweverManyComeAtOnce() throws Exception {
        CountDownLatch together = new CountDownLatch(1);
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                answers.add(CompletableFuture.supplyAsync(() -> {
                    await(together);
                    return service.post("/analyses", "{\"repository\": \"https://github.com/demo/complete\"}");
                }, callers));
            }
            together.countDown();
        }

        List<Integer> statuses = answers.stream().map(answer -> answer.join().statusCode()).toList();
        assertThat(statuses).containsOnly(202, 429);
        assertThat(statuses.stream().filter(status -> status == 202)).hasSize(MOST);
        assertThat(service.bean(Analyses.class).count(Status.QUEUED)).isEqualTo(MOST);
        HttpResponse<String> refused = answers.stream().map(CompletableFuture::join)
                .filter(answer -> answer.statusCode() == 429).findFirst().orElseThrow();
        assertThat(refused.body()).contains("queue-full");
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void ownersTakeTurnsAndEachOwnersOwnStayInOrder() {
        List<AnalysisId> many = IntStream.range(0, 12).mapToObj(_ -> add("many")).toList();
        AnalysisId first = add("few");
        AnalysisId second = add("few");

        assertThat(position(many.getFirst())).isEqualTo(1);
        assertThat(position(first)).isEqualTo(2);
        assertThat(position(second)).isEqualTo(4);
        assertThat(position(many.getLast())).isEqualTo(14);

        service.post("/analyses/" + busy + "/cancel", "");
        awaitEnd(many.getLast());

        List<AnalysisId> begun = service.bean(JdbcClient.class)
                .sql("select id from analysis where owner <> '' order by started_at")
                .query((row, _) -> AnalysisId.parse(row.getString("id"))).list();
        assertThat(begun.stream().filter(many::contains)).isEqualTo(many);
        assertThat(begun.indexOf(first)).as("its turn among %s", begun).isLessThanOrEqualTo(1);
        assertThat(begun.indexOf(second)).isBetween(2, 3);
        service.bean(JdbcClient.class).sql("delete from analysis where owner <> ''").update();
    }

    @Test
    void whoWasIdleForLongHasNoMoreTurnsThanOthers() {
        add("early");
        List<AnalysisId> many = IntStream.range(0, 6).mapToObj(_ -> add("many")).toList();
        service.post("/analyses/" + busy + "/cancel", "");
        awaitEnd(many.getLast());
        keepTheWorkerBusy();

        List<AnalysisId> late = IntStream.range(0, 3).mapToObj(_ -> add("early")).toList();
        List<AnalysisId> more = IntStream.range(0, 3).mapToObj(_ -> add("many")).toList();

        assertThat(late.stream().map(this::position)).containsExactly(1, 2, 4);
        assertThat(more.stream().map(this::position)).containsExactly(3, 5, 6);
        late.forEach(this::cancel);
        more.forEach(this::cancel);
    }

    @Test
    void theEstimateIsTheTimeOfRecentRunsAndAbsentWithoutAny() {
        service.bean(JdbcClient.class).sql("delete from analysis where status <> 'RUNNING'").update();
        String first = service.submit("complete");
        String second = service.submit("complete");

        assertThat(queue(second).get("position").asInt()).isEqualTo(2);
        assertThat(queue(second).get("estimatedStart").isNull()).isTrue();

        service.post("/analyses/" + first + "/cancel", "");
        service.bean(JdbcClient.class).sql("""
                update analysis set started_at = created_at, finished_at = created_at + interval '100' second
                where id = :id""").param("id", AnalysisId.parse(first).value()).update();
        Instant before = Instant.now();
        JsonNode queue = queue(second);
        assertThat(queue.get("position").asInt()).isEqualTo(1);
        assertThat(Instant.parse(queue.get("estimatedStart").asString())).isBetween(before.plusSeconds(99),
                Instant.now().plusSeconds(101));
        JsonNode listed = TestService.json(service.get("/analyses?status=QUEUED")).at("/items/0/progress/queue");
        assertThat(listed.get("position").asInt()).isEqualTo(1);

        service.post("/analyses/" + busy + "/cancel", "");
        assertThat(service.await(second, "COMPLETED").at("/progress/queue").isNull()).isTrue();
    }

    @Test
    void oneKeyIsOneAnalysisPerOwner() throws Exception {
        String body = "{\"repository\": \"https://github.com/demo/complete\"}";
        List<Future<HttpResponse<String>>> answers = new ArrayList<>();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 50; i++) {
                answers.add(callers.submit(() -> service.post("/analyses", body, "Idempotency-Key", "one")));
            }
        }
        Set<String> ids = answers.stream().map(JobQueueContract::result).peek(
                answer -> assertThat(answer.statusCode()).isEqualTo(202))
                .map(answer -> TestService.json(answer).get("id").asString()).collect(Collectors.toSet());
        assertThat(ids).hasSize(1);
        assertThat(service.post("/analyses", body.replace("demo", "other"), "Idempotency-Key", "one").statusCode())
                .isEqualTo(422);

        AnalysisId theirs = AnalysisId.random();
        service.bean(JobQueue.class).add(theirs, Submission.of(request("complete")),
                new KeyedRequest("somebody", "one", "asked"));
        assertThat(service.analysis(theirs.toString()).get("code").asString()).isEqualTo("analysis-not-found");
        assertThat(TestService.json(service.post("/analyses", body, "Idempotency-Key", "one")).get("id").asString())
                .isEqualTo(ids.iterator().next());
        cancel(theirs);
    }

    private AnalysisId add(String owner) {
        AnalysisId id = AnalysisId.random();
        service.bean(JobQueue.class).add(id, Submission.of(request("complete")),
                new KeyedRequest(owner, null, "asked"));
        assertThat(service.bean(Journal.class).readAll(id)).isNotEmpty();
        return id;
    }

    private static AnalysisRequest request(String focus) {
        return new AnalysisRequest("https://github.com/demo/complete", null, null, Mode.RLM, Domain.CODE, focus,
                "root-model", "sub/model", null, 3, BigDecimal.ONE, 3, null, Duration.ofMinutes(1), true, null, null);
    }

    private int position(AnalysisId id) {
        StoredAnalysis stored = service.bean(Analyses.class).find(id).orElseThrow();
        return Objects.requireNonNull(service.bean(Waiting.class).of(stored, null)).position();
    }

    private JsonNode queue(String id) {
        return service.analysis(id).at("/progress/queue");
    }

    /** Of whatever owner. */
    private void cancel(AnalysisId id) {
        try {
            service.bean(Cancelling.class).cancel(service.bean(Analyses.class).find(id).orElseThrow());
        } catch (Refused e) {
            assertThat(e.code()).isEqualTo(ErrorCode.ANALYSIS_FINISHED);
        }
    }

    private void awaitEnd(AnalysisId id) {
        Awaitility.await().pollInterval(Duration.ofMillis(20))
                .until(() -> service.bean(Analyses.class).status(id).orElseThrow() == Status.COMPLETED);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
