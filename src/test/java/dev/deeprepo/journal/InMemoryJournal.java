package dev.deeprepo.journal;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A journal that lasts as long as its test. Opening a writer claims the analysis for its attempt. */
public final class InMemoryJournal implements Journal {

    private static final class Log {
        private final List<Entry> entries = new ArrayList<>();
        private int owner;
    }

    private final Map<AnalysisId, Log> logs = new ConcurrentHashMap<>();
    private final Clock clock;

    public InMemoryJournal() {
        this(Clock.systemUTC());
    }

    public InMemoryJournal(Clock clock) {
        this.clock = clock;
    }

    /** A new attempt owns the analysis from now on; writers of earlier ones are fenced. */
    public void claim(AnalysisId id, int attempt) {
        Log log = log(id);
        synchronized (log) {
            log.owner = Math.max(log.owner, attempt);
        }
    }

    @Override
    public JournalWriter writer(AnalysisId id, int attempt) {
        claim(id, attempt);
        return new Writer(id, attempt);
    }

    @Override
    public Entry begin(AnalysisId id, Event.Accepted accepted, List<Event> inherited) {
        try (JournalWriter writer = writer(id, 0)) {
            Entry first = writer.append(accepted);
            inherited.forEach(writer::append);
            return first;
        }
    }

    @Override
    public Entry reopen(AnalysisId id, int attempt, Event.Reopened reopened) {
        try (JournalWriter writer = writer(id, attempt)) {
            return writer.append(reopened);
        }
    }

    @Override
    public List<Entry> read(AnalysisId id, long after, int limit) {
        Log log = log(id);
        synchronized (log) {
            return log.entries.stream().skip(after).limit(limit).toList();
        }
    }

    private Log log(AnalysisId id) {
        return logs.computeIfAbsent(id, absent -> new Log());
    }

    private final class Writer implements JournalWriter {

        private final AnalysisId id;
        private final int attempt;
        private boolean closed;

        private Writer(AnalysisId id, int attempt) {
            this.id = id;
            this.attempt = attempt;
        }

        @Override
        public AnalysisId id() {
            return id;
        }

        @Override
        public Pending submit(Event event) {
            Log log = log(id);
            synchronized (log) {
                if (closed) {
                    throw new IllegalStateException("the journal writer of analysis " + id + " is closed");
                }
                if (attempt != log.owner) {
                    throw new Fenced(id, attempt);
                }
                Entry entry = new Entry(id, log.entries.size() + 1L, attempt, clock.instant(), event);
                log.entries.add(entry);
                return () -> entry;
            }
        }

        @Override
        public void confirm() {
            Log log = log(id);
            synchronized (log) {
                if (attempt != log.owner) {
                    throw new Fenced(id, attempt);
                }
            }
        }

        @Override
        public void close() {
            synchronized (log(id)) {
                closed = true;
            }
        }
    }
}
