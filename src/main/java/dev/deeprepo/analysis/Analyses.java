package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Ledger;
import dev.deeprepo.report.ReportFacts.Parent;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.json.JsonMapper;

/** All accepted analyses. Each change of status is one conditional statement, so that no two owners both succeed. */
@Repository
class Analyses {

    private final JdbcClient jdbc;
    private final Ledger ledger;
    private final JsonMapper json;
    private final KeyedRequests requests;
    private final Callbacks callbacks;
    private final Clock clock;

    Analyses(JdbcClient jdbc, Ledger ledger, JsonMapper json, KeyedRequests requests, Callbacks callbacks,
            Clock clock) {
        this.jdbc = jdbc;
        this.ledger = ledger;
        this.requests = requests;
        this.callbacks = callbacks;
        this.json = json;
        this.clock = clock;
    }

    private static final String ADD = """
            insert into analysis (id, owner, place, status, mode, domain, repository, request, root_model, sub_model,
                                  created_at, commit_id, parent_id, parent_relation, parent_turn)
            values (:id, :owner, :place, 'QUEUED', :mode, :domain, :repository, :request, :root, :sub, :now, :commit,
                    :parent, :relation, :turn)""";

    /**
     * @param place in the queue
     * @throws org.springframework.dao.DuplicateKeyException when the key was used before
     */
    void add(AnalysisId id, long place, Submission submission, KeyedRequest asked) {
        AnalysisRequest request = submission.request();
        Parent parent = submission.parent();
        jdbc.sql(ADD).param("id", id.value()).param("owner", asked.owner()).param("place", place)
                .param("mode", String.valueOf(request.mode()))
                .param("domain", String.valueOf(request.domain())).param("repository", request.repository())
                .param("request", json.writeValueAsString(request)).param("root", request.rootModel())
                .param("sub", request.subModel())
                .param("now", now()).param("commit", submission.commit())
                .param("parent", parent == null ? null : parent.id().value())
                .param("relation", parent == null ? null : parent.relation().name())
                .param("turn", parent == null ? null : parent.turn()).update();
        requests.keep(asked, id);
    }

    private static final String COLUMNS = """
            select id, owner, ordinal, place, status, attempt, request, commit_id, cancel_asked,
                   error_code, error_detail, error_retryable, created_at, started_at, finished_at,
                   parent_id, parent_relation, parent_turn
            from analysis\s""";

    Optional<StoredAnalysis> find(AnalysisId id) {
        return jdbc.sql(COLUMNS + "where id = :id").param("id", id.value()).query(this::map).optional();
    }

    Optional<Status> status(AnalysisId id) {
        return jdbc.sql("select status from analysis where id = :id").param("id", id.value()).query(String.class)
                .optional().map(Status::valueOf);
    }

    private static final String PAGE = COLUMNS + """
            where owner = :owner and (cast(:status as varchar) is null or status = :status)
              and (created_at < :at or created_at = :at and id < :id)
            order by created_at desc, id desc limit :limit""";

    /** Those of an owner, newest first, from where an earlier page ended. */
    List<StoredAnalysis> page(String owner, @Nullable Status status, Cursor cursor, int limit) {
        return jdbc.sql(PAGE).param("owner", owner).param("status", status == null ? null : status.name())
                .param("at", cursor.createdAt().atOffset(ZoneOffset.UTC)).param("id", cursor.id())
                .param("limit", limit).query(this::map).list();
    }

    int count(Status status) {
        return jdbc.sql("select count(*) from analysis where status = :status").param("status", status.name())
                .query(Integer.class).single();
    }

    /** Those that a worker should have, in order of acceptance. */
    List<StoredAnalysis> unfinished() {
        return jdbc.sql(COLUMNS + "where status in ('QUEUED', 'RUNNING') order by ordinal").query(this::map).list();
    }

    private static final String CLAIM = """
            update analysis set attempt = attempt + 1, status = 'RUNNING', started_at = coalesce(started_at, :now)
            where id = :id and status in ('QUEUED', 'RUNNING')""";

    /** Takes an analysis for a new attempt, which fences every earlier one; empty when there is nothing left to do. */
    @Transactional
    public Optional<StoredAnalysis> claim(AnalysisId id) {
        int rows = jdbc.sql(CLAIM).param("id", id.value()).param("now", now()).update();
        return rows == 0 ? Optional.empty() : find(id);
    }

    /** Notes the commit; false when the attempt no longer owns the analysis. */
    boolean checkedOut(AnalysisId id, int attempt, String commit) {
        return jdbc.sql("update analysis set commit_id = :commit where id = :id and attempt = :attempt")
                .param("commit", commit).param("id", id.value()).param("attempt", attempt).update() == 1;
    }

    private static final String FINISH = """
            update analysis set status = :status, finished_at = :now,
                   error_code = :code, error_detail = :detail, error_retryable = :retryable
            where id = :id and attempt = :attempt and status in ('QUEUED', 'RUNNING')""";

