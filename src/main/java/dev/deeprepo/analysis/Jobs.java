package dev.deeprepo.analysis;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.boot.config.DbSchedulerCustomizer;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.deeprepo.journal.AnalysisId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** How analyses get to workers: one db-scheduler execution each, which lives as long as its analysis is unfinished. */
@Configuration(proxyBeanMethods = false)
class Jobs {

    static final TaskDescriptor<Void> TASK = TaskDescriptor.of("analysis");

    private static final Logger log = LoggerFactory.getLogger(Jobs.class);
    private static final Duration MAX_DELAY = Duration.ofMinutes(1);

    /** The job of an analysis; of those that are due, the one with the lowest place is next. */
    static TaskInstance<Void> instance(AnalysisId id, long place) {
        return TASK.instance(id.toString()).priority(Math.toIntExact(-place)).build();
    }

    @Bean
    OneTimeTask<Void> analysisTask(AnalysisWorker worker, Runs runs, Clock clock) {
        return Tasks.oneTime(TASK).onFailure(again(clock)).onDeadExecution((dead, operations) -> {
            String id = dead.getExecution().getId();
            if (runs.instance().equals(dead.getExecution().pickedBy) && runs.isHere(AnalysisId.parse(id))) {
                // The database was away, or this process slept: nobody else took it, and the next heartbeat says so.
                log.info("analysis {}: its heartbeats were missed, and it goes on here", id);
                return;
            }
            log.warn("analysis {}: its worker is dead, another attempt begins", id);
            operations.reschedule(dead, clock.instant());
        }).execute((instance, _) -> worker.work(AnalysisId.parse(instance.getId())));
    }

    /** A parked run keeps its place, for another instance or the next start; a failed one after a growing delay. */
    private static FailureHandler<Void> again(Clock clock) {
        return (complete, operations) -> {
            if (complete.getCause().filter(Runs.Parked.class::isInstance).isPresent()) {
                operations.reschedule(complete, complete.getExecution().executionTime);
                return;
            }
            int failures = Math.min(complete.getExecution().consecutiveFailures, 10);
            Duration delay = Duration.ofSeconds(1L << failures);
            Instant next = clock.instant().plus(delay.compareTo(MAX_DELAY) > 0 ? MAX_DELAY : delay);
            log.warn("analysis {}: the attempt broke off, another begins at {}", complete.getExecution().getId(), next,
                    complete.getCause().orElse(null));
            operations.reschedule(complete, next);
        };
    }

    @Bean
    DbSchedulerCustomizer jobsOnVirtualThreads(JobsSettings settings, Runs runs) {
        return new DbSchedulerCustomizer() {
            @Override
            public Optional<ExecutorService> executorService() {
                return Optional.of(new UninterruptedPool("analysis-", settings.maxConcurrent()));
            }

            @Override
            public Optional<com.github.kagkarlsson.scheduler.SchedulerName> schedulerName() {
                return Optional.of(new com.github.kagkarlsson.scheduler.SchedulerName.Fixed(runs.instance()));
            }
        };
    }

    /** Starts the work when everything else is there, and puts it aside before anything else goes. */
    @Bean
    JobsLifecycle jobsLifecycle(Scheduler scheduler, Analyses analyses, Runs runs, EventStream events,
            TakeOver takeOver, CallbackJobs callbacks) {
        return new JobsLifecycle(scheduler, analyses, runs, events, takeOver, callbacks);
    }
}
