package dev.deeprepo.rlm;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A reply cache that lasts as long as its test. */
final class InMemoryReplyCache implements ReplyCache {

    private record Row(String text, int bytes, Instant storedAt) {}

    private final Map<String, Row> rows = new LinkedHashMap<>();
    private final Clock clock;
    private final Duration ttl;
    private final long size;

    InMemoryReplyCache(Clock clock, Duration ttl, long size) {
        this.clock = clock;
        this.ttl = ttl;
        this.size = size;
    }

    @Override
    public synchronized @Nullable String find(String hash) {
        Row row = rows.get(hash);
        return row == null || expired(row) ? null : row.text;
    }

    @Override
    public synchronized void store(List<Kept> replies) {
        rows.values().removeIf(this::expired);
        for (Kept reply : replies) {
            byte[] text = reply.text().replace('\0', '\uFFFD').getBytes(StandardCharsets.UTF_8);
            rows.putIfAbsent(reply.hash(), new Row(new String(text, StandardCharsets.UTF_8),
                    text.length + JdbcReplyCache.ROW_BYTES, clock.instant()));
        }
        for (Iterator<Row> oldest = rows.values().iterator(); bytes() > size;) {
            oldest.next();
            oldest.remove();
        }
    }

    private long bytes() {
        return rows.values().stream().mapToLong(Row::bytes).sum();
    }

    private boolean expired(Row row) {
        return !row.storedAt.plus(ttl).isAfter(clock.instant());
    }
}
