package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.UnknownEvent;
import dev.deeprepo.rlm.LiveText.Source;
import dev.deeprepo.usage.Role;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** One reader of one analysis. Sends at the reader's pace, in a thread of its own; what happens only wakes it up. */
final class EventReader implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(EventReader.class);
    private static final int BATCH = 200;
    /** How long an entry of another instance can go unnoticed. */
    private static final long LOOK = Duration.ofSeconds(1).toNanos();
    private static final long HEARTBEAT = Duration.ofSeconds(15).toNanos();
    /** Between two sendings of text: nobody reads faster, and one per token would be many. */
    private static final long TEXT = Duration.ofMillis(100).toNanos();

    private final AnalysisId id;
    private final Journal journal;
    private final Analyses analyses;
    private final SseEmitter emitter = new SseEmitter(0L);
    private final UnsentText unsent = new UnsentText();
    private final Semaphore news = new Semaphore(0);
    private final AtomicBoolean written = new AtomicBoolean(true);
    private volatile boolean open = true;
    private long last;
    private long looked = System.nanoTime();
    private long sent = looked;
    private long spoke = looked;

    /** @param last the sequence after which it goes on */
    EventReader(AnalysisId id, long last, Journal journal, Analyses analyses) {
        this.id = id;
        this.last = last;
        this.journal = journal;
        this.analyses = analyses;
        emitter.onCompletion(this::close);
        emitter.onTimeout(this::close);
        emitter.onError(_ -> close());
    }

    SseEmitter emitter() {
        return emitter;
    }

    boolean reads(AnalysisId analysis) {
        return id.equals(analysis);
    }

    /** There may be new entries. */
    void wake() {
        written.set(true);
        news.release();
    }

    /** A model of this analysis says more. */
    void said(Source source, String text) {
        if (unsent.add(source, text)) {
            news.release();
        }
    }

    void close() {
        open = false;
        news.release();
    }

    @Override
    public void run() {
        try {
            emitter.send(SseEmitter.event().comment("journal of analysis " + id).reconnectTime(1000));
            follow();
            emitter.complete();
        } catch (UnknownEvent e) {
            log.warn("the event stream of analysis {} breaks off: {}", id, e.getMessage());
            emitter.complete();
        } catch (IOException | IllegalStateException e) {
            log.debug("a reader of analysis {} has gone: {}", id, e.getMessage());
        } catch (RuntimeException e) {
            log.warn("the event stream of analysis {} breaks off, its reader may come back", id, e);
            emitter.complete();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void follow() throws IOException, InterruptedException {
        while (open) {
            if ((written.getAndSet(false) || since(looked) >= LOOK) && readOn()) {
                return;
            }
            if (!unsent.isEmpty() && since(spoke) >= TEXT) {
                for (Role role : Role.values()) {
                    send(unsent.take(role, last));
                }
                spoke = System.nanoTime();
            }
            if (since(sent) >= HEARTBEAT) {
                send(SseEmitter.event().comment("still there"));
            }
            long look = LOOK - since(looked);
            var _ = news.tryAcquire(unsent.isEmpty() ? look : Math.min(look, TEXT - since(spoke)),
                    TimeUnit.NANOSECONDS);
            news.drainPermits();
        }
    }

    /** Sends what stands in the journal by now; true when nothing comes after it. */
    private boolean readOn() throws IOException {
        List<Entry> entries;
        do {
            looked = System.nanoTime();
            // Asked before reading: what is terminal now has all its entries written.
            boolean over = analyses.status(id).map(Status::terminal).orElse(true);
            entries = journal.read(id, last, BATCH);
            for (Entry entry : entries) {
                // The end, unless the run goes on since, is told once the analysis says so too: whoever hears of it can fetch the report.
                if (entry.event() instanceof Event.RunEnded && !over && entry.equals(entries.getLast())) {
                    return false;
                }
                send(entry);
            }
            if (over && entries.size() < BATCH) {
                return true;
            }
        } while (open && entries.size() == BATCH);
        return false;
    }

    private void send(Entry entry) throws IOException {
        switch (entry.event()) {
            case Event.ModelAsked asked -> unsent.ended(asked.role(), entry.sequence());
            case Event.AttemptFailed failed -> unsent.ended(failed.role(), entry.sequence());
            case Event.ModelReplied replied -> {
                send(unsent.take(replied.role(), last)); // all of it was said before the reply was written
                unsent.ended(replied.role(), entry.sequence());
            }
            default -> {
                // nobody speaks, or goes on speaking
            }
        }
        send(SseEmitter.event().id(String.valueOf(entry.sequence())).name(entry.event().name())
                .data(new StreamedEntry(entry.at(), entry.event()), MediaType.APPLICATION_JSON));
        last = entry.sequence();
    }

    private void send(@Nullable StreamedText text) throws IOException {
        if (text != null) {
            send(SseEmitter.event().name("text").data(text, MediaType.APPLICATION_JSON));
        }
    }

    private void send(SseEmitter.SseEventBuilder event) throws IOException {
        emitter.send(event);
        sent = System.nanoTime();
    }

    private static long since(long nanoTime) {
        return System.nanoTime() - nanoTime;
    }
}
