package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Fenced;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.Ledger;
import dev.deeprepo.journal.TestDatabase;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs over the real journal in a real database file. */
@SecondLane
class DurableRunsTest {

    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

    private static final PriceList PRICES = new PriceList(
            List.of(price("root-model", "2", "10"), price("sub/model", "0.20", "1.10")));

    @TempDir
    Path directory;

    /**
     * The n-th reply of run r costs 100 + n tokens in and 10 + r out, so a reply that is lost, doubled or in the wrong run's
     * account shows in the sums. Root: 2 replies of 100 in and 10 out for each run.
     */
    @Test
    void sixtyFourRunsOfTwentyQueriesKeepOrderAccountAndAGaplessJournal() throws InterruptedException {
        keepOrderAccountAndAGaplessJournal(64, 20);
    }

    @Test
    @Tag("long")
    void sixtyFourRunsOfTwoHundredQueriesKeepOrderAccountAndAGaplessJournal() throws InterruptedException {
        keepOrderAccountAndAGaplessJournal(64, 200);
    }

    /** No crash is part of this, so its commits need not be forced to the disk one by one. */
    private void keepOrderAccountAndAGaplessJournal(int runs, int queries) throws InterruptedException {
        try (TestDatabase database = TestDatabase.h2(directory)) {
            database.jdbc().execute("set write_delay 500");
            Journal journal = database.journal(Clock.fixed(NOON, ZoneOffset.UTC));
            List<Stage> stages = IntStream.range(0, runs).mapToObj(run -> {
                Stage stage = stage(database, journal).root(cells("queries run" + run + "-q " + queries),
                        cells("answer done " + run));
                stage.prices = PRICES;
                stage.sub = new ScriptedModel(call -> {
                    String prompt = Stage.prompt(call);
                    int query = Integer.parseInt(prompt.substring(prompt.indexOf('q') + 1));
                    return ScriptedModel.text("re " + prompt, Usage.of(100 + query, 10 + run));
                });
                return stage;
            }).toList();
            List<Thread> threads = stages.stream().map(stage -> Thread.ofPlatform().start(stage::run)).toList();
            for (Thread thread : threads) {
                thread.join();
            }

            Ledger ledger = database.ledger();
            long in = IntStream.range(0, queries).mapToLong(query -> 100 + query).sum();
            // each run: 2 x (100 x $2 + 10 x $10) / 1M
            Account root = new Account(2, 0, Usage.of(200, 20), Cost.usd("0.0006"));
            for (int run = 0; run < runs; run++) {
                Stage stage = stages.get(run);
                Account sub = sub(queries, in, queries * (10L + run));
                List<Entry> entries = stage.entries();
                assertThat(entries).extracting(Entry::sequence)
                        .containsExactlyElementsOf(LongStream.rangeClosed(1, entries.size()).boxed().toList());
                assertThat(askedAndReplied(entries)).isEqualTo(script(run, queries));
                List<CellFinished> cells = of(entries, CellFinished.class).toList();
                assertThat(cells.getFirst().observation()).startsWith("re run%d-q0\nre run%d-q1\n".formatted(run, run));
                assertThat(cells.getLast().answer()).isEqualTo("done " + run);
                assertThat(of(entries, ModelReplied.class)
                        .collect(toMap(ModelReplied::role, ModelReplied::account, Account::plus)))
                        .isEqualTo(Map.of(Role.ROOT, root, Role.SUB, sub));
                assertThat(ledger.progress(stage.id).accounts()).isEqualTo(Map.of(Role.ROOT, root, Role.SUB, sub));
                assertThat(ledger.lines(stage.id)).isEqualTo(lines(root, sub));
            }
            // all runs: each query's 10 out once for each run, and 0 + 1 + … + (runs - 1) more
            assertThat(ledger.lines()).isEqualTo(lines(
                    new Account(2 * runs, 0, Usage.of(200L * runs, 20L * runs), cost("600", runs)),
                    sub(runs * queries, runs * in, queries * (10L * runs + runs * (runs - 1L) / 2))));
        }
    }

