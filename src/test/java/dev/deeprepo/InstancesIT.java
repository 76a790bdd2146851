package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.checkout.GitServer;
import dev.deeprepo.journal.OnPostgres;
import dev.deeprepo.journal.Postgres;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Three instances of the packaged service over one PostgreSQL. One is killed with -9 every few seconds and started again,
 * another is stopped for longer than its lease and continued. Every instance has a key of its own at the provider, which
 * so knows who buys.
 */
@OnPostgres
class InstancesIT {

    private static final int INSTANCES = 3;
    private static final int CALLS = 36;
    private static final Duration BETWEEN_KILLS = Duration.ofSeconds(4);
    /** More than four heartbeats, which is the lease. */
    private static final Duration STOPPED = Duration.ofSeconds(14);
    private static final String HOST = ManagementFactory.getRuntimeMXBean().getName().replaceFirst(".*@", "");
    private static final Pattern RUN = Pattern.compile("run number (\\d+)");

    @TempDir
    Path directory;

    /** {@code -Dchaos.analyses=N} sets how many. */
    @Test
    @Tag("long")
    void killedAndStoppedInstancesLoseNothingAndWriteNothingStale() throws Exception {
        play(Integer.getInteger("chaos.analyses", 30));
    }

    /** A line of the journal. */
    private record Line(String analysis, long sequence, int attempt, Instant at, String name, String body) {}

    /** An instance's death, or sleep, as it hit a run. @param after until another attempt began */
    private record Takeover(String analysis, String instance, Duration after) {}

    private void play(int analyses) throws Exception {
        Postgres database = new Postgres();
        try (GitServer git = Fixtures.gitServer();
                ScriptedProvider provider = new ScriptedProvider(InstancesIT::script)) {
            List<Instance> instances = new ArrayList<>();
            for (int i = 0; i < INSTANCES; i++) {
                instances.add(new Instance(Files.createDirectory(directory.resolve("instance" + i)), "key-of-" + i,
                        database, provider));
            }
            JdbcTemplate jdbc = new JdbcTemplate(database.dataSource());
            long offset = System.currentTimeMillis() * 1_000_000 - System.nanoTime();
            Map<String, Instant> downs = new HashMap<>();
            String sleeper;
            try {
                instances.forEach(instance -> instance.service.awaitReady());
                for (int i = 0; i < analyses; i++) {
                    instances.get(i % INSTANCES).service.api()
                            .submit(Map.of("repository", git.url("fixture"), "rootModel", "sonnet", "subModel",
                                    "minimax", "cache", false, "focus", "run number " + i));
                }
                sleeper = disturb(analyses, instances, jdbc, downs);
            } finally {
                instances.forEach(Instance::close);
            }
            Map<String, List<Line>> journals = jdbc.query("""
                    select analysis_id, sequence, attempt, at, name, body from journal order by analysis_id, sequence
                    """, (row, _) -> new Line(row.getString(1), row.getLong(2), row.getInt(3),
                    row.getObject(4, OffsetDateTime.class).toInstant(), row.getString(5), row.getString(6)))
                    .stream().collect(Collectors.groupingBy(Line::analysis));
            assertAllEndedOnce(analyses, jdbc, journals);
            judge(journals, downs, sleeper, provider.requests(), offset, instances);
        }
    }

