package dev.deeprepo.analysis;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import dev.deeprepo.journal.AnalysisId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.stereotype.Repository;

/**
 * Whom to tell of the ends of analyses. A message is queued in the transaction that ends its analysis, so there is never
 * one without the other. Each attempt raises a number before it sends anything and may only settle what bears that number;
 * numbers begin anew with each end, so they go with the instant of that end.
 */
@Repository
class Callbacks {

    static final TaskDescriptor<Void> TASK = TaskDescriptor.of("callback");
    static final String QUEUE = "callback_task";

    private final JdbcClient jdbc;
    private final SchedulerClient queue;
    private final Clock clock;

    Callbacks(JdbcClient jdbc, DataSource dataSource, Clock clock) {
        this.jdbc = jdbc;
        this.queue = SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(dataSource)).tableName(QUEUE)
                .build();
        this.clock = clock;
    }

    /** Keeps an address until the analysis ends. */
    void register(AnalysisId id, String url) {
        jdbc.sql("insert into callback (analysis_id, url, status) values (:id, :url, 'WAITING')")
                .param("id", id.value()).param("url", url).update();
    }

    private static final String ENDED = """
            update callback
            set status = 'PENDING', attempts = 0, busy_until = null, last_error = null, delivered_at = null
            where analysis_id = :id""";

    /** Queues the message, where there is somebody to tell. In the transaction of the end. */
    void ended(AnalysisId id, Instant end) {
        if (jdbc.sql(ENDED).param("id", id.value()).update() == 1) {
            queue.scheduleIfNotExists(TASK.instance(MessageId.of(id, end).toString()).build(), clock.instant());
        }
    }

    Optional<StoredCallback> find(AnalysisId id) {
        return jdbc.sql("""
                select url, status, attempts, busy_until, last_error, delivered_at
                from callback where analysis_id = :id""").param("id", id.value()).query(Callbacks::map).optional();
    }

    private static final String OF_THIS_END = """

            and exists (select 1 from analysis where analysis.id = analysis_id and finished_at = :end)""";

    private static final String BEGIN = """
            update callback set attempts = attempts + 1, busy_until = :until
            where analysis_id = :id and status = 'PENDING' and attempts = :attempts
              and (busy_until is null or busy_until <= :now)""" + OF_THIS_END;

    /** Takes the next attempt; false when another worker has. @param attempts how many there were */
    boolean begin(AnalysisId id, Instant end, int attempts, Instant until) {
        return jdbc.sql(BEGIN).param("id", id.value()).param("end", time(end)).param("attempts", attempts)
                .param("until", time(until)).param("now", time(clock.instant())).update() == 1;
    }

    private static final String SETTLE = """
            update callback
            set status = :status, busy_until = null, last_error = :error,
                delivered_at = case when :status = 'DELIVERED' then cast(:now as timestamp with time zone) end
            where analysis_id = :id and status = 'PENDING' and attempts = :attempts""" + OF_THIS_END;

    /** Records what came of an attempt, unless a later one has begun, or the analysis was tried again, or is gone. */
    void settle(AnalysisId id, Instant end, int attempts, CallbackStatus status, @Nullable String error) {
        jdbc.sql(SETTLE).param("id", id.value()).param("end", time(end)).param("attempts", attempts)
                .param("status", status.name()).param("error", error).param("now", time(clock.instant())).update();
    }

    /** Takes the message out of the queue; one that is being sent sees for itself that its analysis is gone. */
    void drop(AnalysisId id) {
        jdbc.sql("delete from callback_task where task_instance like :name and not picked")
                .param("name", "msg_" + id + "_%")
                .update();
    }

    private static OffsetDateTime time(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    private static StoredCallback map(ResultSet row, int number) throws SQLException {
        return new StoredCallback(row.getString("url"), CallbackStatus.valueOf(row.getString("status")),
                row.getInt("attempts"), instant(row, "busy_until"), row.getString("last_error"),
                instant(row, "delivered_at"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }
}
