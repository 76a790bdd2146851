package dev.deeprepo.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.deeprepo.journal.Event.ModelReplied.Source;
import dev.deeprepo.rlm.SettableClock;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.TransactionStatus;
import org.springframework.transaction.TransactionSystemException;

/** What the journal and the ledger promise on every database. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class JdbcJournalContract extends JournalContract {

    private static final Event.Accepted REQUEST = new Event.Accepted(Map.of("mode", "RLM"));

    @AutoClose
    private final TestDatabase database;

    JdbcJournalContract(TestDatabase database) {
        this.database = database;
    }

    @Override
    protected Journal journal() {
        return database.journal();
    }

    @Override
    protected AnalysisId accepted() {
        return database.accepted(journal());
    }

    @Override
    protected void claim(AnalysisId id, int attempt) {
        database.claim(id, attempt);
    }

    @Test
    void beginsInTheTransactionThatSavesTheAnalysis() {
        List<Entry> heard = new CopyOnWriteArrayList<>();
        Journal journal = database.journal(heard::addAll);
        AnalysisId saved = AnalysisId.random();
        AnalysisId rolledBack = AnalysisId.random();

        Entry first = database.transaction().execute(_ -> {
            database.save(saved);
            Entry entry = journal.begin(saved, REQUEST, List.of());
            assertThat(heard).as("heard before the commit").isEmpty();
            return entry;
        });
        database.transaction().executeWithoutResult(transaction -> {
            database.save(rolledBack);
            journal.begin(rolledBack, REQUEST, List.of());
            transaction.setRollbackOnly();
        });

        assertThat(heard).containsExactly(first);
        assertThat(journal.readAll(saved)).containsExactly(first);
        assertThat(journal.readAll(rolledBack)).isEmpty();
    }

    @Test
    void whatIsInheritedStandsInTheJournalAndInNoSum() {
        List<Entry> heard = new CopyOnWriteArrayList<>();
        Journal journal = database.journal(heard::addAll);
        AnalysisId id = AnalysisId.random();
        database.save(id);

        journal.begin(id, REQUEST, SampleRun.EVENTS);

        assertThat(journal.readAll(id)).hasSize(1 + SampleRun.EVENTS.size()).allMatch(Entry::inherited);
        assertThat(heard).as("it happened elsewhere").hasSize(1);
        assertThat(database.ledger().lines(id)).isEmpty();
        assertThat(database.ledger().progress(id).accounts()).isEmpty();
        assertThat(database.ledger().progress(id).retries()).isZero();
    }

    @Test
    void aRunThatHasEndedIsReopenedInTheTransactionThatLetsItWait() {
        List<Entry> heard = new CopyOnWriteArrayList<>();
        Journal journal = database.journal(heard::addAll);
        AnalysisId id = database.accepted(journal);
        Event.Reopened reopened = new Event.Reopened("FAILED", "model-failed");

        database.transaction().executeWithoutResult(transaction -> {
            journal.reopen(id, 1, reopened);
            transaction.setRollbackOnly();
        });
        assertThat(journal.readAll(id)).hasSize(1);
        Entry entry = database.transaction().execute(_ -> journal.reopen(id, 1, reopened));

        assertThat(journal.readAll(id)).endsWith(entry);
        assertThat(heard).endsWith(entry);
        assertThatThrownBy(() -> journal.reopen(id, 2, reopened)).isInstanceOf(Fenced.class);
    }

    @Test
    void aTakeoverThatIsNotCommittedYetHoldsBackTheOldAttemptAndThenFencesIt() throws Exception {
        AnalysisId id = accepted();
        CountDownLatch claimed = new CountDownLatch(1);
        CountDownLatch commit = new CountDownLatch(1);
        CompletableFuture<Void> takeover = CompletableFuture.runAsync(() -> database.transaction()
                .executeWithoutResult(_ -> {
                    claim(id, 2);
                    claimed.countDown();
                    awaitUninterrupted(commit);
                }));
        claimed.await();
        try (JournalWriter old = journal().writer(id, 1)) {
            CompletableFuture<Entry> append = CompletableFuture.supplyAsync(() -> old.append(new Event.TurnStarted(1)),
                    Thread::startVirtualThread);
            await().during(Duration.ofMillis(300)).until(() -> !append.isDone());
            commit.countDown();
            takeover.join();

            assertThatThrownBy(append::join).hasCauseInstanceOf(Fenced.class);
        }
        assertThat(journal().readAll(id)).hasSize(1);
    }

    @Test
    void theInsertAloneRefusesAnOutdatedAttempt() {
        AnalysisId id = accepted();
        String insert = """
                insert into journal (analysis_id, sequence, attempt, at, name, body)
                select id, 2, attempt, current_timestamp, 'warned', '{}' from analysis
                where id = ? and attempt = ? for update
                """;

        assertThat(database.jdbc().update(insert, id.value(), 0)).isZero();
        assertThat(database.jdbc().update(insert, id.value(), 1)).isEqualTo(1);
    }

    @Test
    void listenersHearEachEntryOnceInOrderAndBeforeItsAppenderGoesOn() throws Exception {
        List<Entry> heard = new CopyOnWriteArrayList<>();
        EntryListener broken = entries -> {
            if (entries.getFirst().sequence() == 2) {
                throw new IllegalStateException("this listener fails once");
            }
        };
        Journal journal = database.journal(broken, heard::addAll);
        AnalysisId id = database.accepted(journal);
        try (JournalWriter writer = journal.writer(id, 1)) {
            inParallel(16, _ -> {
                for (int turn = 0; turn < 20; turn++) {
                    assertThat(heard).contains(writer.append(new Event.TurnStarted(turn)));
                }
            });
        }
        assertThat(heard).isEqualTo(journal.readAll(id));
    }

    @Test
    void aListenerMayReadTheJournal() {
        AtomicReference<Journal> journal = new AtomicReference<>();
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        journal.set(database.journal(entries -> sizes.add(journal.get().readAll(entries.getFirst().id()).size())));
        AnalysisId id = AnalysisId.random();
        database.transaction().executeWithoutResult(_ -> {
            database.save(id);
            journal.get().begin(id, REQUEST, List.of());
        });
        claim(id, 1);
        try (JournalWriter writer = journal.get().writer(id, 1)) {
            writer.append(new Event.TurnStarted(1));
        }
        assertThat(sizes).containsExactly(1, 2);
    }

    @Test
    void instantsAreAsTheDatabaseKeepsThemAndNeverGoBack() {
        Instant start = Instant.parse("2026-11-22T10:00:00.123456789Z");
        AnalysisId id = accepted();
        database.jdbc().update("update journal set at = ? where analysis_id = ?",
                start.minusSeconds(60).atOffset(ZoneOffset.UTC), id.value());
        Entry first;
        Entry second;
        try (JournalWriter writer = database.journal(Clock.fixed(start, ZoneOffset.UTC)).writer(id, 1)) {
            first = writer.append(new Event.TurnStarted(1));
        }
        Clock setBack = Clock.fixed(start.minusSeconds(5), ZoneOffset.UTC);
        try (JournalWriter writer = database.journal(setBack).writer(id, 1)) {
            second = writer.append(new Event.TurnStarted(2));
        }

        assertThat(first.at()).isEqualTo(Instant.parse("2026-11-22T10:00:00.123456Z"));
        assertThat(second.at()).isEqualTo(first.at());
        assertThat(journal().read(id, 1, 2)).containsExactly(first, second);
    }

    @Test
    void charactersThatDatabasesRefuseAreReplaced() {
        AnalysisId id = accepted();
        Event event = new Event.Warned("nul-\0\0",
                "lone \uD83D high, low \uDE00, pair \uD83D\uDE00, text \\u0000 stays");
        try (JournalWriter writer = journal().writer(id, 1)) {
            Entry entry = writer.append(event);

            assertThat(entry.event()).isEqualTo(new Event.Warned("nul-\uFFFD\uFFFD",
                    "lone \uFFFD high, low \uFFFD, pair \uD83D\uDE00, text \\u0000 stays"));
            assertThat(journal().read(id, 1, 1)).containsExactly(entry);
        }
    }

    @Test
    void longTextsComeBackWhole() {
        AnalysisId id = accepted();
        Event event = new Event.Warned("long", "0123456789".repeat(500_000));
        try (JournalWriter writer = journal().writer(id, 1)) {
            writer.append(event);
        }
        assertThat(journal().read(id, 1, 1).getFirst().event()).isEqualTo(event);
    }

    @Test
    void anEventOfANewerVersionIsNamedAndItsNewFieldsArePassedOver() {
        AnalysisId id = accepted();
        String insert = """
                insert into journal (analysis_id, sequence, attempt, at, name, body)
                values (?, ?, 1, current_timestamp, ?, ?)
                """;
        database.jdbc().update(insert, id.value(), 2, "turn-started", "{\"turn\":7,\"mood\":\"good\"}");
        database.jdbc().update(insert, id.value(), 3, "moon-risen", "{}");

        assertThat(journal().read(id, 1, 1).getFirst().event()).isEqualTo(new Event.TurnStarted(7));
        assertThatThrownBy(() -> journal().readAll(id)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'moon-risen'").hasMessageContaining("newer");
    }

    @Test
    void anAppendInsideATransactionIsRefusedInsteadOfWaitingForItself() {
        AnalysisId id = accepted();
        try (JournalWriter writer = journal().writer(id, 1)) {
            assertThatThrownBy(() -> database.transaction()
                    .executeWithoutResult(_ -> writer.append(new Event.TurnStarted(1))))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("inside a transaction");
        }
    }

    @Test
    void anInterruptedAppenderStillGetsItsEntryAndHarmsNobody() throws Exception {
        AnalysisId id = accepted();
        try (JournalWriter writer = journal().writer(id, 1)) {
            CompletableFuture<Entry> entry = new CompletableFuture<>();
            Thread appender = Thread.ofVirtual().start(() -> {
                Thread.currentThread().interrupt();
                entry.complete(writer.append(new Event.TurnStarted(1)));
            });
            appender.join();

            assertThat(entry.join().sequence()).isEqualTo(2);
            assertThat(writer.append(new Event.TurnStarted(2)).sequence()).isEqualTo(3);
        }
    }

    @Test
    void aDeletedAnalysisTakesItsEntriesAlongAndFencesItsWriter() {
        AnalysisId id = accepted();
        try (JournalWriter writer = journal().writer(id, 1)) {
            writer.append(new Event.TurnStarted(1));
            database.jdbc().update("delete from analysis where id = ?", id.value());

            assertThatThrownBy(() -> writer.append(new Event.TurnStarted(2))).isInstanceOf(Fenced.class);
        }
        assertThat(journal().readAll(id)).isEmpty();
    }

    @Test
    void twoWritersOfOneAttemptTakeTurns() {
        AnalysisId id = accepted();
        try (JournalWriter one = journal().writer(id, 1); JournalWriter other = journal().writer(id, 1)) {
            for (int turn = 1; turn <= 3; turn++) {
                one.append(new Event.TurnStarted(turn));
                other.append(new Event.TurnStarted(turn));
            }
        }
        assertThat(journal().readAll(id)).extracting(Entry::sequence).isEqualTo(upTo(7));
    }

    @Test
    void aRefusedBatchLeavesNothingAndTheWriterUsable() {
        AnalysisId id = accepted();
        try (JournalWriter writer = journal().writer(id, 1)) {
            Event tooLong = SampleRun.asked(CallKey.root(1), Role.ROOT, "m".repeat(300), null);

            assertThatThrownBy(() -> writer.append(tooLong)).isInstanceOf(JournalUnavailable.class)
                    .hasMessageContaining(id.toString());
            assertThat(writer.append(new Event.TurnStarted(1)).sequence()).isEqualTo(2);
        }
    }

    @Test
    void nothingIsTakenBehindASubmittedEntryThatWasLost() {
        AnalysisId id = accepted();
        try (JournalWriter writer = journal().writer(id, 1)) {
            JournalWriter.Pending lost = writer
                    .submit(SampleRun.asked(CallKey.root(1), Role.ROOT, "m".repeat(300), null));

            assertThatThrownBy(() -> writer.append(new Event.TurnStarted(1))).isInstanceOf(JournalUnavailable.class);
            assertThatThrownBy(() -> writer.append(new Event.TurnStarted(1))).isInstanceOf(JournalUnavailable.class);
            assertThatThrownBy(lost::await).isInstanceOf(JournalUnavailable.class);
        }
        assertThat(journal().readAll(id)).hasSize(1);
    }

    @Test
    void theLedgerSumsWhatTheTrajectoryFolds() {
        AnalysisId id = accepted();
        SampleRun.play(journal(), id);

        Trajectory trajectory = Trajectory.of(journal().readAll(id));
        Ledger.Progress progress = database.ledger().progress(id);
        assertThat(progress.accounts()).isEqualTo(trajectory.accounts())
                .isEqualTo(Map.of(Role.ROOT, SampleRun.ROOT_ACCOUNT, Role.SUB, SampleRun.SUB_ACCOUNT));
        assertThat(progress.retries()).isEqualTo(trajectory.retries()).isEqualTo(SampleRun.RETRIES);
        assertThat(progress.turn()).isEqualTo(2);
        assertThat(progress.subCalls()).isEqualTo(3);
        assertThat(progress.phase()).isEqualTo("done");

        List<Ledger.Line> lines = database.ledger().lines(id);
        assertThat(lines).hasSize(2);
        assertThat(lines).extracting(Ledger.Line::account)
                .containsExactly(SampleRun.ROOT_ACCOUNT, SampleRun.SUB_ACCOUNT);
        assertThat(lines).extracting(Ledger.Line::model).containsExactly(SampleRun.ROOT, SampleRun.SUB);
        assertThat(lines).extracting(Ledger.Line::failedAttempts).containsExactly(2, 2);
        assertThat(lines).extracting(Ledger.Line::givenUp).containsExactly(0, 1);
        assertThat(lines).extracting(Ledger.Line::waitMillis).containsExactly(11_000L, 1_000L);
        assertThat(lines).allSatisfy(
                line -> assertThat(line.retries()).isEqualTo(line.failedAttempts() - line.givenUp()));
    }

    @Test
    void linesOfAllAnalysesAreTheSumOfEach() {
        AnalysisId first = accepted();
        AnalysisId second = accepted();
        Account before = total(database.ledger().lines());
        int failuresBefore = failed();
        SampleRun.play(journal(), first);
        SampleRun.play(journal(), second);

        Account run = SampleRun.ROOT_ACCOUNT.plus(SampleRun.SUB_ACCOUNT);
        assertThat(total(database.ledger().lines())).isEqualTo(before.plus(run).plus(run));
        assertThat(failed() - failuresBefore).isEqualTo(2 * SampleRun.FAILED_ATTEMPTS);
        assertThat(database.ledger().failures()).extracting(Ledger.Failures::reason)
                .containsExactly("RATE_LIMITED", "TRANSIENT");
    }

    @Test
    void aRunThatIsHeldForLongWaitsUntilThen() {
        AnalysisId id = accepted();
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Ledger ledger = database.ledger(Clock.fixed(now, ZoneOffset.UTC));
        try (JournalWriter writer = journal().writer(id, 1)) {
            writer.append(new Event.CallHeld(Role.SUB, SampleRun.SUB, now.plusSeconds(90)));
        }

        assertThat(ledger.progress(id).phase()).isEqualTo("waiting");
        assertThat(ledger.progress(id).waitingUntil()).isEqualTo(now.plusSeconds(90));
        assertThat(database.ledger(Clock.fixed(now.plusSeconds(91), ZoneOffset.UTC)).progress(id).phase())
                .isEqualTo("running");
    }

    @Test
    void whatADeletedAnalysisTookStaysInTheSumsOverAll() {
        AnalysisId id = accepted();
        SampleRun.play(journal(), id);
        Ledger ledger = database.ledger();
        List<Ledger.Line> lines = ledger.lines();
        List<Ledger.Failures> failures = ledger.failures();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        Cost spent = ledger.spent(today);

        database.transaction().executeWithoutResult(_ -> {
            ledger.keep(id);
            database.jdbc().update("delete from analysis where id = ?", id.value());
        });

        assertThat(ledger.lines(id)).isEmpty();
        assertThat(ledger.lines()).isEqualTo(lines);
        assertThat(ledger.failures()).isEqualTo(failures);
        assertThat(ledger.spent(today)).isEqualTo(spent).isGreaterThanOrEqualTo(SampleRun.ROOT_ACCOUNT.cost());
    }

    @Test
    void eachOwnersSpendingIsItsOwnAndOutlivesItsAnalyses() {
        Ledger ledger = database.ledger();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        AnalysisId hers = accepted();
        AnalysisId his = accepted();
        database.jdbc().update("update analysis set owner = 'alice' where id = ?", hers.value());
        database.jdbc().update("update analysis set owner = 'bob' where id = ?", his.value());
        try (JournalWriter writer = journal().writer(hers, 1)) {
            writer.append(SampleRun.asked(CallKey.root(1), Role.ROOT, SampleRun.ROOT, null)); // sets 0.1 aside
            writer.append(SampleRun.replied(CallKey.root(1), Role.ROOT, SampleRun.ROOT, "here", Usage.of(1, 1), "0.03",
                    Source.MODEL, null));
        }
        try (JournalWriter writer = journal().writer(his, 1)) {
            writer.append(SampleRun.asked(CallKey.root(1), Role.ROOT, SampleRun.ROOT, null));
        }
        assertThat(ledger.spent("alice", today)).isEqualTo(Cost.usd("0.03"));
        assertThat(ledger.spent("bob", today)).isEqualTo(Cost.usd("0.1"));

        database.transaction().executeWithoutResult(_ -> {
            ledger.keep(hers);
            database.jdbc().update("delete from analysis where id = ?", hers.value());
        });

        assertThat(ledger.spent("alice", today)).isEqualTo(Cost.usd("0.03"));
        assertThat(ledger.spent("carol", today)).isEqualTo(Cost.ZERO);
        assertThat(ledger.spent("alice", today.minusDays(1))).isEqualTo(Cost.ZERO);
    }

    @Test
    void whatIsSetAsideForACallStaysSoUntilItsReply() {
        AnalysisId id = accepted();
        Ledger ledger = database.ledger();
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        Cost before = ledger.spent(today);
        try (JournalWriter writer = journal().writer(id, 1)) {
            writer.append(SampleRun.asked(CallKey.root(1), Role.ROOT, SampleRun.ROOT, null));
            assertThat(ledger.progress(id).reserved()).isEqualTo(Cost.usd("0.1"));
            assertThat(ledger.spent(today)).isEqualTo(before.plus(Cost.usd("0.1")));
            writer.append(SampleRun.asked(CallKey.root(1), Role.ROOT, SampleRun.ROOT, null)); // again, after a crash
            writer.append(SampleRun.replied(CallKey.root(1), Role.ROOT, SampleRun.ROOT, "here", Usage.of(1, 1), "0.01",
                    Source.MODEL, null));
        }

        assertThat(ledger.progress(id).reserved()).as("of the one that nobody knows of").isEqualTo(Cost.usd("0.1"));
        assertThat(ledger.spent(today)).isEqualTo(before.plus(Cost.usd("0.11")));
    }

    @Test
    void daysAreThoseOfUtcWhereverTheServiceRuns() {
        AnalysisId id = accepted();
        Clock lateEvening = Clock.fixed(Instant.parse("2030-03-01T23:30:00Z"), ZoneOffset.UTC);
        try (JournalWriter writer = database.journal(lateEvening).writer(id, 1)) {
            SampleRun.EVENTS.forEach(writer::append);
        }
        TimeZone here = TimeZone.getDefault();
        try {
            for (String zone : List.of("UTC", "Pacific/Kiritimati", "America/Los_Angeles")) {
                TimeZone.setDefault(TimeZone.getTimeZone(zone));
                assertThat(database.ledger().lines(id)).extracting(Ledger.Line::day).as(zone)
                        .containsOnly(LocalDate.of(2030, 3, 1));
            }
        } finally {
            TimeZone.setDefault(here);
        }
    }

    @Test
    void theNewestEntryTellsThePhase() {
        AnalysisId id = accepted();
        Ledger ledger = database.ledger();
        assertThat(ledger.progress(id))
                .isEqualTo(new Ledger.Progress(0, 0, 0, 0, Cost.ZERO, "queued", null, null, Map.of()));
        StringBuilder phases = new StringBuilder();
        try (JournalWriter writer = journal().writer(id, 1)) {
            String last = "";
            for (Event event : SampleRun.EVENTS) {
                writer.append(event);
                String phase = ledger.progress(id).phase();
                if (!phase.equals(last)) {
                    phases.append(phase).append(' ');
                }
                last = phase;
            }
        }
        assertThat(phases).hasToString("fetching thinking running thinking running thinking done ");
    }

    @Test
    void aWaitOfMoreThanAMinuteIsTheRunsPhaseUntilItsEnd() {
        AnalysisId id = accepted();
        Instant failed = Instant.parse("2030-03-01T14:01:50.000001Z");
        try (JournalWriter writer = database.journal(Clock.fixed(failed, ZoneOffset.UTC)).writer(id, 1)) {
            writer.append(waits(Duration.ofSeconds(60)));
            assertThat(phase(id, failed)).as("no long wait").isEqualTo("thinking until null");

            writer.append(waits(Duration.ofSeconds(90)));
            writer.append(new Event.Warned("any", "a warning is no step of the run"));
            Instant end = failed.plusSeconds(90);
            assertThat(phase(id, failed)).isEqualTo("waiting until " + end);
            assertThat(phase(id, end.minusMillis(1))).isEqualTo("waiting until " + end);
            assertThat(phase(id, end)).as("over").isEqualTo("thinking until null");

            writer.append(waits(null));
            assertThat(phase(id, failed)).as("given up").isEqualTo("thinking until null");
        }
    }

    private static Event waits(@Nullable Duration delay) {
        return SampleRun.failed(CallKey.root(1), Role.ROOT, SampleRun.ROOT, 1, "RATE_LIMITED", delay);
    }

    private String phase(AnalysisId id, Instant now) {
        Ledger.Progress progress = database.ledger(Clock.fixed(now, ZoneOffset.UTC)).progress(id);
        return progress.phase() + " until " + progress.waitingUntil();
    }

    @Test
    void aModelThatTookOverIsAWarning() {
        AnalysisId id = accepted();
        Ledger ledger = database.ledger();
        try (JournalWriter writer = journal().writer(id, 1)) {
            writer.append(new Event.Warned("first", "before"));
            writer.append(new Event.ModelFellBack(Role.SUB, "sub-1", "sub-2", "429"));
            assertThat(ledger.progress(id).phase()).isEqualTo("running");
            writer.append(new Event.Warned("last", "after"));
        }

        assertThat(ledger.warnings(id)).extracting(Event.Warned::code).containsExactly("first", "model-fell-back",
                "last");
        assertThat(ledger.warnings(id)).isEqualTo(Trajectory.of(journal().readAll(id)).warnings());
    }

    private int failed() {
        return database.ledger().failures().stream().mapToInt(Ledger.Failures::failedAttempts).sum();
    }

    private static Account total(List<Ledger.Line> lines) {
        return lines.stream().map(Ledger.Line::account).reduce(Account.EMPTY, Account::plus);
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        await().until(() -> latch.getCount() == 0);
    }

    @Test
    void aCommitWhoseAnswerWasLostIsNotMadeTwice() {
        AnalysisId id = accepted();
        FlakyTransactions flaky = new FlakyTransactions(database.transactions());
        Journal journal = database.journal(Clock.systemUTC(), flaky);
        List<Entry> told = new ArrayList<>();
        try (JournalWriter writer = journal.writer(id, 1, () -> false)) {
            told.add(writer.append(new Event.TurnStarted(1)));
            flaky.answersLost = 1; // where the journal ended was known
            told.add(writer.append(new Event.TurnStarted(2)));
            told.add(writer.append(new Event.TurnStarted(3)));
            flaky.refused = 3;
            told.add(writer.append(new Event.TurnStarted(4)));
        }
        flaky.answersLost = 2;
        try (JournalWriter writer = journal.writer(id, 1, () -> false)) {
            told.add(writer.append(new Event.TurnStarted(5)));
        }

        assertThat(flaky.answersLost + flaky.refused).as("all failures were met").isZero();
        List<Entry> entries = journal().readAll(id);
        assertThat(entries.subList(1, entries.size())).isEqualTo(told);
        assertThat(told).extracting(Entry::event).isEqualTo(IntStream.rangeClosed(1, 5).mapToObj(Event.TurnStarted::new)
                .toList());
    }

    @Test
    void aTakeoverDuringAnOutageFencesWhoeverWaitedForItsEnd() {
        AnalysisId id = accepted();
        FlakyTransactions flaky = new FlakyTransactions(database.transactions());
        try (JournalWriter writer = database.journal(Clock.systemUTC(), flaky).writer(id, 1, () -> false)) {
            writer.append(new Event.TurnStarted(1));
            flaky.refused = 1;
            flaky.meanwhile = () -> claim(id, 2);
            assertThatThrownBy(() -> writer.append(new Event.TurnStarted(2))).isInstanceOf(Fenced.class);
        }
        assertThat(journal().readAll(id)).hasSize(2);
    }

    @Test
    void whoIsToStopWaitsForNoDatabase() {
        AnalysisId id = accepted();
        FlakyTransactions flaky = new FlakyTransactions(database.transactions());
        AtomicBoolean stopped = new AtomicBoolean();
        try (JournalWriter writer = database.journal(Clock.systemUTC(), flaky).writer(id, 1, stopped::get)) {
            flaky.refused = 1_000_000;
            CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(
                    () -> catchThrowable(() -> writer.append(new Event.TurnStarted(1))), Thread::startVirtualThread);
            await().until(() -> flaky.refused < 999_998);
            assertThat(failure).isNotDone();
            stopped.set(true);
            assertThat(failure.join()).isInstanceOf(JournalUnavailable.class);
        }
    }

    @Test
    void ownershipIsAskedForAgainOnceTheLastProofOfItIsOld() {
        AnalysisId id = accepted();
        SettableClock clock = new SettableClock();
        try (JournalWriter writer = database.journal(clock).writer(id, 1)) {
            writer.append(new Event.TurnStarted(1));
            claim(id, 2);
            clock.advance(Duration.ofSeconds(10)); // as if the process had been stopped and continued
            assertThatThrownBy(writer::confirm).isInstanceOf(Fenced.class);
            claim(id, 1);
            writer.confirm();
            writer.append(new Event.TurnStarted(2));
        }
    }

    @Test
    void aVersionThatDoesNotKnowAnEventOfTheJournalDoesNotStart() {
        AnalysisId id = accepted();
        SampleRun.play(journal(), id);
        KnownEvents known = new KnownEvents(database.jdbc());
        database.jdbc().update("delete from journal where name = 'moon-risen'");
        known.check();

        database.jdbc().update("""
                insert into journal (analysis_id, sequence, attempt, at, name, body)
                values (?, 1000, 1, current_timestamp, 'moon-risen', '{}')
                """, id.value());
        assertThatThrownBy(known::check).isInstanceOf(UnknownEvent.class).hasMessageContaining("'moon-risen'");
        database.jdbc().update("delete from journal where name = 'moon-risen'");
    }

    /** A database that is away for some commits, or loses its answers to some. */
    private static final class FlakyTransactions implements PlatformTransactionManager {

        private final PlatformTransactionManager database;
        private volatile int answersLost;
        private volatile int refused;
        private Runnable meanwhile = () -> {};

        FlakyTransactions(PlatformTransactionManager database) {
            this.database = database;
        }

        @Override
        public TransactionStatus getTransaction(@Nullable TransactionDefinition definition) {
            if (refused > 0) {
                refused = refused - 1;
                meanwhile.run();
                throw new CannotCreateTransactionException("the database is away");
            }
            return database.getTransaction(definition);
        }

        @Override
        public void commit(TransactionStatus status) {
            database.commit(status);
            if (answersLost > 0) {
                answersLost = answersLost - 1;
                throw new TransactionSystemException("the connection was cut");
            }
        }

        @Override
        public void rollback(TransactionStatus status) {
            database.rollback(status);
        }
    }
}
