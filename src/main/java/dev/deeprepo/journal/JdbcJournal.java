package dev.deeprepo.journal;

import dev.deeprepo.journal.EventJson.Draft;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The journal in a relational database; one SQL dialect for H2 and PostgreSQL.
 *
 * <p>Every batch begins by locking the analysis' row, on the condition that its attempt is the writer's own. Held to the
 * commit, that lock makes all writers of one analysis take turns: entries become visible in the order of their sequence
 * ({@code id > last} never skips one), and a takeover, which updates that row, stands wholly before or wholly after a
 * batch. Every insert takes that lock and carries that condition by itself; a lock before it is needed only when the end
 * of the journal must be read first. A writer that remembers the end and is wrong, because another one of its attempt
 * has written since, meets the primary key and reads it again; so does one that did not hear what became of its commit,
 * and finds its own batch there, or not.
 */
@Component
class JdbcJournal implements Journal {

    private static final Logger log = LoggerFactory.getLogger(JdbcJournal.class);

    private static final String LOCK = "select id from analysis where id = ? and attempt = ? for update";

    private static final String OWNED = "select id from analysis where id = ? and attempt = ?";

    /** For how long a write of an attempt proves that it owns its analysis: no other takes over in less. */
    private static final Duration FRESH = Duration.ofMillis(250);

    private static final String LAST = """
            select sequence, at from journal where analysis_id = ? order by sequence desc limit 1
            """;

    private static final String READ = """
            select sequence, attempt, at, name, body from journal
            where analysis_id = ? and sequence > ? order by sequence limit ?
            """;

    /** Where a journal ends. */
    private record End(long sequence, Instant at) {}

    private final JdbcTemplate jdbc;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private final ObjectProvider<EntryListener> listeners;

