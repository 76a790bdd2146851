package dev.deeprepo.rlm;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The replies that the runs of this instance share. Whoever is the first to ask a question holds the claim to it: looks
 * into the cache, buys if there is nothing, and everybody else who asks meanwhile waits for what comes of it. If that is
 * nothing, the next of them holds the claim, so that one reply at a time is bought, and none once there is one.
 *
 * <p>Waiting cannot lock: a buyer waits for nobody, and who waits holds no claim.
 *
 * <p>A bought reply first becomes durable in its run's journal and is then kept in the cache, behind the back of its
 * buyer, many replies in one transaction; only then is it handed to who waits. No failure of the cache reaches a run.
 */
@Component
final class SharedReplies {

    private static final Logger log = LoggerFactory.getLogger(SharedReplies.class);

    private final ReplyCache cache;
    private final Map<String, Claim> claims = new ConcurrentHashMap<>();
    /** What the cache cannot do at the moment. */
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private final List<Bought> queue = new ArrayList<>();
    private boolean storing;

    private record Bought(Claim claim, JournalWriter.Pending written) {

        /** As it stands in the journal; empty when it does not: its run goes on without it, or not at all. */
        Optional<ReplyCache.Kept> durable() {
            try {
                Entry entry = written.await();
                return entry.event() instanceof ModelReplied reply
                        ? Optional.of(new ReplyCache.Kept(claim.hash, entry.id(), reply.text()))
                        : Optional.empty();
            } catch (RuntimeException unwritten) {
                return Optional.empty();
            }
        }
    }

    SharedReplies(ReplyCache cache) {
        this.cache = cache;
    }

    /**
     * Finds the reply to a question, or leaves it to the caller to buy it. Waits while somebody else does.
     *
     * @return to be closed
     * @throws Stopped when {@code stop} was thrown while it waited
     */
    Claim claim(Question question, Cancellation stop) {
        Claim mine = new Claim(question.hash());
        while (true) {
            Claim other = claims.putIfAbsent(mine.hash, mine);
            if (other == null) {
                mine.reply = find(mine.hash);
                return mine;
            }
            String reply = other.await(stop);
            if (reply != null) {
                mine.reply = reply;
                return mine;
            }
        }
    }

    /** What is known of a question, and who is to see to it. */
    final class Claim implements AutoCloseable {

        private final String hash;
        private final CompletableFuture<@Nullable String> outcome = new CompletableFuture<>();
        private @Nullable String reply;
        private boolean handedIn;

        private Claim(String hash) {
            this.hash = hash;
        }

        /** The reply; null = it is the holder's to buy. */
        @Nullable
        String reply() {
            return reply;
        }

        /** Hands in what was bought: a whole, good reply. @param written its entry in the journal */
        void bought(JournalWriter.Pending written) {
            handedIn = true;
            keep(new Bought(this, written));
        }

        /** Gives the claim up, if nothing was handed in. */
        @Override
        public void close() {
            if (!handedIn) {
                settle(reply);
            }
        }

        private void settle(@Nullable String text) {
            claims.remove(hash, this);
            outcome.complete(text);
        }

        private @Nullable String await(Cancellation stop) {
            CompletableFuture<@Nullable String> mine = outcome.copy();
            try (Cancellation.Registration _ = stop.onCancel(() -> mine.cancel(false))) {
                return mine.join();
            } catch (CancellationException e) {
                throw new Stopped();
            }
        }
    }

    private @Nullable String find(String hash) {
        try {
            String found = cache.find(hash);
            failing.remove("read");
            return found;
        } catch (RuntimeException | Error e) { // An Error too: whoever waits for this claim must not wait for ever.
            failed("read", e);
            return null;
        }
    }

    private synchronized void keep(Bought bought) {
        queue.add(bought);
        if (!storing) {
            storing = true;
            Thread.ofVirtual().name("reply-cache").start(this::store);
        }
    }

    private void store() {
        for (List<Bought> batch = take(); !batch.isEmpty(); batch = take()) {
            Map<Claim, ReplyCache.Kept> durable = new HashMap<>();
            try {
                batch.forEach(bought -> bought.durable().ifPresent(kept -> durable.put(bought.claim, kept)));
                cache.store(List.copyOf(durable.values()));
                failing.remove("written");
            } catch (RuntimeException | Error e) {
                failed("written", e);
            } finally {
                batch.forEach(bought -> {
                    ReplyCache.Kept kept = durable.get(bought.claim);
                    bought.claim.settle(kept == null ? null : kept.text());
                });
            }
        }
    }

    private synchronized List<Bought> take() {
        List<Bought> batch = List.copyOf(queue);
        queue.clear();
        storing = !batch.isEmpty();
        return batch;
    }

    /** Told once for each time that it begins to fail. */
    private void failed(String what, Throwable e) {
        if (failing.add(what)) {
            log.warn("The reply cache cannot be {}; until it can, replies are bought as if there were none: {}", what,
                    e.toString());
        }
    }
}
