package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.TestDatabase;
import dev.deeprepo.llm.LlmSettings;
import dev.deeprepo.rlm.ReplyCache.Kept;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What the reply cache promises on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcReplyCacheContract extends ReplyCacheContract {

    @AutoClose
    private final TestDatabase database;

    JdbcReplyCacheContract(TestDatabase database) {
        this.database = database;
    }

    @Override
    protected ReplyCache cache(Clock clock, Duration ttl, long size) {
        database.jdbc().update("delete from reply_cache");
        return open(clock, ttl, size);
    }

    @Override
    protected AnalysisId analysis() {
        return database.save(AnalysisId.random());
    }

    private JdbcReplyCache open(Clock clock, Duration ttl, long size) {
        LlmSettings settings = new Binder(new MapConfigurationPropertySource(
                Map.of("deeprepo.llm.cache-ttl", ttl, "deeprepo.llm.cache-size", size + "B")))
                .bindOrCreate("deeprepo.llm", LlmSettings.class);
        return new JdbcReplyCache(database.jdbc(), database.transactions(), clock, settings);
    }

    private long rows() {
        return number("select count(*) from reply_cache");
    }

    private long bytes() {
        return number("select coalesce(sum(bytes), 0) from reply_cache");
    }

    private long number(String sql) {
        return Objects.requireNonNull(database.jdbc().queryForObject(sql, Long.class));
    }

    @Test
    void expiredRowsLeaveAtTheNextWriteAndAtTheStart() {
        ReplyCache cache = cache(clock, WEEK, 1 << 20);
        cache.store(List.of(new Kept("a", analysis(), "a"), new Kept("b", analysis(), "b")));
        clock.advance(Duration.ofDays(5));
        cache.store(List.of(new Kept("c", analysis(), "c")));
        assertThat(rows()).isEqualTo(3);
        clock.advance(Duration.ofDays(2));
        cache.store(List.of(new Kept("d", analysis(), "d")));
        assertThat(rows()).isEqualTo(2);

        clock.advance(WEEK);
        open(clock, WEEK, 1 << 20).sweep();
        assertThat(rows()).isZero();
    }

    @Test
    void neverTakesMoreRoomThanItIsGiven() {
        long size = 200_000;
        ReplyCache cache = cache(clock, WEEK, size);
        for (int batch = 0; batch < 100; batch++) {
            int first = 10 * batch;
            cache.store(IntStream.range(0, 1 + batch % 10).mapToObj(
                    i -> new Kept("hash " + (first + i), analysis(), "é".repeat(100 * i))).toList());
            assertThat(bytes()).isLessThanOrEqualTo(size);
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(bytes()).isGreaterThan(size * 3 / 4);

        open(clock, WEEK, size / 2).sweep();
        assertThat(bytes()).as("after a start with half the size").isBetween(size / 4, size / 2);
    }

    @Test
    void anAnalysisTakesItsRepliesAlongWhenItIsDeleted() {
        ReplyCache cache = cache(clock, WEEK, 1 << 20);
        AnalysisId deleted = analysis();
        cache.store(List.of(new Kept("a", deleted, "a"), new Kept("b", analysis(), "b")));

        database.jdbc().update("delete from analysis where id = ?", deleted.value());
        assertThat(cache.find("a")).isNull();
        assertThat(cache.find("b")).isEqualTo("b");

        cache.store(List.of(new Kept("c", deleted, "too late"), new Kept("d", analysis(), "d")));
        assertThat(cache.find("c")).isNull();
        assertThat(cache.find("d")).isEqualTo("d");
    }
}
