package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.rlm.ReplyCache.Kept;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every reply cache promises. */
abstract class ReplyCacheContract {

    static final Duration WEEK = Duration.ofDays(7);
    private static final long ROOMY = 1 << 20;

    final SettableClock clock = new SettableClock();

    /** An empty cache. */
    protected abstract ReplyCache cache(Clock clock, Duration ttl, long size);

    /** An analysis that exists. */
    protected abstract AnalysisId analysis();

    private ReplyCache cache() {
        return cache(clock, WEEK, ROOMY);
    }

    private Kept kept(String prompt, String text) {
        return new Kept(hash(prompt), analysis(), text);
    }

    private static String hash(String prompt) {
        return new Question("", "sub/model", "system", prompt).hash();
    }

    @Test
    void findsWhatWasStoredAndNothingElse() {
        ReplyCache cache = cache();
        cache.store(List.of(kept("a", "reply to a"), kept("b", "reply to b")));

        assertThat(cache.find(hash("a"))).isEqualTo("reply to a");
        assertThat(cache.find(hash("b"))).isEqualTo("reply to b");
        assertThat(cache.find(hash("c"))).isNull();
    }

    @Test
    void isOverAfterItsTime() {
        ReplyCache cache = cache();
        cache.store(List.of(kept("a", "old")));

        clock.advance(WEEK.minusMillis(1));
        assertThat(cache.find(hash("a"))).isEqualTo("old");
        clock.advance(Duration.ofMillis(1));
        assertThat(cache.find(hash("a"))).isNull();
        cache.store(List.of(kept("a", "new")));
        assertThat(cache.find(hash("a"))).isEqualTo("new");
    }

    @Test
    void theFirstReplyStaysUntilItsTimeIsOver() {
        ReplyCache cache = cache();
        cache.store(List.of(kept("a", "first"), kept("a", "second")));
        clock.advance(Duration.ofDays(6));
        cache.store(List.of(kept("a", "third")));

        assertThat(cache.find(hash("a"))).isEqualTo("first");
        clock.advance(Duration.ofDays(1));
        assertThat(cache.find(hash("a"))).as("a hit or a second purchase prolongs nothing").isNull();
    }

    @Test
    void theOldestLeaveWhenItIsFull() {
        int reply = 1000;
        ReplyCache cache = cache(clock, WEEK, 16L * (reply + JdbcReplyCache.ROW_BYTES));
        for (int i = 0; i < 100; i++) {
            cache.store(List.of(kept("prompt " + i, "x".repeat(reply))));
            clock.advance(Duration.ofSeconds(1));
            assertThat(cache.find(hash("prompt " + i))).isNotNull();
        }

        List<Integer> left = IntStream.range(0, 100).filter(i -> cache.find(hash("prompt " + i)) != null).boxed()
                .toList();
        assertThat(left).hasSizeBetween(14, 16).isEqualTo(IntStream.range(100 - left.size(), 100).boxed().toList());
    }

    @Test
    void keepsNothingThatIsLargerThanAllOfIt() {
        ReplyCache cache = cache(clock, WEEK, 1000);
        cache.store(List.of(kept("a", "x".repeat(1000))));

        assertThat(cache.find(hash("a"))).isNull();
    }

    @Test
    void keepsTextAsItIsButForWhatNoDatabaseTakes() {
        ReplyCache cache = cache();
        String odd = "\uFEFF'; drop table reply_cache; --\r\n\t\u0001\\u0000 é世 \uD83D\uDE00 \u2028"
                + "long ".repeat(20_000);
        cache.store(List.of(kept("odd", odd), kept("nul", "a\0b"), kept("half", "a\uD83Db"), kept("", "")));

        assertThat(cache.find(hash("odd"))).isEqualTo(odd);
        assertThat(cache.find(hash("nul"))).isEqualTo("a\uFFFDb");
        assertThat(cache.find(hash("half"))).startsWith("a").endsWith("b").hasSize(3);
        assertThat(cache.find(hash(""))).isEmpty();
    }
}
