package dev.deeprepo.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.journal.Ledger;
import dev.deeprepo.journal.SampleRun;
import dev.deeprepo.journal.TestDatabase;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Role;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetersTest {

    private static final Instant START = Instant.parse("2026-11-22T10:00:00Z");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private TestDatabase database;
    private Journal journal;
    private AnalysisId id;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = TestDatabase.h2(directory);
        Clock clock = mock(Clock.class);
        when(clock.instant()).thenAnswer(_ -> now.get());
        AtomicReference<Journal> late = new AtomicReference<>();
        journal = database.journal(clock, new CostMetrics(registry, models()), new RetryMetrics(registry),
                entries -> new RunMetrics(registry, late.get()).written(entries));
        late.set(journal);
        id = database.accepted(journal);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void tokensAndMoneyAddUpToTheJournal() {
        SampleRun.play(journal, id);

        Account total = database.ledger().lines().stream().map(Ledger.Line::account).reduce(Account.EMPTY,
                Account::plus);
        assertThat(total).isEqualTo(SampleRun.ROOT_ACCOUNT.plus(SampleRun.SUB_ACCOUNT));
        assertThat(tokens("input")).isEqualTo(total.usage().inputTokens());
        assertThat(tokens("output")).isEqualTo(total.usage().outputTokens());
        assertThat(tokens("cache_read")).isEqualTo(total.usage().cacheReadTokens());
        assertThat(tokens("cache_creation")).isEqualTo(total.usage().cacheWriteTokens());
        assertThat(sum("deeprepo.llm.cost.usd")).isCloseTo(total.cost().usd().doubleValue(), within(1e-12));
        assertThat(sum("deeprepo.llm.calls", "outcome", "answered")).isEqualTo(total.calls());
        assertThat(sum("deeprepo.llm.calls", "outcome", "cache") + sum("deeprepo.llm.calls", "outcome", "duplicate"))
                .isEqualTo(total.cacheHits());
        assertThat(sum("deeprepo.llm.calls", "outcome", "given_up")).isEqualTo(1);
    }

    @Test
    void metersSayWhoServedTheModel() {
        SampleRun.play(journal, id);

        assertThat(registry.get("gen_ai.client.operation.duration").tags("gen_ai.provider.name", "anthropic",
                "gen_ai.request.model", SampleRun.ROOT, "role", "root").timer().count()).isEqualTo(2);
        assertThat(registry.get("gen_ai.client.token.usage").tags("gen_ai.provider.name", "openai",
                "gen_ai.request.model", SampleRun.SUB, "role", "sub", "gen_ai.token.type", "input").summary()
                .totalAmount()).as("a name that does not resolve was asked for as openai:name").isEqualTo(500);
    }

    @Test
    void retriesAreFailedAttemptsMinusThoseGivenUp() {
        SampleRun.play(journal, id);

        double retries = sum("deeprepo.llm.retries", "kind", "retry");
        assertThat(sum("deeprepo.llm.retries")).isEqualTo(SampleRun.FAILED_ATTEMPTS);
        assertThat(retries).isEqualTo(SampleRun.RETRIES)
                .isEqualTo(SampleRun.FAILED_ATTEMPTS - sum("deeprepo.llm.retries", "kind", "given_up"));
        assertThat(registry.get("deeprepo.llm.retries").tags("role", "root", "model", SampleRun.ROOT, "reason",
                "rate_limited", "kind", "retry").counter().count()).isEqualTo(2);
        assertThat(registry.get("deeprepo.llm.retry.wait").timers().stream()
                .mapToDouble(timer -> timer.totalTime(TimeUnit.MILLISECONDS)).sum())
                .isEqualTo(SampleRun.WAITS.toMillis());
    }

    @Test
    void aCallThatTheBudgetRefusedIsNeitherGivenUpNorTimed() {
        try (JournalWriter writer = journal.writer(id, 1)) {
            writer.append(ModelReplied.unasked(CallKey.root(1), Role.ROOT, SampleRun.ROOT, "",
                    ModelReplied.Source.MODEL, ModelReplied.REFUSAL + "maxCostUsd: no"));
        }

        assertThat(sum("deeprepo.llm.calls", "outcome", "refused")).isEqualTo(sum("deeprepo.llm.calls")).isEqualTo(1);
        assertThat(registry.find("gen_ai.client.operation.duration").timers()).isEmpty();
    }

    @Test
    void runsAreTimedFromRequestToEndAndCheckoutsFromTheirAttempt() {
        try (JournalWriter writer = journal.writer(id, 1)) {
            for (Event event : SampleRun.EVENTS) {
                now.updateAndGet(instant -> instant.plusSeconds(1));
                writer.append(event);
            }
        }

        assertThat(registry.get("deeprepo.analyses").tags("status", "completed", "mode", "rlm").counter().count())
                .isEqualTo(1);
        assertThat(registry.get("deeprepo.analysis.duration").tags("status", "completed", "mode", "rlm").timer()
                .totalTime(TimeUnit.SECONDS)).isEqualTo(SampleRun.EVENTS.size());
        assertThat(registry.get("deeprepo.checkout.duration").timer().totalTime(TimeUnit.SECONDS)).isEqualTo(1);
        assertThat(registry.get("deeprepo.repl.cells").tag("outcome", "killed").counter().count()).isEqualTo(1);
        assertThat(registry.get("deeprepo.repl.cells").tag("outcome", "ok").counter().count()).isEqualTo(1);
        assertThat(sum("deeprepo.repl.kernel.restarts")).isEqualTo(1);
    }

    @Test
    void aResumedRunCountsWhatIsNewAndNothingTwice() {
        List<Event> before = SampleRun.EVENTS.subList(0, 15);
        try (JournalWriter writer = journal.writer(id, 1)) {
            before.forEach(writer::append);
        }
        database.claim(id, 2);
        List<Entry> recorded = journal.readAll(id);
        try (JournalWriter writer = journal.writer(id, 2)) {
            writer.append(new Event.AttemptStarted(2, "there"));
            SampleRun.EVENTS.subList(recorded.size() - 1, SampleRun.EVENTS.size()).forEach(writer::append);
        }

        assertThat(sum("deeprepo.llm.calls", "outcome", "answered")).isEqualTo(3);
        assertThat(sum("deeprepo.analysis.takeovers")).isEqualTo(1);
    }

    @Test
    void aRunThatWasPutAsideOrIsTriedAgainIsNotTakenOver() {
        List.of(new Event.AttemptParked(1, "the instance stops", null), new Event.Reopened("FAILED", "model-failed"))
                .forEach(before -> {
                    int attempt = journal.readAll(id).getLast().attempt() + 1;
                    database.claim(id, attempt);
                    try (JournalWriter writer = journal.writer(id, attempt)) {
                        writer.append(new Event.AttemptStarted(attempt, "here"));
                        writer.append(before);
                    }
                });
        database.claim(id, 3);
        try (JournalWriter writer = journal.writer(id, 3)) {
            writer.append(new Event.AttemptStarted(3, "there"));
        }

        assertThat(sum("deeprepo.analysis.takeovers")).isZero();
    }

    @Test
    void noMeterNamesAnAnalysis() {
        SampleRun.play(journal, id);

        assertThat(registry.getMeters()).isNotEmpty().allSatisfy(
                meter -> assertThat(meter.getId().toString()).doesNotContain(id.toString()));
    }

    @Test
    void endpointsSurviveARestartAndGroupTheSameSums() {
        SampleRun.play(journal, id);
        CostsEndpoint costs = new CostsEndpoint(database.ledger());
        Account total = SampleRun.ROOT_ACCOUNT.plus(SampleRun.SUB_ACCOUNT);

        assertThat(costs.costs().total()).isEqualTo(CostsEndpoint.Sum.of(total));
        assertThat(costs.costs().byRole()).isEqualTo(Map.of("root", CostsEndpoint.Sum.of(SampleRun.ROOT_ACCOUNT),
                "sub", CostsEndpoint.Sum.of(SampleRun.SUB_ACCOUNT)));
        assertThat(costs.costs().byModel()).containsOnlyKeys(SampleRun.ROOT, SampleRun.SUB);
        assertThat(costs.costs().byDay()).isEqualTo(Map.of("2026-11-22", CostsEndpoint.Sum.of(total)));
        assertThat(costs.costs(id.toString())).isEqualTo(costs.costs());
        assertThat(costs.costs(AnalysisId.random().toString())).isNull();
        assertThat(costs.costs("no id")).isNull();

        RetriesEndpoint.Retries retries = new RetriesEndpoint(database.ledger()).retries();
        assertThat(retries.total()).isEqualTo(new RetriesEndpoint.Attempts(7, 4, 3, 1, 12_000));
        assertThat(retries.byRole()).isEqualTo(Map.of("root", new RetriesEndpoint.Attempts(4, 2, 2, 0, 11_000), "sub",
                new RetriesEndpoint.Attempts(3, 2, 1, 1, 1_000)));
        assertThat(retries.byReason()).isEqualTo(Map.of("rate_limited", new RetriesEndpoint.Failures(2, 2, 0, 11_000),
                "transient", new RetriesEndpoint.Failures(2, 1, 1, 1_000)));
    }

    private double tokens(String type) {
        return registry.get("gen_ai.client.token.usage").tag("gen_ai.token.type", type).summaries().stream()
                .mapToDouble(summary -> summary.totalAmount()).sum();
    }

    private double sum(String counter, String... tags) {
        return registry.find(counter).tags(tags).counters().stream().mapToDouble(count -> count.count()).sum();
    }

    static Models models() {
        Models models = mock(Models.class);
        when(models.resolve(anyString()))
                .thenThrow(new ModelUnavailable(ModelUnavailable.Reason.UNKNOWN, "nobody serves it"));
        doReturn(new ModelId(Provider.ANTHROPIC, SampleRun.ROOT)).when(models)
                .resolve(SampleRun.ROOT);
        return models;
    }
}
