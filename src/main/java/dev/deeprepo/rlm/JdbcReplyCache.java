package dev.deeprepo.rlm;

import dev.deeprepo.llm.LlmSettings;
import jakarta.annotation.PostConstruct;
import java.nio.charset.StandardCharsets;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The reply cache in a relational database; one SQL dialect for H2 and PostgreSQL.
 *
 * <p>Expired rows are deleted at the start and with every write. Adding up all sizes takes a scan, so it is done when this instance has
 * written a sixteenth of the size since the last time, and then as much room is made: one instance stays within the
 * bound, each further one may exceed it by a sixteenth.
 */
@Repository
class JdbcReplyCache implements ReplyCache {

    private static final String FIND = "select reply from reply_cache where hash = ? and stored_at > ?";

    /** An analysis that was deleted meanwhile gets no row. */
    private static final String INSERT = """
            insert into reply_cache (hash, analysis_id, reply, bytes, stored_at)
            select ?, id, ?, ?, ? from analysis where id = ?
            on conflict do nothing
            """;

    private static final int[] INSERT_TYPES = {Types.VARCHAR, Types.VARCHAR, Types.INTEGER,
            Types.TIMESTAMP_WITH_TIMEZONE, Types.OTHER};

    private static final String DELETE_EXPIRED = "delete from reply_cache where stored_at <= ?";

    private static final String KEEP_NEWEST = """
            delete from reply_cache where hash in (
                select hash from (
                    select hash, sum(bytes) over (order by stored_at desc, hash) as up_to_here from reply_cache) ranked
                where up_to_here > ?)
            """;

    /** What a row takes beside its text: hash, ids, indexes. */
    static final int ROW_BYTES = 256;

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final Duration ttl;
    private final long size;
    private long sinceSizing;

    JdbcReplyCache(JdbcTemplate jdbc, PlatformTransactionManager transactions, Clock clock, LlmSettings settings) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
        this.ttl = settings.cacheTtl();
        this.size = settings.cacheSize().toBytes();
        this.sinceSizing = size; // what earlier processes left is not known: the first write finds out
    }

    /** At the start of the service, which may have slept past the end of every row. */
    @PostConstruct
    void sweep() {
        store(List.of());
    }

    @Override
    public @Nullable String find(String hash) {
        return jdbc.query(FIND, (row, _) -> row.getString("reply"), hash, now().minus(ttl)).stream().findFirst()
                .orElse(null);
    }

    @Override
    public synchronized void store(List<Kept> replies) {
        OffsetDateTime now = now();
        List<Object[]> rows = new ArrayList<>(replies.size());
        long written = sinceSizing;
        for (Kept reply : replies) {
            byte[] text = reply.text().replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8);
            rows.add(new Object[]{reply.hash(), new String(text, StandardCharsets.UTF_8), text.length + ROW_BYTES, now,
                    reply.boughtBy().value()});
            written += text.length + ROW_BYTES;
        }
        boolean resize = written > size / 16;
        transaction.executeWithoutResult(_ -> {
            jdbc.update(DELETE_EXPIRED, now.minus(ttl));
            jdbc.batchUpdate(INSERT, rows, INSERT_TYPES);
            if (resize) {
                jdbc.update(KEEP_NEWEST, size - size / 16);
            }
        });
        sinceSizing = resize ? 0 : written;
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }
}
