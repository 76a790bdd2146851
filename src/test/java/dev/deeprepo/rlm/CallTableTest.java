package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.AttemptFailed;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.Ledger;
import dev.deeprepo.journal.TestDatabase;
import dev.deeprepo.llm.LanguageModel;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException.Kind;
import dev.deeprepo.llm.Providers;
import dev.deeprepo.llm.RawServer;
import dev.deeprepo.llm.Wire;
import dev.deeprepo.metrics.Meters;
import dev.deeprepo.rlm.CallTable.Fault;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each way to fail, over real HTTP, in both wire formats, streamed and whole, asked by the root and by the sub model of a
 * whole run: the calls made, every wait, how the run goes on, and the same figures in journal, sums and meters.
 */
@SecondLane
@Tag("slow")
class CallTableTest {

    private static final String CODE = "answer done";
    private static final String FENCED = "```python\n" + CODE + "\n```";

    private static TestDatabase database;
    private static Providers providers;
    private static RawServer server;
    private static volatile RawServer.Answer[] script = {};

    private final Meters meters = new Meters();
    private final Stage stage = new Stage();

    /** Who asks, and over which wire. */
    record Caller(Role role, Wire wire) {

        @Override
        public String toString() {
            return role.label() + ", " + wire;
        }
    }

    @BeforeAll
    static void open() throws IOException {
        database = TestDatabase.at(
                "jdbc:h2:mem:calls;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH",
                "sa");
        server = new RawServer(out -> {
            int request = server.requests.get();
            script[Math.min(request, script.length) - 1].write(out);
        });
        providers = Providers.at(server.url());
    }

    @AfterAll
    static void close() throws IOException {
        providers.close();
        server.close();
        database.close();
    }

    static Stream<Arguments> faults() {
        return everywhere(CallTable.faults());
    }

    static Stream<Arguments> passingFaults() {
        return everywhere(CallTable.faults().filter(fault -> fault.waits().length > 0));
    }

    static Stream<Arguments> timeouts() {
        return everywhere(CallTable.timeouts());
    }

    private static Stream<Arguments> everywhere(Stream<Fault> faults) {
        return faults.flatMap(fault -> callers().map(caller -> Arguments.of(caller, fault)));
    }

