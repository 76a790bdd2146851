package dev.deeprepo.journal;

import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;

/**
 * The ledger in a relational database: sums over the typed columns, so that no sum reads a body.
 *
 * <p>Progress is asked for again and again while a run goes on. Nothing in a journal ever changes, and entries become
 * visible in the order of their sequence: so what was summed up to one stays right, and only what came after is read.
 */
@Component
class JdbcLedger implements Ledger {

    private static final String SUMS = """
            coalesce(sum(calls), 0) as calls, coalesce(sum(cache_hits), 0) as cache_hits,
            coalesce(sum(input_tokens), 0) as input_tokens, coalesce(sum(output_tokens), 0) as output_tokens,
            coalesce(sum(cache_read_tokens), 0) as cache_read_tokens,
            coalesce(sum(cache_write_tokens), 0) as cache_write_tokens, coalesce(sum(cost_usd), 0) as cost_usd,
            count(case when name = 'attempt-failed' then 1 end) as failed_attempts,
            count(delay_millis) as retries, coalesce(sum(delay_millis), 0) as wait_millis
            """;

    /** One scan for everything: the entries without a role are a group too. */
    private static final String PROGRESS = "select role, max(turn) as turn, max(sequence) as last, " + SUMS + """
            , max(case when name <> 'warned' then sequence end) as newest
            , count(case when name = 'kernel-restarted' then 1 end) as kernel_restarts
            , coalesce(sum(reserved_usd), 0) as reserved_usd
            from journal where analysis_id = ? and sequence > ? group by role
            """;

    private static final String NEWEST = """
            select name, role, at, delay_millis, case when name in ('call-held', 'attempt-parked') then body end as held
            from journal where analysis_id = ? and sequence = ?
            """;

    private static final String WARNINGS = """
            select name, body from journal where analysis_id = ? and name in ('warned', 'model-fell-back')
            and sequence > ? and sequence <= ? order by sequence
            """;

    private static final String CHOSEN = "select body from journal where analysis_id = ? and name = 'mode-chosen'";

    /** The day as days since 1970: casting to a date would use the session's time zone in one database of the two. */
    private static final String DAY = "floor(extract(epoch from at) / 86400)";

    private static final String OF_A_CALL = """
            at, name, role, model, calls, cache_hits, input_tokens, output_tokens, cache_read_tokens,
            cache_write_tokens, cost_usd, reason, delay_millis
            """;

    private static final String OF_ONE = "journal where name in ('model-replied', 'attempt-failed') and attempt > 0"
            + " and analysis_id = ?";

    private static final String OF_ALL = "(select " + OF_A_CALL + """
            from journal where name in ('model-replied', 'attempt-failed') and attempt > 0 union all
            select""" + ' ' + OF_A_CALL + " from deleted_call) as every_call";

    private static final String LINES = "select " + DAY + " as epoch_day, role, model, " + SUMS + """
             from %s group by 1, role, model order by 1, role, model
            """;

    private static final String FAILURES = "select role, model, reason, " + SUMS + " from " + OF_ALL + """
             where name = 'attempt-failed' group by role, model, reason order by role, model, reason
            """;

    private static final String KEEP = "insert into deleted_call (owner, " + OF_A_CALL
            + ") select (select owner from analysis where id = analysis_id), " + OF_A_CALL + " from " + OF_ONE;

    /** Runs whose sums are remembered, those asked for last. */
    private static final int REMEMBERED = 1_000;

    /** A wait that a reader should not take for a run that hangs. */
    private static final Duration LONG_WAIT = Duration.ofMinutes(1);

    private record Phase(String name, @Nullable Instant waitingUntil, Event.@Nullable AttemptParked parked) {}

    /** One role's part of some entries, or that of those without a role. */
    private record Share(@Nullable Role role, int turn, Account account, int retries, int kernelRestarts,
            BigDecimal reserved, long newest, long last) {}

    /**
     * What the entries up to {@code last} come to.
     *
     * @param newest the newest entry that is no warning
     */
    private record Sums(int turn, Map<Role, Account> accounts, int retries, int kernelRestarts, BigDecimal reserved,
            long newest, long last, List<Event.Warned> warnings) {

        private static final Sums NONE = new Sums(0, Map.of(), 0, 0, BigDecimal.ZERO, 0, 0, List.of());

        private Sums plus(Share share) {
            Map<Role, Account> all = new EnumMap<>(Role.class);
            all.putAll(accounts);
            if (share.role != null && !share.account.equals(Account.EMPTY)) {
                all.merge(share.role, share.account, Account::plus);
            }
            return new Sums(Math.max(turn, share.turn), Map.copyOf(all), retries + share.retries,
                    kernelRestarts + share.kernelRestarts, reserved.add(share.reserved), Math.max(newest, share.newest),
                    Math.max(last, share.last),
                    warnings);
        }

        private Sums plus(List<Event.Warned> more) {
            return new Sums(turn, accounts, retries, kernelRestarts, reserved, newest, last,
                    Stream.concat(warnings.stream(), more.stream()).toList());
        }
    }

