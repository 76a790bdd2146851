package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.checkout.GitServer;
import dev.deeprepo.journal.OnPostgres;
import dev.deeprepo.journal.Postgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * Runs of the packaged service in which something dies at any instant: the service itself by kill -9, its Python kernel,
 * or every connection to its database, a PostgreSQL. Each completes with the report of an undisturbed run.
 */
@OnPostgres
@Tag("slow")
class DisturbedRunsIT {

    private static final long SEED = Long.getLong("chaos.seed", 20261122);
    /** Six turns; each asks five sub-prompts. */
    private static final int CALLS = 36;
    private static final int AT_ONCE = 5;

    private enum Victim {
        SERVICE,
        KERNEL,
        CONNECTIONS
    }

    @TempDir
    Path directory;

    @Test
    void whateverDiesARunCompletesAndNoCommittedReplyIsBoughtAgain() throws IOException {
        rounds(1, 1, 1);
    }

    /**
     * {@code -Dchaos.rounds=N} sets how many, {@code -Dchaos.seed=N} the instants; a fifth of the rounds each is for the
     * kernel and for the connections.
     */
    @Test
    @Tag("long")
    void aHundredOfAHundredRunsComplete() throws IOException {
        int rounds = Integer.getInteger("chaos.rounds", 100);
        rounds(rounds - 2 * (rounds / 5), rounds / 5, rounds / 5);
    }

    private void rounds(int services, int kernels, int connections) throws IOException {
        List<Victim> victims = new ArrayList<>();
        victims.addAll(Collections.nCopies(services, Victim.SERVICE));
        victims.addAll(Collections.nCopies(kernels, Victim.KERNEL));
        Collections.shuffle(victims, new Random(SEED));
        Random random = new Random(SEED);
        List<Round> table = new ArrayList<>();
        try (GitServer git = Fixtures.gitServer();
                ScriptedProvider provider = new ScriptedProvider(DisturbedRunsIT::script)) {
            try (Site site = new Site(provider, git, subdirectory("h2"), null)) {
                String undisturbed = site.undisturbed();
                for (Victim victim : victims) {
                    table.add(site.round(victim, random, undisturbed));
                }
                try (Site scaled = new Site(provider, git, subdirectory("postgres"), new Postgres())) {
                    for (int i = 0; i < connections; i++) {
                        table.add(scaled.round(Victim.CONNECTIONS, random, undisturbed));
                    }
                }
            } finally {
                print(table);
            }
        }
        assertThat(table).hasSize(services + kernels + connections);
        assertThat(table.stream().filter(round -> round.before > 0 && round.before < CALLS).count())
                .as("disturbances in the middle of the calls").isGreaterThanOrEqualTo(table.size() / 2);
    }

    private Path subdirectory(String name) throws IOException {
        return Files.createDirectory(directory.resolve(name));
    }

    /**
     * What came of a round.
     *
     * @param before calls that the provider had got when it happened
     * @param calls those that it got in all
     * @param repeats those among them that were sent before
     * @param uncertain those that the service itself calls so
     */
    private record Round(Victim victim, long millis, int before, int calls, int repeats, int uncertain,
            int attempts, int kernelRestarts) {}

    private static void print(List<Round> table) {
        System.out.println(
                "round  victim       after ms  calls before  in all  repeated  uncertain  attempts  kernel restarts");
        for (int i = 0; i < table.size(); i++) {
            Round it = table.get(i);
            System.out.println("%5d  %-11s  %8d  %12d  %6d  %8d  %9d  %8d  %15d".formatted(i + 1, it.victim, it.millis,
                    it.before, it.calls, it.repeats, it.uncertain, it.attempts, it.kernelRestarts));
        }
        for (Victim victim : Victim.values()) {
            List<Round> its = table.stream().filter(round -> round.victim == victim).toList();
            System.out.println(
                    "%s: %d of %d completed with the undisturbed report, %d calls repeated, %d uncertain, at most %d in a round"
                            .formatted(victim, its.size(), its.size(), its.stream().mapToInt(Round::repeats).sum(),
                                    its.stream().mapToInt(Round::uncertain).sum(),
                                    its.stream().mapToInt(Round::uncertain).max().orElse(0)));
        }
    }

    private static Answer script(Request request) {
        if (request.model().startsWith("minimax/")) {
            String prompt = request.lastText();
            return Answer.text("reply to " + prompt)
                    .after(Duration.ofMillis(50 + Math.floorMod(prompt.hashCode(), 100)));
        }
        int turn = request.turnsSoFar() + 1;
        String ask = """
                found = globals().get("found", [])
                found += llm_batch([f"turn %d part {i} of {sorted(codebase)[i]}" for i in range(5)])
                print(len(found), found[-1])
                """.formatted(turn);
        return Answer.code(turn < 6 ? ask : ask + "\nset_answer('# Found\\n\\n' + '\\n'.join('- ' + f for f in found))")
                .after(Duration.ofMillis(100));
    }

    /** A service, and whom it needs. */
    private static final class Site implements AutoCloseable {

        private final ScriptedProvider provider;
        private final GitServer git;
        private final Path directory;
        private final @Nullable Postgres database;
        private final Map<String, String> environment;
        private ServiceProcess service;

