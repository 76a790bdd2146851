package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.EntryListener;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.rlm.LiveText;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * The journal, live, as server-sent events, and between its entries what models are saying.
 *
 * <p>Every reader has a virtual thread of its own that reads on from the last sequence it sent: each entry reaches each
 * reader once and in order, wherever it was written, and a slow reader holds up nobody but itself. What was written on
 * this instance is only a wake-up call, which costs the writer a permit; entries of other instances are found by
 * looking once a second. What models say is not written anywhere: it reaches the readers of this instance who are there
 * when it is said, or nobody.
 */
@Component
class EventStream implements EntryListener, LiveText {

    private final Journal journal;
    private final Analyses analyses;
    private final Set<EventReader> readers = ConcurrentHashMap.newKeySet();

    EventStream(Journal journal, Analyses analyses) {
        this.journal = journal;
        this.analyses = analyses;
    }

    /** Entries after {@code last}, then whatever comes, until the run is over. */
    SseEmitter open(AnalysisId id, long last) {
        EventReader reader = new EventReader(id, last, journal, analyses);
        readers.add(reader);
        Thread.ofVirtual().name("events-" + id).start(() -> {
            try {
                reader.run();
            } finally {
                readers.remove(reader);
            }
        });
        return reader.emitter();
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

    @Override
    public void said(Source source, String text) {
        for (EventReader reader : readers) {
            if (reader.reads(source.begun().id())) {
                reader.said(source, text);
            }
        }
    }

    /** Something about this analysis has changed. */
    void wake(AnalysisId id) {
        readers.stream().filter(reader -> reader.reads(id)).forEach(EventReader::wake);
    }

    int readers() {
        return readers.size();
    }

    /** Ends all streams; readers come back with Last-Event-ID. */
    void close() {
        readers.forEach(EventReader::close);
    }
}
