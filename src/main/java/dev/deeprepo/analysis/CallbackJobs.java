package dev.deeprepo.analysis;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.helper.CustomTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.deeprepo.webhook.WebhookSettings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.stereotype.Component;

/** How messages get sent: one db-scheduler execution each, with threads of their own, for runs keep theirs for minutes. */
@Component
class CallbackJobs implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(CallbackJobs.class);

    private static final int AT_ONCE = 16;
    private static final Duration LONGEST_POLL = Duration.ofSeconds(1);
    private static final Duration AFTER_A_FAULT = Duration.ofSeconds(10);
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    private final CallbackDelivery delivery;
    private final Clock clock;
    private final Scheduler scheduler;

    CallbackJobs(CallbackDelivery delivery, DataSource dataSource, JobsSettings settings, WebhookSettings webhook,
            Runs runs, Clock clock) {
        Duration poll = webhook.baseDelay().compareTo(LONGEST_POLL) < 0 ? webhook.baseDelay() : LONGEST_POLL;
        this.delivery = delivery;
        this.clock = clock;
        this.scheduler = Scheduler.create(new TransactionAwareDataSourceProxy(dataSource), task())
                .tableName(Callbacks.QUEUE).threads(AT_ONCE)
                .executorService(new UninterruptedPool("callback-", AT_ONCE))
                .pollingInterval(poll).heartbeatInterval(settings.heartbeat()).missedHeartbeatsLimit(4)
                .schedulerName(new SchedulerName.Fixed(runs.instance())).shutdownMaxWait(PATIENCE).build();
    }

    private CustomTask<Void> task() {
        return Tasks.custom(Callbacks.TASK).onFailure(this::again)
                .onDeadExecution((dead, operations) -> operations.reschedule(dead, clock.instant()))
                .execute((instance, _) -> next(delivery.deliver(MessageId.parse(instance.getId()))));
    }

    private static CompletionHandler<Void> next(@Nullable Instant next) {
        return (complete, operations) -> {
            if (next == null) {
                operations.remove();
            } else {
                operations.reschedule(complete, next);
            }
        };
    }

    /** Not the receiver's fault: the database may be away. */
    private void again(ExecutionComplete complete, ExecutionOperations<Void> operations) {
        Instant next = clock.instant().plus(AFTER_A_FAULT);
        log.warn("{} broke off, another attempt begins at {}", complete.getExecution().getId(),
                next, complete.getCause().orElse(null));
        operations.reschedule(complete, next);
    }

    void start() {
        scheduler.start();
    }

    /** Begins nothing more. */
    void pause() {
        scheduler.pause();
    }

    @Override
    public void close() {
        scheduler.stop();
    }
}