        /** @param database null = the service's own */
        Site(ScriptedProvider provider, GitServer git, Path directory, @Nullable Postgres database) {
            this.provider = provider;
            this.git = git;
            this.directory = directory;
            this.database = database;
            this.environment = new HashMap<>(Fixtures.environment(provider));
            if (database != null) {
                environment.put("SPRING_DATASOURCE_URL", database.url());
                environment.put("SPRING_DATASOURCE_USERNAME", Postgres.USER);
            }
            this.service = new ServiceProcess(directory, environment).awaitReady();
        }

        String undisturbed() {
            String id = submit();
            awaitCompleted(id);
            return report(id);
        }

        Round round(Victim victim, Random random, String undisturbed) {
            provider.forget();
            String id = submit();
            if (random.nextInt(5) > 0) { // else it may hit the fetch
                Awaitility.await("the first call").pollInterval(Duration.ofMillis(2)).atMost(Duration.ofSeconds(30))
                        .until(() -> !provider.requests().isEmpty());
            }
            long delay = random.nextInt(1700);
            pause(delay);
            int before = provider.requests().size();
            disturb(victim, id, random);
            awaitCompleted(id);
            if (victim == Victim.CONNECTIONS) {
                pause(600); // a connection that has been idle for that long is tried before a request gets it
            }
            assertThat(report(id)).as("report after the death of %s at %d ms", victim, delay).isEqualTo(undisturbed);
            return settle(victim, delay, before, id);
        }

        private void disturb(Victim victim, String id, Random random) {
            switch (victim) {
                case SERVICE -> {
                    service.kill();
                    service = new ServiceProcess(directory, environment).awaitReady();
                }
                case KERNEL -> Awaitility.await("a kernel").pollInterval(Duration.ofMillis(2))
                        .atMost(Duration.ofSeconds(20)).until(() -> killKernel() || status(id).equals("COMPLETED"));
                case CONNECTIONS -> {
                    for (int i = 0; i < 3; i++) {
                        Objects.requireNonNull(database).cutConnections();
                        pause(20 + random.nextInt(100));
                    }
                }
            }
        }

        private boolean killKernel() {
            List<ProcessHandle> kernels = ProcessHandle.of(service.pid()).stream().flatMap(ProcessHandle::descendants)
                    .filter(process -> process.info().command().orElse("").contains("python")).toList();
            kernels.forEach(ProcessHandle::destroyForcibly);
            return !kernels.isEmpty();
        }

        /** What the journal and the provider say of it. */
        private Round settle(Victim victim, long delay, int before, String id) {
            Set<String> replied = new HashSet<>();
            int asked = 0;
            List<Api.StreamEvent> events = service.api().events(id, 0);
            for (Api.StreamEvent event : events) {
                String key = event.data().path("key").toString();
                if (event.name().equals("model-asked")) {
                    asked++;
                    assertThat(replied).as("a call is asked again after its reply was committed").doesNotContain(key);
                } else if (event.name().equals("model-replied")) {
                    replied.add(key);
                }
            }
            assertThat(replied).hasSize(CALLS);
            assertThat(events).extracting(Api.StreamEvent::id)
                    .isEqualTo(IntStream.rangeClosed(1, events.size()).mapToObj(Long::valueOf).toList());
            int uncertain = asked - replied.size();
            List<Request> requests = provider.requests();
            Map<String, Long> bought = requests.stream()
                    .collect(Collectors.groupingBy(it -> it.model() + it.body().path("messages"),
                            Collectors.counting()));
            int repeats = requests.size() - bought.size();
            assertThat(repeats).as("calls that the provider saw twice").isLessThanOrEqualTo(uncertain);
            assertThat(uncertain).as("calls in flight").isLessThanOrEqualTo(victim == Victim.SERVICE ? AT_ONCE : 0);
            JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
            assertThat(trajectory.path("uncertain").asInt()).as("uncertain calls, as told").isEqualTo(uncertain);
            JsonNode analysis = service.api().get("/analyses/" + id);
            assertThat(analysis.path("warnings").valueStream()
                    .filter(warning -> warning.path("code").asString().equals("call-uncertain"))).hasSize(uncertain);
            return new Round(victim, delay, before, requests.size(), repeats, uncertain,
                    analysis.path("attempt").asInt(),
                    (int) events.stream().filter(event -> event.name().equals("kernel-restarted")).count());
        }

        private String submit() {
            return service.api().submit(Map.of("repository", git.url("fixture"), "rootModel", "sonnet", "subModel",
                    "minimax", "cache", false));
        }

        private void awaitCompleted(String id) {
            String end = Awaitility.await("analysis " + id + " to end").atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50)).until(() -> status(id),
                            status -> Set.of("COMPLETED", "PARTIAL", "FAILED", "CANCELLED").contains(status));
            assertThat(end).as(() -> service.log()).isEqualTo("COMPLETED");
        }

        /** Empty while the service has no database to look into. */
        private String status(String id) {
            String answer = service.api().send("GET", "/analyses/" + id, "").body();
            return Stream.of("QUEUED", "RUNNING", "COMPLETED", "PARTIAL", "FAILED", "CANCELLED")
                    .filter(status -> answer.contains("\"status\":\"" + status + "\"")).findFirst().orElse("");
        }

        /** The report above its account, which is all that may differ between two runs of the same thing. */
        private String report(String id) {
            String markdown = service.api().get("/analyses/" + id + "/report", "text/markdown");
            return markdown.substring(0, markdown.lastIndexOf("## Account"));
        }

        private static void pause(long millis) {
            LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
        }

        @Override
        public void close() {
            service.close();
        }
    }
}
