package dev.deeprepo.rlm;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.AttemptFailed;
import dev.deeprepo.journal.Event.CallHeld;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.CallListener;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.FailedAttempt;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Journals what becomes of one call while it is under way, and passes on what is said. What goes wrong in that is kept
 * for afterwards: the caller is somebody's retry loop.
 */
final class CallJournal implements CallListener {

    private final JournalWriter journal;
    private final LiveText live;
    private final Buyer.Order order;
    private final Cancellation stop;
    private LiveText.Source speaking;
    private volatile @Nullable RuntimeException unwritten;

    /** @param stop thrown when the journal takes no more entries */
    CallJournal(JournalWriter journal, LiveText live, Entry question, Buyer.Order order, Cancellation stop) {
        this.journal = journal;
        this.live = live;
        this.order = order;
        this.stop = stop;
        this.speaking = new LiveText.Source(question, order.role(), order.key().turn(), 1);
    }

    /** Waits can be long, and this process may have slept: an attempt that lost its run buys nothing more. */
    @Override
    public void sending() {
        try {
            journal.confirm();
        } catch (RuntimeException e) {
            unwritten = e;
            stop.cancel("the run may have another owner");
            throw e;
        }
    }

    @Override
    public void attempted(FailedAttempt failed) {
        Entry entry = append(new AttemptFailed(order.key(), order.role(), order.price().model(), failed.number(),
                failed.kind().name(), failed.status(), failed.delay(), failed.cause()));
        speaking = entry == null ? speaking : speaking.next(entry);
    }

    @Override
    public void held(Instant until) {
        append(new CallHeld(order.role(), order.price().model(), until));
    }

    @Override
    public void said(String text) {
        live.said(speaking, text);
    }

    /** Throws what went wrong, if anything did. */
    void check() {
        RuntimeException failure = unwritten;
        if (failure != null) {
            throw failure;
        }
    }

    private @Nullable Entry append(Event event) {
        try {
            return journal.append(event);
        } catch (RuntimeException e) {
            unwritten = e;
            stop.cancel("the journal took no more entries");
            return null;
        }
    }
}
