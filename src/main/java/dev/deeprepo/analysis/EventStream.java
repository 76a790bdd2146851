package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.EntryListener;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * The journal, live, as server-sent events.
 *
 * <p>Every reader has a virtual thread of its own that reads on from the last sequence it sent: each entry reaches each
 * reader once and in order, wherever it was written, and a slow reader holds up nobody but itself. What was written on
 * this instance is only a wake-up call, which costs the writer a permit; entries of other instances are found by
 * looking once a second.
 */
@Component
class EventStream implements EntryListener {

    private static final Logger log = LoggerFactory.getLogger(EventStream.class);
    private static final int BATCH = 200;
    private static final int HEARTBEAT_SECONDS = 15;

    private final Journal journal;
    private final Analyses analyses;
    private final Set<Reader> readers = ConcurrentHashMap.newKeySet();

    EventStream(Journal journal, Analyses analyses) {
        this.journal = journal;
        this.analyses = analyses;
    }

    /** Entries after {@code last}, then whatever comes, until the run is over. */
    SseEmitter open(AnalysisId id, long last) {
        Reader reader = new Reader(id, last);
        readers.add(reader);
        Thread.ofVirtual().name("events-" + id).start(reader);
        return reader.emitter;
    }

    /** Whether nothing comes after {@code last}: the run is over, and all of it was read. */
    boolean isOver(AnalysisId id, long last) {
        // Asked before reading: what is terminal now has all its entries written.
        return analyses.status(id).map(Status::terminal).orElse(true) && journal.read(id, last, 1).isEmpty();
    }

    @Override
    public void written(List<Entry> entries) {
        wake(entries.getFirst().id());
    }

    /** Something about this analysis has changed. */
    void wake(AnalysisId id) {
        readers.stream().filter(reader -> reader.id.equals(id)).forEach(reader -> reader.news.release());
    }

    int readers() {
        return readers.size();
    }

    /** Ends all streams; readers come back with Last-Event-ID. */
    void close() {
        readers.forEach(reader -> {
            reader.open = false;
            reader.news.release();
        });
    }

    private final class Reader implements Runnable {

        private final AnalysisId id;
        private final SseEmitter emitter = new SseEmitter(0L);
        private final Semaphore news = new Semaphore(0);
        private long last;
        private volatile boolean open = true;

        Reader(AnalysisId id, long last) {
            this.id = id;
            this.last = last;
            Runnable gone = () -> {
                open = false;
                news.release();
            };
            emitter.onCompletion(gone);
            emitter.onTimeout(gone);
            emitter.onError(_ -> gone.run());
        }

        @Override
        public void run() {
            try {
                emitter.send(SseEmitter.event().comment("journal of analysis " + id).reconnectTime(1000));
                follow();
                emitter.complete();
            } catch (IOException | IllegalStateException e) {
                log.debug("a reader of analysis {} has gone: {}", id, e.getMessage());
            } catch (RuntimeException e) {
                log.warn("the event stream of analysis {} breaks off, its reader may come back", id, e);
                emitter.complete();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                readers.remove(this);
            }
        }

        private void follow() throws IOException, InterruptedException {
            int silent = 0;
            while (open) {
                // Asked before reading: what is terminal now has all its entries written.
                boolean over = analyses.status(id).map(Status::terminal).orElse(true);
                List<Entry> entries = journal.read(id, last, BATCH);
                for (Entry entry : entries) {
                    // The end is told once the analysis says so too: whoever hears of it can fetch the report.
                    if (entry.event() instanceof Event.RunEnded && !over) {
                        break;
                    }
                    emitter.send(SseEmitter.event().id(String.valueOf(entry.sequence())).name(entry.event().name())
                            .data(new StreamedEntry(entry.at(), entry.event()), MediaType.APPLICATION_JSON));
                    last = entry.sequence();
                    silent = 0;
                }
                if (over && entries.size() < BATCH) {
                    return;
                }
                if (entries.size() < BATCH && !news.tryAcquire(1, TimeUnit.SECONDS)
                        && ++silent % HEARTBEAT_SECONDS == 0) {
                    emitter.send(SseEmitter.event().comment("still there"));
                }
                news.drainPermits();
            }
        }
    }
}
