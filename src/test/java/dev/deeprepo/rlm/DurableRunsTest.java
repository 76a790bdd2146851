package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs over the real journal in a real database file. */
class DurableRunsTest {

    private static final Instant NOON = Instant.parse("2026-11-01T12:00:00Z");

    private static final PriceList PRICES = new PriceList(
            List.of(price("root-model", "2", "10"), price("sub/model", "0.20", "1.10")));

    @TempDir
    Path directory;

    /**
     * The n-th reply of run r costs 100 + n tokens in and 10 + r out, so a reply that is lost, doubled or in the wrong run's
     * account shows in the sums. Root: 2 replies of 100 in and 10 out for each run. No crash is part of this, so the
     * 25 600 commits need not be forced to the disk one by one.
     */
    @Test
    void sixtyFourRunsOfTwoHundredQueriesKeepOrderAccountAndAGaplessJournal() throws InterruptedException {
        try (TestDatabase database = TestDatabase.h2(directory)) {
            database.jdbc().execute("set write_delay 500");
            Journal journal = database.journal(Clock.fixed(NOON, ZoneOffset.UTC));
            List<Stage> stages = IntStream.range(0, 64).mapToObj(run -> {
                Stage stage = stage(database, journal).root(cells("queries run" + run + "-q 200"),
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
            // each run: 2 x (100 x $2 + 10 x $10) / 1M
            Account root = new Account(2, 0, Usage.of(200, 20), Cost.usd("0.0006"));
            for (int run = 0; run < 64; run++) {
                Stage stage = stages.get(run);
                // each run: 200 x 100 + (0 + 1 + … + 199) in, 200 x (10 + r) out; (39900 x $0.20 + out x $1.10) / 1M
                Account sub = new Account(200, 0, Usage.of(39_900, 2_000 + 200 * run),
                        Cost.usd("0.01018")
                                .plus(new Cost(new BigDecimal("0.00022").multiply(BigDecimal.valueOf(run)))));
                List<Entry> entries = stage.entries();
                assertThat(entries).extracting(Entry::sequence)
                        .containsExactlyElementsOf(LongStream.rangeClosed(1, entries.size()).boxed().toList());
                assertThat(askedAndReplied(entries)).isEqualTo(script(run));
                List<CellFinished> cells = of(entries, CellFinished.class).toList();
                assertThat(cells.getFirst().observation()).startsWith("re run%d-q0\nre run%d-q1\n".formatted(run, run));
                assertThat(cells.getLast().answer()).isEqualTo("done " + run);
                assertThat(of(entries, ModelReplied.class)
                        .collect(toMap(ModelReplied::role, ModelReplied::account, Account::plus)))
                        .isEqualTo(Map.of(Role.ROOT, root, Role.SUB, sub));
                assertThat(ledger.progress(stage.id).accounts()).isEqualTo(Map.of(Role.ROOT, root, Role.SUB, sub));
                assertThat(ledger.lines(stage.id)).isEqualTo(lines(root, sub));
            }
            // 64 runs: 64 x 39900 in, 64 x 2000 + 200 x (0 + 1 + … + 63) out
            assertThat(ledger.lines()).isEqualTo(lines(new Account(128, 0, Usage.of(12_800, 1_280), Cost.usd("0.0384")),
                    new Account(12_800, 0, Usage.of(2_553_600, 531_200), Cost.usd("1.09504"))));
        }
    }

    /** What stands in the journal of the sub model's calls, in its order. */
    private static List<String> askedAndReplied(List<Entry> entries) {
        return entries.stream().map(Entry::event).flatMap(event -> switch (event) {
            case ModelAsked asked when asked.role() == Role.SUB -> Stream.of(asked.key() + " " + asked.prompt());
            case ModelReplied reply when reply.role() == Role.SUB -> Stream.of(reply.key() + " " + reply.text());
            default -> Stream.empty();
        }).toList();
    }

    private static List<String> script(int run) {
        return IntStream.range(0, 200).boxed().flatMap(query -> {
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