    /** @param listeners asked for late, because most listeners read the journal */
    JdbcJournal(JdbcTemplate jdbc, PlatformTransactionManager transactions, Clock clock,
            ObjectProvider<EntryListener> listeners) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
        this.clock = clock;
        this.listeners = listeners;
    }

    @Override
    public JournalWriter writer(AnalysisId id, int attempt) {
        return writer(id, attempt, () -> true);
    }

    @Override
    public JournalWriter writer(AnalysisId id, int attempt, BooleanSupplier stopped) {
        return new GroupCommit(id, attempt, new Store(id, attempt, stopped));
    }

    @Override
    public Entry begin(AnalysisId id, Event.Accepted accepted, List<Event> inherited) {
        List<Draft> drafts = Stream.concat(Stream.of(accepted), inherited.stream()).map(EventJson::draft).toList();
        return toldAfterCommit(new Store(id, 0, () -> true).write(new Batch(drafts, null)).subList(0, 1));
    }

    @Override
    public Entry reopen(AnalysisId id, int attempt, Event.Reopened reopened) {
        return toldAfterCommit(
                new Store(id, attempt, () -> true).write(new Batch(List.of(EventJson.draft(reopened)), null)));
    }

    private Entry toldAfterCommit(List<Entry> entries) {
        if (TransactionSynchronizationManager.isSynchronizationActive()) {
            TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                @Override
                public void afterCommit() {
                    tell(entries);
                }
            });
        } else {
            tell(entries);
        }
        return entries.getFirst();
    }

    @Override
    public List<Entry> read(AnalysisId id, long after, int limit) {
        return jdbc.query(READ, (row, _) -> new Entry(id, row.getLong("sequence"), row.getInt("attempt"), at(row),
                EventJson.read(row.getString("name"), row.getString("body"))), id.value(), after, limit);
    }

    /** Entries on their way into the journal. */
    private static final class Batch {

        private final List<Draft> drafts;
        /** Where the journal ends before it; null while that is not known. */
        private @Nullable End after;
        /** Whether it may stand there: its commit was tried, and the answer to it was not heard. */
        private boolean doubtful;

        Batch(List<Draft> drafts, @Nullable End after) {
            this.drafts = drafts;
            this.after = after;
        }
    }

    /** Stores the batches of one writer; remembers where the journal ends, because finding out takes a scan in H2. */
    private final class Store implements GroupCommit.Store {

        private final AnalysisId id;
        private final int attempt;
        private final BooleanSupplier stopped;
        private @Nullable End end;
        private volatile Moment owned = Moment.NEVER;

        Store(AnalysisId id, int attempt, BooleanSupplier stopped) {
            this.id = id;
            this.attempt = attempt;
            this.stopped = stopped;
        }

        @Override
        public List<Entry> store(List<Draft> drafts) {
            Batch batch = new Batch(drafts, end);
            end = null; // Whatever happens below, even a commit whose answer is lost: what is known then is asked again.
            List<Entry> entries = Outage.outlast(stopped, () -> {
                Moment before = Moment.now(clock);
                List<Entry> written = writeAfterTheRightEnd(batch);
                owned = before;
                return written;
            });
            end = new End(entries.getLast().sequence(), entries.getLast().at());
            tell(entries);
            return entries;
        }

        private List<Entry> writeAfterTheRightEnd(Batch batch) {
            try {
                return write(batch);
            } catch (DuplicateKeyException anotherWriterOfThisAttempt) {
                batch.after = null;
                batch.doubtful = false;
                return write(batch);
            }
        }

        private List<Entry> write(Batch batch) {
            return transaction.execute(_ -> {
                End after = batch.after;
                if (after == null || batch.doubtful) {
                    End now = lockedEnd(id, attempt);
                    List<Entry> standing = after == null || after.sequence() == now.sequence()
                            ? List.of()
                            : standing(after, batch.drafts);
                    if (!standing.isEmpty()) {
                        return standing;
                    }
                    after = now;
                }
                List<Entry> entries = number(id, attempt, after, batch.drafts);
                batch.after = after;
                batch.doubtful = true;
                insert(entries, batch.drafts);
                return entries;
            });
        }

        /** The entries after some end, if they are just these; none otherwise. */
        private List<Entry> standing(End after, List<Draft> drafts) {
            List<Entry> entries = new ArrayList<>();
            jdbc.query(READ, row -> {
                Draft draft = drafts.get(entries.size());
                if (row.getInt("attempt") == attempt && row.getString("body").equals(draft.body())) {
                    entries.add(new Entry(id, row.getLong("sequence"), attempt, at(row), draft.event()));
                }
            }, id.value(), after.sequence(), drafts.size());
            return entries.size() == drafts.size() ? List.copyOf(entries) : List.of();
        }

        @Override
        public void confirm() {
            Moment now = Moment.now(clock);
            if (now.isWithin(FRESH, owned)) {
                return;
            }
            if (Outage.outlast(stopped, () -> jdbc.queryForList(OWNED, id.value(), attempt)).isEmpty()) {
                throw new Fenced(id, attempt);
            }
            owned = now;
        }
    }

    /** By two clocks: one stands still while the machine sleeps, the other may be set. */
    private record Moment(long nanos, Instant at) {

        private static final Moment NEVER = new Moment(0, Instant.EPOCH);

        static Moment now(Clock clock) {
            return new Moment(System.nanoTime(), clock.instant());
        }

        boolean isWithin(Duration time, Moment earlier) {
            Duration passed = Duration.between(earlier.at, at);
            return nanos - earlier.nanos < time.toNanos() && !passed.isNegative() && passed.compareTo(time) < 0;
        }
    }

    private End lockedEnd(AnalysisId id, int attempt) {
        if (jdbc.queryForList(LOCK, id.value(), attempt).isEmpty()) {
            throw new Fenced(id, attempt);
        }
        return jdbc.query(LAST, (row, _) -> new End(row.getLong("sequence"), at(row)), id.value()).stream().findFirst()
                .orElse(new End(0, Instant.MIN));
    }

    private List<Entry> number(AnalysisId id, int attempt, End end, List<Draft> drafts) {
        // Clocks of two machines differ, and one may be set back; both databases keep microseconds.
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Instant at = now.isBefore(end.at()) ? end.at() : now;
        List<Entry> entries = new ArrayList<>(drafts.size());
        for (Draft draft : drafts) {
            entries.add(new Entry(id, end.sequence() + entries.size() + 1, attempt, at, draft.event()));
        }
        return List.copyOf(entries);
    }

    private void insert(List<Entry> entries, List<Draft> drafts) {
        List<Object[]> rows = new ArrayList<>(entries.size());
        for (int i = 0; i < entries.size(); i++) {
            rows.add(JournalRow.of(entries.get(i), drafts.get(i).body()));
        }
        int[] inserted = jdbc.batchUpdate(JournalRow.INSERT, rows, JournalRow.TYPES);
        if (Arrays.stream(inserted).anyMatch(count -> count == 0)) {
            throw new Fenced(entries.getFirst().id(), entries.getFirst().attempt());
        }
    }

    private void tell(List<Entry> entries) {
        listeners.orderedStream().forEach(listener -> {
            try {
                listener.written(entries);
            } catch (RuntimeException | Error failed) { // The entries are durable: their appenders must hear just that.
                log.warn("A listener failed on entry {} ff. of analysis {}; they stand in the journal, and it goes on",
                        entries.getFirst().sequence(), entries.getFirst().id(), failed);
            }
        });
    }

    private static Instant at(ResultSet row) throws SQLException {
        return row.getObject("at", OffsetDateTime.class).toInstant();
    }
}