    static Stream<Caller> callers() {
        return Stream.of(Role.ROOT, Role.SUB).flatMap(role -> Wire.ALL.stream().map(wire -> new Caller(role, wire)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("faults")
    void failsForGood(Caller caller, Fault fault) {
        answers(sent(caller, fault));

        Outcome outcome = run(caller, providers);

        assertThat(server.requests).hasValue(fault.waits().length + 1);
        assertGivenUp(caller, fault, outcome, providers);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("passingFaults")
    void passesAtTheSecondAttempt(Caller caller, Fault fault) {
        answers(sent(caller, fault), caller.wire.reply(FENCED));

        assertThat(run(caller, providers)).isEqualTo(new Outcome.Completed("done"));

        assertThat(server.requests).hasValue(2);
        assertAttempts(caller, fault, Arrays.copyOf(fault.waits(), 1), false, providers);
        assertAnswered(caller, 1, Usage.of(7, 2));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("timeouts")
    void timesOut(Caller caller, Fault fault) {
        answers(sent(caller, fault));
        try (Providers hurried = Providers.at(server.url(), "deeprepo.llm.total-timeout=100ms",
                "deeprepo.llm.idle-timeout=100ms")) {
            assertGivenUp(caller, fault, run(caller, hurried), hurried);
        }
    }

    @ParameterizedTest
    @MethodSource("callers")
    void isRefused(Caller caller) throws IOException {
        int closed;
        try (ServerSocket socket = new ServerSocket(0)) {
            closed = socket.getLocalPort();
        }
        try (Providers nobody = Providers.at("http://127.0.0.1:" + closed)) {
            assertGivenUp(caller, CallTable.refused(), run(caller, nobody), nobody);
        }
    }

    /** An empty reply is an answer, paid for: the root is told to go on, Python gets an empty text. */
    @ParameterizedTest
    @MethodSource("callers")
    void nullContentIsAnEmptyReply(Caller caller) {
        answers(caller.wire.nullContent(), caller.wire.reply(FENCED));

        assertThat(run(caller, providers)).isEqualTo(new Outcome.Completed("done"));

        int calls = caller.role == Role.ROOT ? 2 : 1;
        assertThat(server.requests).hasValue(calls);
        assertNoAttemptFailed(caller);
        assertAnswered(caller, calls, Usage.of(7L * calls, 2L * calls));
        if (caller.role == Role.SUB) {
            assertThat(stage.events(CellFinished.class).getFirst().observation()).isEqualTo("(no output)");
        }
    }

    static Stream<Arguments> untrueCounts() {
        return callers().flatMap(caller -> Stream.of(List.of("", ""), List.of("7", ""), List.of("", "2"),
                List.of("0", "0"), List.of("-7", "2"), List.of("7", "-2"), List.of("7.5", "2"), List.of("7", "2.5"),
                List.of("\"7\"", "\"2\""), List.of("null", "2"), List.of("{}", "[2]"), List.of("true", "2"),
                List.of("1e999999999", "2"), List.of("9223372036854775807", "2"), List.of("5000000", "2"),
                List.of("7", "900000000"), List.of("7", "-9223372036854775808"), List.of("1e-999999999", "2"),
                List.of("-7", "2,\"cost\":0"))
                .map(counts -> Arguments.of(caller, counts.getFirst(), counts.getLast())));
    }

    /** A reply that nobody counted, or in a way that cannot be true, is counted at the most that it can be. */
    @ParameterizedTest(name = "{0}: {1} in, {2} out")
    @MethodSource("untrueCounts")
    void untrueUsageIsTheWorstCase(Caller caller, String input, String output) {
        answers(caller.wire.counted(FENCED, input, output));

        assertThat(run(caller, providers)).isEqualTo(new Outcome.Completed("done"));

        assertThat(server.requests).hasValue(1);
        assertNoAttemptFailed(caller);
        ModelAsked asked = events(caller, ModelAsked.class, ModelAsked::role).getFirst();
        ModelReplied reply = events(caller, ModelReplied.class, ModelReplied::role).getFirst();
        assertThat(reply.usage().outputTokens()).isEqualTo(asked.maxTokens());
        assertThat(reply.cost()).isEqualTo(asked.reserved());
        assertAnswered(caller, 1, reply.usage());
        assertThat(stage.events(Warned.class)).extracting(Warned::code).contains("usage-missing");
    }

    /** As servers write that know no integers. */
    @ParameterizedTest
    @MethodSource("callers")
    void countsWithNothingBehindTheirPointAreCounts(Caller caller) {
        answers(caller.wire.counted(FENCED, "7.0", "2.0"));

        assertThat(run(caller, providers)).isEqualTo(new Outcome.Completed("done"));
        assertAnswered(caller, 1, Usage.of(7, 2));
        assertThat(stage.events(Warned.class)).extracting(Warned::code).doesNotContain("usage-missing");
    }

    private static void answers(RawServer.Answer... answers) {
        script = answers;
        server.requests.set(0);
    }

    private static RawServer.Answer sent(Caller caller, Fault fault) {
        return out -> fault.sent().over(caller.wire, providers.clock().instant()).write(out);
    }

    /** A run in which one role asks the real adapter; the sub model is asked once. */
    private Outcome run(Caller caller, Providers from) {
        from.later();
        stage.clock = from.clock();
        stage.journal = database.journal(from.clock(), meters);
        stage.id = database.accepted(stage.journal);
        stage.budget = new Budget(20, Cost.usd("5"), 500, null, Duration.ofHours(1));
        LanguageModel model = caller.wire.of(from);
        LanguageModel asked = call -> model.complete(new ModelCall(call.run(), call.role(), call.model(), call.system(),
                call.messages(), call.tools(), call.maxTokens(), caller.wire.streamed(), call.listener(),
                call.cancellation()));
        if (caller.role == Role.ROOT) {
            stage.root = asked;
        } else {
            stage.root(Stage.cells("query hi"), Stage.cells(CODE)).sub = asked;
        }
        return stage.run();
    }

    private void assertGivenUp(Caller caller, Fault fault, Outcome outcome, Providers from) {
        List<AttemptFailed> failed = assertAttempts(caller, fault, fault.waits(), true, from);
        String error = String.valueOf(
                events(caller, ModelReplied.class, ModelReplied::role).getLast().error());
        int attempts = failed.size();
        assertThat(error).startsWith(failed.getLast().cause())
                .contains("(given up after %d attempt%s".formatted(attempts, attempts == 1 ? "" : "s"));
        if (caller.role == Role.ROOT || Integer.valueOf(401).equals(fault.status())) {
            assertThat(outcome)
                    .isEqualTo(new Outcome.Failed("model-failed", error, fault.kind() != Kind.PERMANENT));
        } else {
            assertThat(outcome).isEqualTo(new Outcome.Completed("done"));
            assertThat(stage.events(CellFinished.class).getFirst().observation())
                    .isEqualTo("[ERROR " + error + "]\n");
        }
        assertAnswered(caller, 0, Usage.NONE);
    }

    /** The failed attempts in the journal, the sums over it, the meters and the log of waits are the same. */
    private List<AttemptFailed> assertAttempts(Caller caller, Fault fault, int[] waits, boolean givenUp,
            Providers from) {
        List<Duration> delays = IntStream.of(waits).mapToObj(Duration::ofMillis).toList();
        List<AttemptFailed> failed = events(caller, AttemptFailed.class, AttemptFailed::role);
        assertThat(from.waits).isEqualTo(delays);
        assertThat(failed).extracting(AttemptFailed::delay).filteredOn(Objects::nonNull).isEqualTo(delays);
        assertThat(failed).hasSize(waits.length + (givenUp ? 1 : 0)).allSatisfy(attempt -> {
            assertThat(attempt.kind()).isEqualTo(fault.kind().name());
            assertThat(attempt.status()).isEqualTo(fault.status());
            assertThat(attempt.cause()).contains(fault.says()).doesNotContain("half used", "secret");
        });
        assertThat(failed).extracting(AttemptFailed::number)
                .isEqualTo(IntStream.rangeClosed(1, failed.size()).boxed().toList());
        String reason = fault.kind().name().toLowerCase(Locale.ROOT);
        String[] tags = {"role", caller.role.label(), "reason", reason};
        long waited = IntStream.of(waits).sum();
        assertThat(meters.count("deeprepo.llm.retries", tags)).isEqualTo(failed.size())
                .isEqualTo(meters.count("deeprepo.llm.retries"));
        assertThat(meters.count("deeprepo.llm.retries", "kind", "retry")).isEqualTo(waits.length)
                .isEqualTo(failed.size() - meters.count("deeprepo.llm.retries", "kind", "given_up"));
        assertThat(meters.millis("deeprepo.llm.retry.wait", tags)).isEqualTo(waited);
        assertThat(meters.millis("gen_ai.client.operation.duration", "role", caller.role.label())).isEqualTo(waited);
        Ledger.Line line = line(caller);
        assertThat(line.failedAttempts()).isEqualTo(failed.size());
        assertThat(line.retries()).isEqualTo(waits.length).isEqualTo(line.failedAttempts() - line.givenUp());
        assertThat(line.waitMillis()).isEqualTo(waited);
        assertThat(database.ledger().progress(stage.id).retries()).isEqualTo(waits.length);
        return failed;
    }

    private void assertNoAttemptFailed(Caller caller) {
        assertThat(stage.events(AttemptFailed.class)).isEmpty();
        assertThat(meters.count("deeprepo.llm.retries")).isZero();
        assertThat(line(caller).failedAttempts()).isZero();
    }

    private void assertAnswered(Caller caller, int calls, Usage usage) {
        String role = caller.role.label();
        assertThat(meters.count("deeprepo.llm.calls", "role", role, "outcome", "answered")).isEqualTo(calls);
        assertThat(meters.count("deeprepo.llm.calls", "role", role, "outcome", "given_up"))
                .isEqualTo(calls == 0 ? 1 : 0);
        assertThat(meters.total("gen_ai.client.token.usage", "role", role, "gen_ai.token.type", "input"))
                .isEqualTo(usage.inputTokens());
        assertThat(meters.total("gen_ai.client.token.usage", "role", role, "gen_ai.token.type", "output"))
                .isEqualTo(usage.outputTokens());
        assertThat(line(caller).account().calls()).isEqualTo(calls);
        assertThat(line(caller).account().usage()).isEqualTo(usage);
        assertThat(database.ledger().progress(stage.id).accounts().getOrDefault(caller.role, Account.EMPTY))
                .isEqualTo(line(caller).account());
        assertThat(meters.count("deeprepo.llm.cost.usd", "role", role))
                .isCloseTo(line(caller).account().cost().usd().doubleValue(), within(1e-12));
    }

    private Ledger.Line line(Caller caller) {
        return database.ledger().lines(stage.id).stream().filter(line -> line.role() == caller.role).findFirst()
                .orElseThrow();
    }

    private <E extends Event> List<E> events(Caller caller, Class<E> kind, Function<E, Role> role) {
        return stage.events(kind).stream().filter(event -> role.apply(event) == caller.role).toList();
    }
}
