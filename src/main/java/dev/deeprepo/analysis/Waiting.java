package dev.deeprepo.analysis;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
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

    /** Null when it does not wait. */
    Analysis.@Nullable Queue of(StoredAnalysis analysis) {
        if (analysis.status() != Status.QUEUED) {
            return null;
        }
        int before = jdbc.sql(BEFORE).param("place", analysis.place()).param("ordinal", analysis.ordinal())
                .query(Integer.class).single();
        return new Analysis.Queue(before + 1, start(before));
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
