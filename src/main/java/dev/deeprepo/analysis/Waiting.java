package dev.deeprepo.analysis;

import dev.deeprepo.journal.Event;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** How long the queue is before an analysis, and how long it may take until it begins. */
@Component
class Waiting {

    private static final String BEFORE = """
            select count(*) from analysis
            where status = 'QUEUED' and (place < :place or place = :place and ordinal < :ordinal)""";

    /** The runs that were accepted last, of those that have ended; each gave its worker back. */
    private static final String RECENT = """
            select started_at, finished_at from analysis where started_at is not null and finished_at is not null
            order by ordinal desc limit 20""";

    private final Analyses analyses;
    private final JdbcClient jdbc;
    private final JobsSettings settings;
    private final Clock clock;

    Waiting(Analyses analyses, JdbcClient jdbc, JobsSettings settings, Clock clock) {
        this.analyses = analyses;
        this.jdbc = jdbc;
        this.settings = settings;
        this.clock = clock;
    }

    private static final String LATER = """
            select execution_time from scheduled_tasks
            where task_name = 'analysis' and task_instance = :id and execution_time > :now""";

    /** Null when it does not wait. @param parked why its newest attempt was put aside; null when it was not */
    Analysis.@Nullable Queue of(StoredAnalysis analysis, Event.@Nullable AttemptParked parked) {
        if (analysis.status() != Status.QUEUED) {
            return null;
        }
        int before = jdbc.sql(BEFORE).param("place", analysis.place()).param("ordinal", analysis.ordinal())
                .query(Integer.class).single();
        Instant start = start(before);
        Analysis.Hold held = held(analysis, parked);
        return new Analysis.Queue(before + 1,
                start == null || held == null || start.isAfter(held.until()) ? start : held.until(), held);
    }

    /** Between an attempt that broke off and the next. */
    private Analysis.@Nullable Hold held(StoredAnalysis analysis, Event.@Nullable AttemptParked parked) {
        String code = parked == null ? null : parked.code();
        return jdbc.sql(LATER).param("id", analysis.id().toString())
                .param("now", clock.instant().atOffset(ZoneOffset.UTC))
                .query(OffsetDateTime.class).optional()
                .map(until -> parked == null || code == null
                        ? new Analysis.Hold(ErrorCode.UNAVAILABLE.code(), ErrorCode.UNAVAILABLE.meaning(),
                                until.toInstant())
                        : new Analysis.Hold(code, parked.reason(), until.toInstant()))
                .orElse(null);
    }

    /**
     * While analyses wait, all workers of all instances are at work: so as many runs as there are now, but at least those
     * of this instance, take their time in turn. Null when no run has ended yet, so that nobody knows how long one takes.
     */
    private @Nullable Instant start(int before) {
        int running = analyses.count(Status.RUNNING);
        int workers = Math.max(running, settings.maxConcurrent());
        int ends = before + 1 - (workers - running);
        Instant now = clock.instant();
        if (ends <= 0) {
            return now;
        }
        List<Duration> recent = jdbc.sql(RECENT).query((row, _) -> Duration.between(
                row.getObject("started_at", OffsetDateTime.class), row.getObject("finished_at", OffsetDateTime.class)))
                .list();
        return recent.isEmpty()
                ? null
                : now.plus(recent.stream().reduce(Duration.ZERO, Duration::plus).multipliedBy(ends)
                        .dividedBy((long) recent.size() * workers));
    }
}
