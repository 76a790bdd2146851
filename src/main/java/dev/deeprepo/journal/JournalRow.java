package dev.deeprepo.journal;

import java.sql.Types;
import java.time.ZoneOffset;

/** How an entry is written: under the condition that its attempt owns the analysis, with the columns that sums need. */
final class JournalRow {

    static final String INSERT = """
            insert into journal (analysis_id, sequence, attempt, at, name, turn, role, model, calls, cache_hits,
                                 input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd,
                                 reserved_usd, reason, delay_millis, body)
            select id, ?, attempt, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
            from analysis where id = ? and attempt = ? for update
            """;

    static final int[] TYPES = {Types.BIGINT, Types.TIMESTAMP_WITH_TIMEZONE, Types.VARCHAR,
            Types.INTEGER, Types.VARCHAR, Types.VARCHAR, Types.INTEGER, Types.INTEGER, Types.BIGINT, Types.BIGINT,
            Types.BIGINT, Types.BIGINT, Types.NUMERIC, Types.NUMERIC, Types.VARCHAR, Types.BIGINT, Types.VARCHAR,
            Types.OTHER, Types.INTEGER};

    private JournalRow() {}

    @SuppressWarnings("NullAway") // JdbcTemplate takes nulls in the array, which its type does not say
    static Object[] of(Entry entry, String body) {
        Columns columns = Columns.of(entry);
        var account = columns.account();
        var usage = account == null ? null : account.usage();
        return new Object[]{entry.sequence(), entry.at().atOffset(ZoneOffset.UTC), entry.event().name(), columns.turn(),
                columns.role() == null ? null : columns.role().name(), columns.model(),
                account == null ? null : account.calls(), account == null ? null : account.cacheHits(),
                usage == null ? null : usage.inputTokens(), usage == null ? null : usage.outputTokens(),
                usage == null ? null : usage.cacheReadTokens(), usage == null ? null : usage.cacheWriteTokens(),
                columns.costUsd(), columns.reservedUsd(), columns.reason(), columns.delayMillis(), body,
                entry.id().value(), entry.attempt()};
    }
}