    /** (in x $0.20 + out x $1.10) / 1M */
    private static Account sub(int calls, long in, long out) {
        return new Account(calls, 0, Usage.of(in, out), cost("0.20", in).plus(cost("1.10", out)));
    }

    private static Cost cost(String usdPerMillion, long count) {
        return new Cost(new BigDecimal(usdPerMillion).multiply(BigDecimal.valueOf(count)).movePointLeft(6));
    }

    /** What stands in the journal of the sub model's calls, in its order. */
    private static List<String> askedAndReplied(List<Entry> entries) {
        return entries.stream().map(Entry::event).flatMap(event -> switch (event) {
            case ModelAsked asked when asked.role() == Role.SUB -> Stream.of(asked.key() + " " + asked.prompt());
            case ModelReplied reply when reply.role() == Role.SUB -> Stream.of(reply.key() + " " + reply.text());
            default -> Stream.empty();
        }).toList();
    }

    private static List<String> script(int run, int queries) {
        return IntStream.range(0, queries).boxed().flatMap(query -> {
            CallKey key = new CallKey(1, 0, query, 0);
            String prompt = "run%d-q%d".formatted(run, query);
            return Stream.of(key + " " + prompt, key + " re " + prompt);
        }).toList();
    }

    private static <E extends Event> Stream<E> of(List<Entry> entries, Class<E> kind) {
        return entries.stream().map(Entry::event).filter(kind::isInstance).map(kind::cast);
    }

    private static List<Ledger.Line> lines(Account root, Account sub) {
        LocalDate day = LocalDate.ofInstant(NOON, ZoneOffset.UTC);
        return List.of(new Ledger.Line(day, Role.ROOT, "root-model", root, 0, 0, 0, 0),
                new Ledger.Line(day, Role.SUB, "sub/model", sub, 0, 0, 0, 0));
    }

    @Test
    void aRunWhoseAttemptIsOverBuysAndWritesNothingMore() {
        try (TestDatabase database = TestDatabase.h2(directory)) {
            Stage stage = stage(database, database.journal()).root(cells("batches q 200"), cells("answer never"));
            stage.concurrency = 4;
            AtomicInteger asked = new AtomicInteger();
            stage.sub = new ScriptedModel(call -> {
                if (asked.incrementAndGet() == 20) {
                    database.claim(stage.id, 2);
                }
                return ScriptedModel.text("reply");
            });

            assertThatThrownBy(stage::run).isInstanceOf(Fenced.class);

            assertThat(asked).hasValueLessThan(20 + 4);
            assertThat(stage.rootCalls()).hasSize(1);
            assertThat(stage.repl.closed).isTrue();
            assertThat(stage.events(Event.RunEnded.class)).isEmpty();
            assertThat(stage.events(ModelReplied.class)).hasSizeLessThan(20 + 4);
        }
    }

    @Test
    void anAttemptThatWasTakenOverWhileItWaitedToSendSendsNothing() {
        try (TestDatabase database = TestDatabase.h2(directory)) {
            SettableClock clock = new SettableClock();
            Stage stage = stage(database, database.journal(clock)).root(cells("query q"), cells("answer never"));
            AtomicInteger sent = new AtomicInteger();
            stage.sub = new ScriptedModel(call -> {
                database.claim(stage.id, 2); // while this call waits in a queue, or before its next attempt
                clock.advance(Duration.ofSeconds(30));
                call.listener().sending();
                sent.incrementAndGet();
                return ScriptedModel.text("reply");
            });

            assertThatThrownBy(stage::run).isInstanceOf(Fenced.class);

            assertThat(sent).hasValue(0);
            assertThat(stage.events(ModelReplied.class)).hasSize(1);
            assertThat(stage.rootCalls()).hasSize(1);
        }
    }

    private static Stage stage(TestDatabase database, Journal journal) {
        Stage stage = new Stage();
        stage.journal = journal;
        stage.id = database.accepted(journal);
        return stage;
    }

    private static Price price(String model, String input, String output) {
        Price.Tier tier = new Price.Tier(null, new BigDecimal(input), new BigDecimal(output), null, null);
        return new Price(model, true, List.of(tier), null, null, null, null, null);
    }
}
