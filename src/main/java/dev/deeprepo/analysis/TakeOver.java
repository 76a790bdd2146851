package dev.deeprepo.analysis;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Takes over what an earlier process left behind, at once, without waiting for its heartbeats to be missed. Only on H2,
 * whose file lock proves that no other process lives.
 */
@Component
class TakeOver {

    private static final Logger log = LoggerFactory.getLogger(TakeOver.class);

    private static final String RELEASE = """
            update %s
            set picked = false, picked_by = null, last_heartbeat = null, version = version + 1
            where task_name = :task and picked = true""";

    private final DataSource dataSource;
    private final JdbcClient jdbc;
    private final Scheduler scheduler;
    private final Analyses analyses;
    private final Clock clock;

    TakeOver(DataSource dataSource, JdbcClient jdbc, Scheduler scheduler, Analyses analyses, Clock clock) {
        this.dataSource = dataSource;
        this.jdbc = jdbc;
        this.scheduler = scheduler;
        this.analyses = analyses;
        this.clock = clock;
    }

    /** Puts all unfinished analyses back into the queue. Before any worker starts. */
    void run() {
        if (!soleOwner()) {
            return;
        }
        analyses.putAllBack();
        release(Callbacks.QUEUE, Callbacks.TASK);
        int released = release("scheduled_tasks", Jobs.TASK);
        if (released > 0) {
            log.info("{} analyses were running when the service stopped; they go on now", released);
        }
        analyses.unfinished().forEach(analysis -> scheduler
                .scheduleIfNotExists(Jobs.instance(analysis.id(), analysis.place()), clock.instant()));
    }

    private int release(String queue, TaskDescriptor<Void> task) {
        return jdbc.sql(RELEASE.formatted(queue)).param("task", task.getTaskName()).update();
    }

    private boolean soleOwner() {
        try (Connection connection = dataSource.getConnection()) {
            return connection.getMetaData().getDatabaseProductName().equals("H2");
        } catch (SQLException e) {
            throw new IllegalStateException("the database does not say what it is", e);
        }
    }
}