    /** Until all runs have ended; returns who slept. */
    private static String disturb(int analyses, List<Instance> instances, JdbcTemplate jdbc,
            Map<String, Instant> downs) {
        Instance sleeper = instances.getLast();
        Awaitility.await("a run on the instance that is to sleep").atMost(Duration.ofSeconds(20))
                .until(() -> !jdbc
                        .queryForList("select analysis_id from journal where name = 'attempt-started' and body like ?",
                                "%\"" + sleeper.name() + "\"%")
                        .isEmpty());
        pause(Duration.ofSeconds(1));
        String sleeping = sleeper.name();
        downs.put(sleeping, Instant.now());
        sleeper.signal("STOP");
        Instant wakes = Instant.now().plus(STOPPED);
        boolean asleep = true;
        int kills = 0;
        Instant nextKill = Instant.now();
        Instant deadline = Instant.now().plusSeconds(600);
        while (unfinished(jdbc) > 0 || asleep) {
            assertThat(Instant.now()).as("%d runs have not ended", unfinished(jdbc)).isBefore(deadline);
            if (asleep && Instant.now().isAfter(wakes)) {
                sleeper.signal("CONT");
                asleep = false;
            }
            if (unfinished(jdbc) > 0 && Instant.now().isAfter(nextKill)) {
                Instance victim = instances.get(kills++ % (INSTANCES - 1));
                downs.put(victim.name(), Instant.now());
                victim.restart();
                nextKill = Instant.now().plus(BETWEEN_KILLS);
            }
            pause(Duration.ofMillis(100));
        }
        pause(Duration.ofSeconds(2)); // in which whoever woke up may show what it does
        System.out.printf("%d analyses, %d kills with -9, one instance stopped for %d s%n", analyses, kills,
                STOPPED.toSeconds());
        return sleeping;
    }

    private static long unfinished(JdbcTemplate jdbc) {
        Long count = jdbc.queryForObject("select count(*) from analysis where status in ('QUEUED', 'RUNNING')",
                Long.class);
        return count == null ? 0 : count;
    }

    private static void assertAllEndedOnce(int analyses, JdbcTemplate jdbc, Map<String, List<Line>> journals) {
        assertThat(jdbc.queryForList("select status from analysis", String.class)).hasSize(analyses)
                .containsOnly("COMPLETED");
        assertThat(jdbc.queryForList("select task_instance from scheduled_tasks", String.class)).isEmpty();
        assertThat(journals).hasSize(analyses).allSatisfy((_, lines) -> {
            assertThat(lines).extracting(Line::sequence)
                    .isEqualTo(IntStream.rangeClosed(1, lines.size()).mapToObj(Long::valueOf).toList());
            assertThat(lines).filteredOn(line -> line.name.equals("run-ended")).hasSize(1);
            assertThat(lines.getLast().name).isEqualTo("run-ended");
        });
    }

    private static void judge(Map<String, List<Line>> journals, Map<String, Instant> downs, String sleeper,
            List<Request> requests, long offset, List<Instance> instances) {
        int stale = 0;
        int uncertain = 0;
        List<Takeover> takeovers = new ArrayList<>();
        Map<String, Integer> attempts = new HashMap<>();
        Map<Integer, String> numbers = new HashMap<>();
        for (List<Line> lines : journals.values()) {
            int newest = 0;
            Set<String> replied = new HashSet<>();
            int asked = 0;
            String owner = "";
            for (Line line : lines) {
                stale += line.attempt < newest ? 1 : 0;
                newest = Math.max(newest, line.attempt);
                switch (line.name) {
                    case "accepted" -> numbers.put(number(line.body), line.analysis);
                    case "attempt-started" -> {
                        Instant down = downs.get(owner);
                        if (down != null && line.at.isAfter(down)) {
                            takeovers.add(new Takeover(line.analysis, owner, Duration.between(down, line.at)));
                        }
                        owner = instance(line.body);
                        attempts.merge(owner, 1, Integer::sum);
                    }
                    case "model-asked" -> {
                        asked++;
                        assertThat(replied).as("asked again after its reply was committed").doesNotContain(key(line));
                    }
                    case "model-replied" -> replied.add(key(line));
                    default -> {
                        // of no concern here
                    }
                }
            }
            assertThat(replied).hasSize(CALLS);
            uncertain += asked - replied.size();
        }
        Map<String, Long> bought = requests.stream().collect(
                Collectors.groupingBy(it -> it.model() + it.body().path("messages"), Collectors.counting()));
        long repeats = requests.size() - bought.size();
        long lateBuys = requests.stream().filter(request -> {
            String analysis = Objects.requireNonNull(numbers.get(number(request.body().toString())));
            return isLate(request, Objects.requireNonNull(journals.get(analysis)), offset, instances);
        }).count();
        List<Duration> sorted = takeovers.stream().map(Takeover::after).sorted().toList();
        Duration p95 = sorted.get((int) Math.ceil(sorted.size() * 0.95) - 1);
        System.out.printf("attempts by process: %s%n", attempts);
        System.out.printf("takeovers %d (of the stopped one %d): median %d ms, p95 %d ms, longest %d ms%n",
                sorted.size(),
                takeovers.stream().filter(it -> it.instance.equals(sleeper)).count(),
                sorted.get(sorted.size() / 2).toMillis(), p95.toMillis(), sorted.getLast().toMillis());
        System.out.printf("stale writes %d, calls bought by an instance that had lost the run %d%n", stale, lateBuys);
        System.out.printf("calls %d, sent twice %d, uncertain %d%n", requests.size(), repeats, uncertain);
        assertThat(stale).as("entries of an attempt behind those of a newer one").isZero();
        assertThat(lateBuys).as("calls bought by an instance that had lost the run").isZero();
        assertThat(repeats).isLessThanOrEqualTo(uncertain);
        assertThat(takeovers).extracting(Takeover::instance).contains(sleeper);
        assertThat(p95).isLessThan(Duration.ofSeconds(30));
        assertThat(attempts.keySet()).as("processes that had work").hasSizeGreaterThan(INSTANCES);
    }

