package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.kagkarlsson.scheduler.Scheduler;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Fenced;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.journal.TestDatabase;
import dev.deeprepo.rlm.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import tools.jackson.databind.json.JsonMapper;

/** What the analyses and their queue promise on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class AnalysesContract {

    private static final String OWNER = "owner";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final AnalysisRequest REQUEST = JSON.readValue("""
            {"repository": "https://github.com/o/n", "mode": "RLM", "domain": "code", "focus": "what it's for \\u20ac",
             "rootModel": "sonnet", "subModel": "minimax/minimax-m2.5"}""", AnalysisRequest.class);

    private final SettableClock clock = new SettableClock();
    private Journal journal;
    private KeyedRequests requests;
    private Analyses analyses;
    private JobQueue queue;

    @AutoClose
    private final TestDatabase database;

    AnalysesContract(TestDatabase database) {
        this.database = database;
    }

    @BeforeEach
    void openAnEmptyOne() {
        database.jdbc().update("delete from scheduled_tasks");
        database.jdbc().update("delete from analysis");
        journal = database.journal(clock);
        JdbcClient jdbc = JdbcClient.create(database.jdbc());
        DataSource dataSource = new TransactionAwareDataSourceProxy(database.dataSource());
        Callbacks callbacks = new Callbacks(jdbc, dataSource, clock);
        requests = new KeyedRequests(jdbc);
        analyses = new Analyses(jdbc, database.ledger(clock), JSON, requests, callbacks, clock);
        queue = new JobQueue(analyses, callbacks, journal, Scheduler.create(dataSource).enablePriority().build(),
                database.transaction(), jdbc, JSON, clock, new JobsSettings(4, 100, Duration.ofSeconds(2)));
    }

    private AnalysisId added() {
        AnalysisId id = AnalysisId.random();
        add(id, null, "asked");
        return id;
    }

    private AnalysisId add(AnalysisId id, @Nullable String key, String asked) {
        queue.add(id, Submission.of(REQUEST), new KeyedRequest(OWNER, key, asked));
        return id;
    }

    /** In a transaction, as the proxy around the bean sees to it. */
    private StoredAnalysis claim(AnalysisId id) {
        return database.transaction().execute(_ -> analyses.claim(id)).orElseThrow();
    }

    private boolean delete(AnalysisId id) {
        return Boolean.TRUE.equals(database.transaction().execute(_ -> analyses.delete(id)));
    }

    private Status status(AnalysisId id) {
        return analyses.status(id).orElseThrow();
    }

    private long jobs() {
        return count("scheduled_tasks");
    }

    private long count(String table) {
        Long count = database.jdbc().queryForObject("select count(*) from " + table, Long.class);
        return count == null ? 0 : count;
    }

    @Test
    void anAcceptedRequestIsAnAnalysisAnEntryAndAJob() {
        AnalysisId id = added();

        StoredAnalysis stored = analyses.find(id).orElseThrow();
        assertThat(stored.request()).isEqualTo(REQUEST);
        assertThat(stored.status()).isEqualTo(Status.QUEUED);
        assertThat(stored.attempt()).isZero();
        assertThat(stored.createdAt()).isEqualTo(clock.instant());
        assertThat(journal.readAll(id)).extracting(Entry::sequence).containsExactly(1L);
        assertThat(database.jdbc().queryForList("select task_instance from scheduled_tasks", String.class))
                .containsExactly(id.toString());
    }

    @Test
    void aKeyThatWasUsedLeavesNothingBehind() {
        AnalysisId first = AnalysisId.random();
        add(first, "key", "this");

        assertThatThrownBy(() -> add(AnalysisId.random(), "key", "that")).isInstanceOf(DuplicateKeyException.class);

        assertThat(done("key", "this")).contains(first);
        assertThat(done("KEY", "this")).isEmpty();
        assertThatThrownBy(() -> done("key", "that")).isInstanceOf(Refused.class);
        assertThat(jobs()).isEqualTo(1);
        assertThat(count("journal")).isEqualTo(1);
    }

    /** What came of a request before; empty when nothing did. */
    private Optional<AnalysisId> done(String key, String asked) {
        AnalysisId none = AnalysisId.random();
        return Optional.of(requests.once(new KeyedRequest(OWNER, key, asked), () -> none))
                .filter(id -> !id.equals(none));
    }

    @Test
    void everyKeyOfAnAnalysisIsKeptForAsLongAsItIsThere() {
        AnalysisId id = add(AnalysisId.random(), "submitted", "body");
        for (String key : List.of("first", "second")) {
            assertThat(failedAndReopened(id, key)).isTrue();
            assertThat(done(key, "retry")).contains(id);
        }
        assertThat(done("first", "retry")).contains(id);
        assertThatThrownBy(() -> done("submitted", "retry")).isInstanceOf(Refused.class);

        assertThatThrownBy(() -> failedAndReopened(id, "first")).isInstanceOf(DuplicateKeyException.class);
        assertThat(status(id)).as("nothing of it was done").isEqualTo(Status.FAILED);
        assertThat(jobs()).isZero();

        assertThat(delete(id)).isTrue();
        assertThat(done("first", "retry")).isEmpty();
    }

    private boolean failedAndReopened(AnalysisId id, String key) {
        int attempt = claim(id).attempt();
        analyses.finish(id, attempt, Status.FAILED, new Analysis.Failure("run-failed", "why", true));
        database.jdbc().update("delete from scheduled_tasks");
        return queue.reopen(analyses.find(id).orElseThrow(), new Event.Reopened("FAILED", "run-failed"),
                new KeyedRequest(OWNER, key, "retry"));
    }

    @Test
    void whoIsRefusedForWhatItsTwinHasJustDoneIsAnsweredLikeIt() {
        KeyedRequest request = new KeyedRequest(OWNER, "key", "asked");
        AnalysisId id = AnalysisId.random();

        assertThat(requests.once(request, () -> {
            add(id, "key", "asked"); // another, between the look for earlier ones and the work
            throw new Refused(ErrorCode.ANALYSIS_RUNNING, "it runs already");
        })).isEqualTo(id);
    }

    @Test
    void ofManyWithOneKeyOneIsAccepted() throws Exception {
        List<Boolean> accepted = inParallel(20, () -> {
            try {
                add(AnalysisId.random(), "key", "asked");
                return true;
            } catch (DuplicateKeyException e) {
                return false;
            }
        });

        assertThat(accepted).containsOnlyOnce(true);
        assertThat(count("analysis")).isEqualTo(1);
        assertThat(jobs()).isEqualTo(1);
    }

    @Test
    void everyClaimOfManyGetsAnAttemptOfItsOwnAndOnlyTheNewestMayChangeAnything() throws Exception {
        AnalysisId id = added();
        List<Integer> attempts = inParallel(8, () -> claim(id).attempt());
        assertThat(attempts).containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, 8).boxed().toList());
        assertThat(analyses.attempts(Set.of(id, AnalysisId.random()))).isEqualTo(Map.of(id, 8));

        assertThat(analyses.checkedOut(id, 7, "old")).isFalse();
        assertThat(analyses.finish(id, 7, Status.COMPLETED, null)).isFalse();
        analyses.putBack(id, 7);
        assertThat(status(id)).isEqualTo(Status.RUNNING);
        assertThatThrownBy(() -> append(id, 7)).isInstanceOf(Fenced.class);

        assertThat(analyses.checkedOut(id, 8, "new")).isTrue();
        append(id, 8);
        assertThat(analyses.finish(id, 8, Status.FAILED, new Analysis.Failure("run-failed", "why", true))).isTrue();
        StoredAnalysis ended = analyses.find(id).orElseThrow();
        assertThat(ended.commit()).isEqualTo("new");
        assertThat(ended.ending()).isEqualTo(new Analysis.Failure("run-failed", "why", true));
        assertThat(analyses.claim(id)).isEmpty();
        assertThat(analyses.finish(id, 8, Status.COMPLETED, null)).isFalse();
    }

    private void append(AnalysisId id, int attempt) {
        try (JournalWriter writer = journal.writer(id, attempt)) {
            writer.append(new Event.TurnStarted(1));
        }
    }

    @Test
    void startedIsWhenItWasFirstClaimed() {
        AnalysisId id = added();
        clock.advance(Duration.ofSeconds(5));
        claim(id);
        Instant first = clock.instant();
        clock.advance(Duration.ofSeconds(5));
        assertThat(claim(id).startedAt()).isEqualTo(first);
    }

    @Test
    void whatWaitsIsCancelledByWhoeverTakesItAndWhatRunsIsAskedTo() {
        AnalysisId waiting = added();
        AnalysisId running = added();
        claim(running);

        assertThat(analyses.takeToCancel(running)).isFalse();
        assertThat(analyses.askCancel(waiting)).isFalse();
        assertThat(analyses.cancelAsked()).isEmpty();
        assertThat(analyses.takeToCancel(waiting)).isTrue();
        assertThat(analyses.takeToCancel(waiting)).as("a second time").isFalse();
        assertThat(analyses.askCancel(running)).isTrue();
        assertThat(analyses.cancelAsked()).isEqualTo(Set.of(waiting, running));
        assertThat(claim(waiting).cancelAsked()).isTrue();
    }

    @Test
    void pagesGoFromTheNewestBackAndByStatus() {
        List<AnalysisId> ids = new ArrayList<>();
        IntStream.range(0, 5).forEach(_ -> {
            ids.addFirst(added());
            clock.advance(Duration.ofSeconds(1));
        });
        claim(ids.get(2));

        List<StoredAnalysis> page = analyses.page(OWNER, null, Cursor.START, 3);
        assertThat(page).extracting(StoredAnalysis::id).isEqualTo(ids.subList(0, 3));
        Cursor cursor = Cursor.parse(Cursor.after(page.getLast()).toString());
        assertThat(analyses.page(OWNER, null, cursor, 3)).extracting(StoredAnalysis::id)
                .isEqualTo(ids.subList(3, 5));
        assertThat(analyses.page(OWNER, Status.RUNNING, Cursor.START, 3)).extracting(StoredAnalysis::id)
                .containsExactly(ids.get(2));
        assertThat(analyses.page("somebody else", null, Cursor.START, 3)).isEmpty();
        assertThat(analyses.count(Status.QUEUED)).isEqualTo(4);
        assertThat(analyses.unfinished()).extracting(StoredAnalysis::id).isEqualTo(ids.reversed());
    }

    @Test
    void pagesMeetEachThatWasAcceptedInOneInstantOnceThoughTheLastOfAPageIsDeleted() {
        Set<AnalysisId> all = IntStream.range(0, 6).mapToObj(_ -> added()).collect(Collectors.toSet());
        all.forEach(id -> analyses.finish(id, claim(id).attempt(), Status.CANCELLED, null));

        List<AnalysisId> met = new ArrayList<>();
        Cursor cursor = Cursor.START;
        while (met.size() < all.size()) {
            List<StoredAnalysis> page = analyses.page(OWNER, null, cursor, 2);
            assertThat(page).hasSize(2);
            page.forEach(each -> met.add(each.id()));
            cursor = Cursor.parse(Cursor.after(page.getLast()).toString());
            assertThat(analyses.delete(page.getLast().id())).isTrue();
        }
        assertThat(met).containsExactlyInAnyOrderElementsOf(all);
        assertThat(analyses.page(OWNER, null, cursor, 2)).isEmpty();
    }

    @Test
    void whatEndedIsDeletedWithAllThatBelongsToItAndWhatRunsIsNot() {
        AnalysisId id = added();
        int attempt = claim(id).attempt();
        append(id, attempt);
        assertThat(delete(id)).isFalse();
        analyses.finish(id, attempt, Status.COMPLETED, null);
        database.jdbc().update(
                "insert into reply_cache (hash, analysis_id, reply, bytes, stored_at) values (?, ?, ?, ?, ?)",
                "hash", id.value(), "reply", 5, clock.instant().atOffset(ZoneOffset.UTC));

        assertThat(delete(id)).isTrue();

        assertThat(analyses.find(id)).isEmpty();
        assertThat(journal.readAll(id)).isEmpty();
        assertThat(count("reply_cache")).isZero();
    }

    @Test
    void repositoriesAreKeptForWhatMayGoOnFromThem() {
        AnalysisId running = added();
        claim(running);
        AnalysisId deleted = ended(Status.FAILED);
        assertThat(delete(deleted)).isTrue();
        List<UUID> wanted = Stream.of(added(), running, ended(Status.COMPLETED), ended(Status.PARTIAL),
                ended(Status.FAILED)).map(AnalysisId::value).toList();
        ScriptedCheckout checkout = new ScriptedCheckout();
        checkout.kept.addAll(wanted);
        checkout.kept.addAll(List.of(ended(Status.CANCELLED).value(), deleted.value(), UUID.randomUUID()));

        new KeptCheckouts(checkout, analyses).tidy();

        assertThat(checkout.kept).containsExactlyInAnyOrderElementsOf(wanted);
    }

    private AnalysisId ended(Status status) {
        AnalysisId id = added();
        assertThat(analyses.finish(id, claim(id).attempt(), status, null)).isTrue();
        return id;
    }

    private static <T> List<T> inParallel(int times, Callable<T> part) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> results = new ArrayList<>();
            for (Future<T> each : threads.invokeAll(IntStream.range(0, times).mapToObj(_ -> part).toList())) {
                results.add(each.get());
            }
            return results;
        }
    }
}