    /** Ends an attempt and queues what is to be told of it; false when it no longer owns the analysis. */
    @Transactional
    public boolean finish(AnalysisId id, int attempt, Status status, Analysis.@Nullable Failure ending) {
        Instant end = clock.instant().truncatedTo(ChronoUnit.MICROS); // as both databases keep it
        boolean finished = jdbc.sql(FINISH).param("status", status.name()).param("now", end.atOffset(ZoneOffset.UTC))
                .param("code", ending == null ? null : ending.code())
                .param("detail", ending == null ? null : ending.detail())
                .param("retryable", ending == null ? null : ending.retryable()).param("id", id.value())
                .param("attempt", attempt).update() == 1;
        if (finished) {
            callbacks.ended(id, end);
        }
        return finished;
    }

    /** Lets an analysis wait again whose attempt has ended before the analysis has. */
    void putBack(AnalysisId id, int attempt) {
        jdbc.sql("update analysis set status = 'QUEUED' where id = :id and attempt = :attempt and status = 'RUNNING'")
                .param("id", id.value()).param("attempt", attempt).update();
    }

    /** Lets all wait that run: for when it is certain that no worker lives. */
    void putAllBack() {
        jdbc.sql("update analysis set status = 'QUEUED' where status = 'RUNNING'").update();
    }

    /** Takes an analysis that no worker has in hand out of the queue, to end it; false when one has. */
    boolean takeToCancel(AnalysisId id) {
        return jdbc
                .sql("update analysis set status = 'RUNNING', cancel_asked = true where id = :id and status = 'QUEUED'")
                .param("id", id.value()).update() == 1;
    }

    private static final String REOPEN = """
            update analysis set status = 'QUEUED', cancel_asked = false, finished_at = null, error_code = null,
                   error_detail = null, error_retryable = null
            where id = :id and attempt = :attempt and status = :status""";

    /**
     * Lets an analysis that has ended wait again; false when it is no longer as it was.
     *
     * @throws org.springframework.dao.DuplicateKeyException when the key was used before
     */
    boolean reopen(StoredAnalysis ended, KeyedRequest asked) {
        boolean waits = jdbc.sql(REOPEN).param("id", ended.id().value()).param("attempt", ended.attempt())
                .param("status", ended.status().name()).update() == 1;
        if (waits) {
            requests.keep(asked, ended.id());
        }
        return waits;
    }

    /** Asks whoever runs it to stop. */
    boolean askCancel(AnalysisId id) {
        return jdbc.sql("update analysis set cancel_asked = true where id = :id and status = 'RUNNING'")
                .param("id", id.value()).update() == 1;
    }

    /** The newest attempts of some analyses, without those that are gone. */
    Map<AnalysisId, Integer> attempts(Set<AnalysisId> ids) {
        Map<AnalysisId, Integer> attempts = new HashMap<>();
        jdbc.sql("select id, attempt from analysis where id in (:ids)")
                .param("ids", ids.stream().map(AnalysisId::value).toList())
                .query(row -> {
                    attempts.put(id(row, 0), row.getInt("attempt"));
                });
        return attempts;
    }

    /** Those that should stop and have not yet. */
    Set<AnalysisId> cancelAsked() {
        return jdbc.sql("select id from analysis where cancel_asked and status = 'RUNNING'").query(Analyses::id).set();
    }

    /** Removes everything about an analysis that is not running, but what it cost; false when it is running, or not there. */
    @Transactional
    public boolean delete(AnalysisId id) {
        boolean there = jdbc.sql("select id from analysis where id = :id and status <> 'RUNNING' for update")
                .param("id", id.value()).query(Analyses::id).optional().isPresent();
        if (there) {
            ledger.keep(id);
            jdbc.sql("delete from analysis where id = :id").param("id", id.value()).update();
            callbacks.drop(id);
        }
        return there;
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }

    private StoredAnalysis map(ResultSet row, int number) throws SQLException {
        String code = row.getString("error_code");
        return new StoredAnalysis(id(row, number), row.getString("owner"), row.getLong("ordinal"), row.getLong("place"),
                Status.valueOf(row.getString("status")), row.getInt("attempt"),
                json.readValue(row.getString("request"), AnalysisRequest.class), row.getString("commit_id"),
                row.getBoolean("cancel_asked"),
                code == null
                        ? null
                        : new Analysis.Failure(code, String.valueOf(row.getString("error_detail")),
                                row.getBoolean("error_retryable")),
                parent(row), instant(row, "created_at"), nullableInstant(row, "started_at"),
                nullableInstant(row, "finished_at"));
    }

    private static @Nullable Parent parent(ResultSet row) throws SQLException {
        UUID id = row.getObject("parent_id", UUID.class);
        return id == null
                ? null
                : new Parent(new AnalysisId(id), Parent.Relation.valueOf(row.getString("parent_relation")),
                        row.getObject("parent_turn", Integer.class));
    }

    private static AnalysisId id(ResultSet row, int number) throws SQLException {
        return new AnalysisId(row.getObject("id", UUID.class));
    }

    private static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static @Nullable Instant nullableInstant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