    private final JdbcTemplate jdbc;
    private final JdbcSpent spent;
    private final Clock clock;
    private final Map<AnalysisId, Sums> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<AnalysisId, Sums> eldest) {
            return size() > REMEMBERED;
        }
    };

    JdbcLedger(JdbcTemplate jdbc, Clock clock) {
        this.jdbc = jdbc;
        this.spent = new JdbcSpent(jdbc);
        this.clock = clock;
    }

    @Override
    public Progress progress(AnalysisId id) {
        Sums sums = sums(id);
        Account sub = sums.accounts.getOrDefault(Role.SUB, Account.EMPTY);
        Phase phase = phase(id, sums.newest);
        return new Progress(sums.turn, sub.calls() + sub.cacheHits(), sums.retries, sums.kernelRestarts,
                new Cost(sums.reserved.max(BigDecimal.ZERO)), phase.name, phase.waitingUntil, phase.parked,
                sums.accounts);
    }

    private Sums sums(AnalysisId id) {
        Sums before;
        synchronized (remembered) {
            before = remembered.getOrDefault(id, Sums.NONE);
        }
        Sums sums = before;
        for (Share share : jdbc.query(PROGRESS, (row, _) -> share(row), id.value(), before.last)) {
            sums = sums.plus(share);
        }
        if (sums.last > before.last) {
            sums = sums.plus(jdbc.query(WARNINGS,
                    (row, _) -> warning(EventJson.read(row.getString("name"), row.getString("body"))), id.value(),
                    before.last, sums.last));
        }
        synchronized (remembered) {
            remembered.put(id, sums);
        }
        return sums;
    }

    private static Event.Warned warning(Event event) {
        return event instanceof Event.ModelFellBack fellBack ? fellBack.warning() : (Event.Warned) event;
    }

    private Phase phase(AnalysisId id, long newest) {
        return jdbc.query(NEWEST, (row, _) -> phase(row), id.value(), newest).stream().findFirst()
                .orElse(new Phase("queued", null, null));
    }

    private Phase phase(ResultSet newest) throws SQLException {
        Instant at = newest.getObject("at", OffsetDateTime.class).toInstant();
        String held = newest.getString("held");
        Event told = held == null ? null : EventJson.read(newest.getString("name"), held);
        Instant until = told instanceof Event.CallHeld call
                ? call.until()
                : at.plusMillis(newest.getLong("delay_millis"));
        return until.isAfter(at.plus(LONG_WAIT)) && until.isAfter(clock.instant())
                ? new Phase("waiting", until, null)
                : new Phase(phase(newest.getString("name"), newest.getString("role")), null,
                        told instanceof Event.AttemptParked parked ? parked : null);
    }

    @Override
    public List<Event.Warned> warnings(AnalysisId id) {
        return sums(id).warnings;
    }

    @Override
    public Event.@Nullable ModeChosen chosen(AnalysisId id) {
        return jdbc.query(CHOSEN, (row, _) -> (Event.ModeChosen) EventJson.read("mode-chosen", row.getString("body")),
                id.value()).stream().findFirst().orElse(null);
    }

    @Override
    public List<Line> lines() {
        return jdbc.query(LINES.formatted(OF_ALL), (row, _) -> line(row));
    }

    @Override
    public List<Line> lines(AnalysisId id) {
        return jdbc.query(LINES.formatted(OF_ONE), (row, _) -> line(row), id.value());
    }

    @Override
    public Cost spent(LocalDate day) {
        return spent.by(null, day);
    }

    @Override
    public Cost spent(String owner, LocalDate day) {
        return spent.by(owner, day);
    }

    @Override
    public void keep(AnalysisId id) {
        jdbc.update(KEEP, id.value());
    }

    @Override
    public List<Failures> failures() {
        return jdbc.query(FAILURES, (row, _) -> {
            int failed = row.getInt("failed_attempts");
            int retries = row.getInt("retries");
            return new Failures(role(row), row.getString("model"), row.getString("reason"), failed, retries,
                    failed - retries, row.getLong("wait_millis"));
        });
    }

    /** What a run is at, told by its newest entry; the sub model is only ever asked while a cell runs. */
    private static String phase(String name, @Nullable String role) {
        return switch (name) {
            case "accepted", "forked", "earlier-report", "reopened" -> "queued";
            case "attempt-started" -> "fetching";
            case "model-asked", "call-held", "call-withdrawn", "attempt-failed", "model-fell-back" ->
                Role.SUB.name().equals(role) ? "running" : "thinking";
            case "model-replied", "cell-started", "kernel-restarted" -> "running";
            case "kernel-awaited" -> "waiting";
            case "findings-checked", "findings-compared" -> "finishing";
            case "run-ended" -> "done";
            default -> "thinking";
        };
    }

    private static Share share(ResultSet row) throws SQLException {
        Role role = row.getString("role") == null ? null : role(row);
        return new Share(role, row.getInt("turn"), account(row), row.getInt("retries"),
                row.getInt("kernel_restarts"), row.getBigDecimal("reserved_usd"), row.getLong("newest"),
                row.getLong("last"));
    }

    private static Line line(ResultSet row) throws SQLException {
        int failed = row.getInt("failed_attempts");
        int retries = row.getInt("retries");
        return new Line(LocalDate.ofEpochDay(row.getLong("epoch_day")), role(row), row.getString("model"), account(row),
                failed, retries, failed - retries, row.getLong("wait_millis"));
    }

    private static Role role(ResultSet row) throws SQLException {
        return Role.valueOf(row.getString("role"));
    }

    private static Account account(ResultSet row) throws SQLException {
        Usage usage = new Usage(row.getLong("input_tokens"), row.getLong("output_tokens"),
                row.getLong("cache_read_tokens"), row.getLong("cache_write_tokens"));
        return new Account(row.getInt("calls"), row.getInt("cache_hits"), usage,
                new Cost(row.getBigDecimal("cost_usd")));
    }
}
