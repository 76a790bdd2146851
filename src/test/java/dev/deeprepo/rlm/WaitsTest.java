package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.deeprepo.journal.Event.AttemptFailed;
import dev.deeprepo.journal.Event.CallHeld;
import dev.deeprepo.journal.Event.CallWithdrawn;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelFellBack;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.LanguageModel;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.Providers;
import dev.deeprepo.llm.RawServer;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A run whose provider wants it to wait for two minutes ends at once all the same, and nobody takes over from it then. */
@Isolated("measures time")
class WaitsTest {

    private static final Duration AT_ONCE = Duration.ofMillis(500);

    private final Stage stage = new Stage();
    private RawServer server;
    private Providers providers;

    @BeforeEach
    void open() throws IOException {
        server = new RawServer(out -> out.write("HTTP/1.1 429 No\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"
                .getBytes(StandardCharsets.UTF_8)));
        providers = Providers.withRealWaitsAt(server.url());
        stage.rootFallbacks = List.of(new ModelId(Provider.OPENAI, "root-2"));
        stage.subFallbacks = List.of(new ModelId(Provider.OPENAI, "sub-2"));
    }

    @AfterEach
    void close() throws IOException {
        providers.close();
        server.close();
    }

    /** The second is what a service that stops says; it then puts the run aside. */
    @ParameterizedTest
    @CsvSource({"ROOT, cancelled", "SUB, cancelled", "ROOT, the instance stops", "SUB, the instance stops"})
    void theWaitEndsWhenTheRunIsStopped(Role waiting, String why) {
        script(waiting);
        CompletableFuture<Outcome> running = CompletableFuture.supplyAsync(stage::run, Thread::startVirtualThread);
        await().until(() -> !stage.events(AttemptFailed.class).isEmpty());

        Instant asked = Instant.now();
        stage.cancellation.cancel(why);

        assertThat(running.join()).isInstanceOf(Outcome.Cancelled.class);
        assertThat(Duration.between(asked, Instant.now())).isLessThan(AT_ONCE);
        assertNothingMore(waiting);
    }

    @ParameterizedTest
    @CsvSource({"ROOT", "SUB"})
    void theWaitEndsWhenTheTimeOfTheRunIsUp(Role waiting) {
        script(waiting);
        SettableClock clock = new SettableClock();
        stage.at(clock).budget = new Budget(20, Cost.usd("5"), 500, null, Duration.ofSeconds(3));
        CompletableFuture<Outcome> running = CompletableFuture.supplyAsync(stage::run, Thread::startVirtualThread);
        await().until(() -> !stage.events(AttemptFailed.class).isEmpty());

        Instant up = Instant.now();
        clock.advance(Duration.ofSeconds(3));

        assertThat(running.join()).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.code()).isEqualTo("timeout"));
        assertThat(Duration.between(up, Instant.now())).isLessThan(AT_ONCE);
        assertNothingMore(waiting);
    }

    /**
     * One call is asked to wait for two minutes; the run of another, that has to as well, says so with each call, so that
     * its newest entry always does.
     */
    @Test
    void aRunThatIsHeldBecauseOfAnotherIsToldWithEachOfItsCalls() {
        stage.root(cells("batches each 20"), cells("answer never"));
        stage.sub = providers.openRouter();
        CompletableFuture<Outcome> running = CompletableFuture.supplyAsync(stage::run, Thread::startVirtualThread);
        await().until(() -> !stage.events(AttemptFailed.class).isEmpty());
        Stage other = new Stage();
        other.root(cells("batches more 20"), cells("answer never"));
        other.sub = stage.sub;
        CompletableFuture<Outcome> held = CompletableFuture.supplyAsync(other::run, Thread::startVirtualThread);

        await().untilAsserted(() -> assertThat(other.events(CallHeld.class)).hasSize(16));
        assertThat(other.entries().getLast().event()).isInstanceOf(CallHeld.class);
        other.cancellation.cancel("cancelled");
        stage.cancellation.cancel("cancelled");
        running.join();
        held.join();

        assertThat(other.events(CallHeld.class)).allSatisfy(event -> assertThat(event.until())
                .isBetween(Instant.now().plusSeconds(90), Instant.now().plusSeconds(120)));
        assertThat(other.events(AttemptFailed.class)).allSatisfy(failed -> assertThat(failed.delay()).isNull());
    }

    /** One sub-call waits for two minutes, the other costs more than was expected: nothing more may be spent then. */
    @Test
    void theWaitEndsWhenNothingMoreMayBeSpent() {
        stage.root(cells("batches each 2"), cells("answer never"));
        LanguageModel limited = providers.openRouter();
        stage.sub = call -> {
            if (Stage.prompt(call).endsWith("0")) {
                return limited.complete(call);
            }
            await().until(() -> !stage.events(AttemptFailed.class).isEmpty());
            return new Completion(ScriptedModel.text("dear").message(), StopReason.END, Usage.of(10, 10),
                    Cost.usd("4"), null);
        };

        Instant began = Instant.now();
        Outcome outcome = stage.run();

        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(10));
        assertThat(outcome).isInstanceOfSatisfying(Outcome.Partial.class,
                partial -> assertThat(partial.reason()).isEqualTo("maxCostUsd"));
        assertThat(stage.events(CellFinished.class).getFirst().observation()).contains("dear",
                "not waited for any longer: a reply cost $4 where at most $");
        assertThat(server.requests).hasValue(1);
    }

    private void script(Role waiting) {
        if (waiting == Role.ROOT) {
            stage.root = providers.anthropic();
        } else {
            stage.root(cells("query one"), cells("answer never"));
            stage.sub = providers.openRouter();
        }
    }

    /** The wait is on record; that the call is not answered is, too: nobody knows what would have come. */
    private void assertNothingMore(Role waiting) {
        assertThat(stage.events(CallWithdrawn.class)).as("what waited is not paid").isNotEmpty();
        assertThat(new Recording(stage.entries()).calls().uncertainCalls()).isEmpty();
        assertThat(stage.events(AttemptFailed.class)).filteredOn(failed -> failed.delay() != null).singleElement()
                .satisfies(failed -> assertThat(failed.delay()).isEqualTo(Duration.ofMinutes(2)));
        assertThat(stage.events(ModelReplied.class)).noneMatch(reply -> reply.role() == waiting);
        assertThat(stage.events(ModelFellBack.class)).isEmpty();
        assertThat(server.requests).hasValue(1);
    }
}
