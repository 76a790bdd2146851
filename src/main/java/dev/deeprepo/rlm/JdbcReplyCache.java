package dev.deeprepo.rlm;

import dev.deeprepo.llm.LlmSettings;
import jakarta.annotation.PostConstruct;
import java.nio.charset.StandardCharsets;
import java.sql.Types;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The reply cache in a relational database; one SQL dialect for H2 and PostgreSQL.
 *
 * <p>H2 deletes slowly, so nobody waits for many rows to go: each write takes along some of those that are too old or too
 * many. What is too many is found out when this instance has written a sixteenth of the size since the last time; then
 * an eighth is made free, so that other instances have room to do the same.
 */
@Repository
class JdbcReplyCache implements ReplyCache {

    private static final Logger log = LoggerFactory.getLogger(JdbcReplyCache.class);

    private static final String FIND = "select reply from reply_cache where hash = ? and stored_at > ?";

    /** An analysis that was deleted meanwhile gets no row. */
    private static final String INSERT = """
            insert into reply_cache (hash, analysis_id, reply, bytes, stored_at)
            select ?, id, ?, ?, ? from analysis where id = ?
            on conflict do nothing
            """;

    private static final int[] INSERT_TYPES = {Types.VARCHAR, Types.VARCHAR, Types.INTEGER,
            Types.TIMESTAMP_WITH_TIMEZONE, Types.OTHER};

    /** When the newest of so many of the oldest rows was stored. */
    private static final String PORTION_END = """
            select max(stored_at) from (
                select stored_at from reply_cache where stored_at <= ? order by stored_at limit ?) oldest
            """;

    private static final String DELETE_UNTIL = "delete from reply_cache where stored_at <= ?";

    /** When the newest of the rows that do not fit was stored; those of the same instant are added up together. */
    private static final String TOO_MUCH = """
            select max(stored_at) from (
                select stored_at, sum(bytes) over (order by stored_at desc) as up_to_here from reply_cache) added_up
            where up_to_here > ?
            """;

    /** What a row takes beside its text: hash, ids, indexes. */
    static final int ROW_BYTES = 256;

    /** Rows that are deleted at once, if there are as many; some more when they were stored at once. */
    private static final int PORTION = 500;

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final Duration ttl;
    private final long size;
    private long sinceSizing;
    private OffsetDateTime tooMuch = Instant.EPOCH.atOffset(ZoneOffset.UTC);

    JdbcReplyCache(JdbcTemplate jdbc, PlatformTransactionManager transactions, Clock clock, LlmSettings settings) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
        this.ttl = settings.cacheTtl();
        this.size = settings.cacheSize().toBytes();
        this.sinceSizing = size; // what earlier processes left is not known: the first write finds out
    }

    /** The service may have slept past the end of every row. Its start does not wait for them. */
    @PostConstruct
    void begin() {
        Thread.ofVirtual().name("reply-cache-sweep").start(() -> {
            try {
                sweep();
            } catch (RuntimeException e) {
                log.warn("Old replies could not be deleted; later writes will do it: {}", e.toString());
            }
        });
    }

    /** Deletes all that is too old or too much. */
    void sweep() {
        findTooMuch();
        while (deleteOldest(PORTION)) {
            // the next portion
        }
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
        // In one order everywhere, so that no two instances wait for each other's rows.
        for (Kept reply : replies.stream().sorted(Comparator.comparing(Kept::hash)).toList()) {
            byte[] text = reply.text().replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8);
            rows.add(new Object[]{reply.hash(), new String(text, StandardCharsets.UTF_8), text.length + ROW_BYTES, now,
                    reply.boughtBy().value()});
            sinceSizing += text.length + ROW_BYTES;
        }
        deleteOldest(Math.max(PORTION, 2 * rows.size()));
        transaction.executeWithoutResult(_ -> jdbc.batchUpdate(INSERT, rows, INSERT_TYPES));
        if (sinceSizing > size / 16) {
            findTooMuch();
            deleteOldest(PORTION);
        }
    }

    private synchronized void findTooMuch() {
        OffsetDateTime found = jdbc.queryForObject(TOO_MUCH, OffsetDateTime.class, size - size / 8);
        tooMuch = found == null ? tooMuch : found;
        sinceSizing = 0;
    }

    /**
     * Deletes some of what is too old or too much; false when there was nothing. Not in the transaction of new rows: those
     * hold on to their analyses, which the journal would wait for.
     */
    private synchronized boolean deleteOldest(int some) {
        OffsetDateTime expired = now().minus(ttl);
        OffsetDateTime until = jdbc.queryForObject(PORTION_END, OffsetDateTime.class,
                expired.isAfter(tooMuch) ? expired : tooMuch, some);
        return until != null && jdbc.update(DELETE_UNTIL, until) > 0;
    }

    private OffsetDateTime now() {
        return clock.instant().atOffset(ZoneOffset.UTC);
    }
}