    /** Whether a request came from an instance while the newest attempt at its run was another one's. */
    private static boolean isLate(Request request, List<Line> lines, long offset, List<Instance> instances) {
        Instant arrived = Instant.ofEpochSecond(0, request.arrivedNanos() + offset);
        String owner = lines.stream().filter(line -> line.name.equals("attempt-started") && !line.at.isAfter(arrived))
                .reduce((_, newer) -> newer).map(line -> instance(line.body)).orElse("");
        return instances.stream().noneMatch(
                instance -> request.authorization().contains(instance.key) && instance.names.contains(owner));
    }

    private static int number(String text) {
        Matcher matcher = RUN.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static String instance(String body) {
        return body.replaceFirst("(?s).*\"instance\":\"([^\"]*)\".*", "$1");
    }

    private static String key(Line line) {
        return line.body.replaceFirst("(?s).*?(\"key\":\\{[^}]*}).*", "$1");
    }

    private static Answer script(Request request) {
        if (request.model().startsWith("minimax/")) {
            return Answer.text("reply to " + request.lastText())
                    .after(Duration.ofMillis(50 + Math.floorMod(request.lastText().hashCode(), 100)));
        }
        int turn = request.turnsSoFar() + 1;
        String ask = """
                found = globals().get("found", [])
                found += llm_batch([f"run number %d turn %d part {i} of {sorted(codebase)[i]}" for i in range(5)])
                print(len(found), found[-1])
                """.formatted(number(request.body().toString()), turn);
        return Answer.code(turn < 6 ? ask : ask + "\nset_answer('# Found\\n\\n' + '\\n'.join('- ' + f for f in found))")
                .after(Duration.ofMillis(600));
    }

    private static void pause(Duration duration) {
        LockSupport.parkNanos(duration.toNanos());
    }

    /** One instance through all its starts. */
    private static final class Instance implements AutoCloseable {

        private final Path directory;
        private final String key;
        private final Map<String, String> environment;
        private final Set<String> names = new HashSet<>();
        private ServiceProcess service;

        Instance(Path directory, String key, Postgres database, ScriptedProvider provider) {
            this.directory = directory;
            this.key = key;
            this.environment = new HashMap<>(Fixtures.environment(provider));
            environment.putAll(Map.of("SPRING_DATASOURCE_URL", database.url(), "SPRING_DATASOURCE_USERNAME",
                    Postgres.USER, "DEEPREPO_JOBS_MAX_CONCURRENT", "2",
                    "ANTHROPIC_API_KEY", key, "OPENROUTER_API_KEY", key));
            this.service = launch();
        }

        private ServiceProcess launch() {
            ServiceProcess started = new ServiceProcess(directory, environment);
            service = started;
            names.add(name());
            return started;
        }

        /** As it calls itself in the journal. */
        private String name() {
            return service.pid() + "@" + HOST;
        }

        void restart() {
            service.kill();
            launch().awaitReady();
        }

        void signal(String name) {
            try {
                assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(service.pid())).start().waitFor())
                        .isZero();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            if (service.isAlive()) {
                signal("CONT");
            }
            service.close();
        }
    }
}
