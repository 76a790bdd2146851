package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.JournalUnavailable;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SharedRepliesTest {

    private static final Question QUESTION = new Question("", "sub/model", "system", "prompt");

    private final ReplyCache cache = new InMemoryReplyCache(new SettableClock(), Duration.ofDays(7), 1 << 20);
    private final SharedReplies replies = new SharedReplies(cache);
    private final Cancellation stop = new Cancellation();

    @Test
    void sixtyFourWhoAskTheSameAtOnceBuyItOnce() throws Exception {
        AtomicInteger bought = new AtomicInteger();
        CompletableFuture<Entry> answer = new CompletableFuture<>();
        List<CompletableFuture<@Nullable String>> askers = IntStream.range(0, 64).mapToObj(_ -> inBackground(() -> {
            try (SharedReplies.Claim claim = replies.claim(QUESTION, stop)) {
                String reply = claim.reply();
                if (reply == null) {
                    bought.incrementAndGet();
                    claim.bought(answer::join);
                }
                return reply;
            }
        })).toList();

        await().until(() -> bought.get() == 1);
        answer.complete(entry("reply"));

        for (CompletableFuture<@Nullable String> asker : askers) {
            asker.get(10, TimeUnit.SECONDS);
        }
        assertThat(bought).hasValue(1);
        assertThat(askers.stream().map(CompletableFuture::join).filter("reply"::equals)).hasSize(63);
    }

    /** One after the other, never two at once. */
    @Test
    void theNextOneBuysWhenAPurchaseFails() throws Exception {
        AtomicInteger buying = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger purchases = new AtomicInteger();
        List<CompletableFuture<@Nullable String>> askers = IntStream.range(0, 64).mapToObj(_ -> inBackground(() -> {
            try (SharedReplies.Claim claim = replies.claim(QUESTION, stop)) {
                if (claim.reply() == null) {
                    most.accumulateAndGet(buying.incrementAndGet(), Math::max);
                    int purchase = purchases.incrementAndGet();
                    Thread.yield();
                    buying.decrementAndGet();
                    if (purchase < 10) {
                        throw new IllegalStateException("given up");
                    }
                    claim.bought(() -> entry("reply of purchase " + purchase));
                }
                return claim.reply();
            }
        })).toList();

        for (CompletableFuture<@Nullable String> asker : askers) {
            try {
                asker.get(10, TimeUnit.SECONDS);
            } catch (ExecutionException givenUp) {
                assertThat(givenUp).hasRootCauseMessage("given up");
            }
        }
        assertThat(purchases).hasValue(10);
        assertThat(most).hasValue(1);
        assertThat(askers.stream().filter(CompletableFuture::isCompletedExceptionally)).hasSize(9);
        assertThat(askers.stream().filter(asker -> !asker.isCompletedExceptionally()).map(CompletableFuture::join)
                .filter("reply of purchase 10"::equals)).hasSize(54);
    }

    @Test
    void whoWaitsIsStoppedAtOnceAndTheOthersAreNot() throws Exception {
        SharedReplies.Claim buying = replies.claim(QUESTION, stop);
        Cancellation other = new Cancellation();
        CompletableFuture<@Nullable String> stopped = inBackground(() -> replies.claim(QUESTION, other).reply());
        CompletableFuture<@Nullable String> waiting = inBackground(() -> replies.claim(QUESTION, stop).reply());

        other.cancel("cancelled");

        assertThatThrownBy(() -> stopped.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(Stopped.class);
        assertThat(waiting).isNotDone();
        buying.bought(() -> entry("reply"));
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo("reply");
    }

    @Test
    void aReplyIsHandedOnOnceItStandsInTheJournalAndInTheCache() throws Exception {
        CompletableFuture<Entry> journaled = new CompletableFuture<>();
        try (SharedReplies.Claim buying = replies.claim(QUESTION, stop)) {
            buying.bought(journaled::join);
        }
        CompletableFuture<@Nullable String> waiting = inBackground(() -> {
            String reply = replies.claim(QUESTION, stop).reply();
            assertThat(cache.find(QUESTION.hash())).isEqualTo(reply);
            return reply;
        });
        assertThat(cache.find(QUESTION.hash())).isNull();
        assertThat(waiting).isNotDone();

        journaled.complete(entry("as it stands in the journal"));

        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo("as it stands in the journal");
    }

    @Test
    void whatTheJournalDoesNotTakeIsNotKept() throws Exception {
        try (SharedReplies.Claim buying = replies.claim(QUESTION, stop)) {
            buying.bought(() -> {
                throw new JournalUnavailable(AnalysisId.random(), new IllegalStateException("away"));
            });
        }

        assertThat(inBackground(() -> replies.claim(QUESTION, stop).reply()).get(10, TimeUnit.SECONDS)).isNull();
        assertThat(cache.find(QUESTION.hash())).isNull();
    }

    @Test
    void aBrokenCacheKeepsNobodyFromBuyingNorFromWhatIsBoughtMeanwhile() throws Exception {
        SharedReplies broken = new SharedReplies(new ReplyCache() {
            @Override
            public @Nullable String find(String hash) {
                throw new IllegalStateException("the database is away");
            }

            @Override
            public void store(List<Kept> kept) {
                throw new StackOverflowError("deep in a driver");
            }
        });
        SharedReplies.Claim buying = broken.claim(QUESTION, stop);
        assertThat(buying.reply()).isNull();
        CompletableFuture<@Nullable String> meanwhile = new CompletableFuture<>();
        Thread waiting = Thread.ofVirtual().start(() -> meanwhile.complete(broken.claim(QUESTION, stop).reply()));
        await().until(() -> waiting.getState() == Thread.State.WAITING);
        buying.bought(() -> entry("reply"));
        assertThat(meanwhile.get(10, TimeUnit.SECONDS)).isEqualTo("reply");

        assertThat(inBackground(() -> {
            try (SharedReplies.Claim again = broken.claim(QUESTION, stop)) {
                return again.reply();
            }
        }).get(10, TimeUnit.SECONDS)).isNull();
    }

    @Test
    void anotherOwnerModelSystemPromptOrPromptIsAnotherQuestion() throws Exception {
        try (SharedReplies.Claim buying = replies.claim(QUESTION, stop)) {
            buying.bought(() -> entry("reply"));
        }
        await().until(() -> cache.find(QUESTION.hash()) != null);

        assertThat(reply(QUESTION)).isEqualTo("reply");
        assertThat(reply(new Question("someone else", "sub/model", "system", "prompt"))).isNull();
        assertThat(reply(new Question("", "sub/other", "system", "prompt"))).isNull();
        assertThat(reply(new Question("", "sub/model", "a newer system", "prompt"))).isNull();
        assertThat(reply(new Question("", "sub/model", "system", "prompt."))).isNull();
    }

    private @Nullable String reply(Question question) {
        try (SharedReplies.Claim claim = replies.claim(question, stop)) {
            return claim.reply();
        }
    }

    private static Entry entry(String text) {
        return new Entry(AnalysisId.random(), 1, 1, Instant.EPOCH, new ModelReplied(new CallKey(1, 0, 0, 0), Role.SUB,
                "sub/model", text, null, Usage.of(100, 10), Cost.ZERO, Cost.ZERO, 1, ModelReplied.Source.MODEL, null,
                null));
    }

    private interface Asking {
        @Nullable
        String ask();
    }

    private static CompletableFuture<@Nullable String> inBackground(Asking asking) {
        CompletableFuture<@Nullable String> answer = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                answer.complete(asking.ask());
            } catch (RuntimeException | Error e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }
}
