package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import tools.jackson.databind.JsonNode;

/** Runs that are cancelled at any instant, many beside each other: each ends at once, and nothing of it is left. */
@Tag("slow")
class CancelIT {

    private static final long SEED = 20261126;
    private static final int AT_ONCE = 6;
    private static final List<String> KINDS = List.of("fetch", "start", "cell", "fan-out", "back-off", "report");
    /** The number of runs that do nothing but hold a kernel. */
    private static final int HOLDING = 1_003;
    private static final Pattern RUN = Pattern.compile("run number (\\d+)");

    @RegisterExtension
    static final Deployment service = Deployment.answering(CancelIT::script)
            .with(git -> {
                git.create("endless", Map.of("README.md", "text"));
                git.stall("endless");
                return Map.of("DEEPREPO_JOBS_MAX_CONCURRENT", "" + (AT_ONCE + 1), "DEEPREPO_REPL_MAX_KERNELS",
                        "" + AT_ONCE);
            });

    /** @param seen the newest event when it was cancelled */
    private record Cancelled(int number, String id, String seen, Duration took, long endedNanos) {}

    @Test
    void whoFindsNoKernelSaysSoAndBeginsWhenOneIsFree() {
        List<String> holding = IntStream.range(0, AT_ONCE).mapToObj(_ -> submit(HOLDING)).toList();
        holding.forEach(id -> await(id, _ -> calls(HOLDING).count() == AT_ONCE));
        String id = submit(KINDS.indexOf("report"));

        await(id, analysis -> analysis.at("/progress/phase").asString().equals("waiting"));
        JsonNode progress = service.api().get("/analyses/" + id).path("progress");
        assertThat(calls(KINDS.indexOf("report"))).as("bought in vain, should it find none").isEmpty();
        assertThat(progress.path("waitingUntil").isNull()).isTrue();
        end(holding.getFirst());
        await(id, _ -> calls(KINDS.indexOf("report")).findAny().isPresent());

        assertThat(service.api().events(end(id), 0)).extracting(Api.StreamEvent::name)
                .containsSubsequence("checked-out", "kernel-awaited", "model-asked");
        holding.forEach(CancelIT::end);
        Stream.concat(holding.stream(), Stream.of(id))
                .forEach(each -> service.api().send("DELETE", "/analyses/" + each, ""));
    }

    private static void await(String id, Predicate<JsonNode> condition) {
        Awaitility.await().atMost(Duration.ofSeconds(30)).pollInterval(Duration.ofMillis(20))
                .until(() -> condition.test(service.api().get("/analyses/" + id)));
    }

    private static String end(String id) {
        service.api().send("POST", "/analyses/" + id + "/cancel", "");
        service.api().await(id, Duration.ofSeconds(6));
        return id;
    }

    @Test
    void eachPhaseTwice() throws Exception {
        cancelAt(2 * KINDS.size());
    }

    @Test
    @Tag("long")
    void fiftyInstants() throws Exception {
        cancelAt(50);
    }

    private static void cancelAt(int instants) throws Exception {
        Random random = new Random(SEED);
        List<Cancelled> all = new ArrayList<>();
        while (all.size() < instants) {
            List<Callable<Cancelled>> runs = new ArrayList<>();
            for (int number = all.size(); number < Math.min(instants, all.size() + AT_ONCE); number++) {
                int run = number;
                Duration delay = Duration.ofMillis(random.nextInt(800));
                runs.add(() -> cancel(run, delay));
            }
            try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<Cancelled> cancelled : callers.invokeAll(runs)) {
                    all.add(cancelled.get());
                }
            }
            Awaitility.await("no process is left").atMost(Duration.ofSeconds(5)).until(CancelIT::leavesNoProcess);
        }
        for (Cancelled each : all) {
            System.out.printf("%2d %-8s at %-16s ended after %4d ms%n", each.number, kind(each.number), each.seen,
                    each.took.toMillis());
        }

        assertThat(all).allSatisfy(each -> assertThat(each.took).isLessThan(Duration.ofSeconds(5)));
        assertThat(all.stream().map(Cancelled::seen).distinct()).as("different instants")
                .hasSizeGreaterThanOrEqualTo(5);
        for (Request request : service.provider().requests()) {
            Cancelled run = all.get(number(request.body().toString()));
            assertThat(request.arrivedNanos()).as("a call of run %d", run.number).isLessThan(run.endedNanos);
        }
        assertThat(checkouts()).isEmpty();
        for (Cancelled each : all) {
            assertThat(service.api().send("DELETE", "/analyses/" + each.id, "").statusCode()).isEqualTo(204);
        }
        assertThat(service.api().get("/analyses").path("items")).isEmpty();
        LockSupport.parkNanos(Duration.ofSeconds(2).toNanos()); // two looks at the queue
        service.stop(); // which lets the file of the database go
        JdbcTemplate rows = new JdbcTemplate(new DriverManagerDataSource(
                "jdbc:h2:file:%s;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH".formatted(
                        service.directory().resolve("data/deeprepo")),
                "", ""));
        for (String table : List.of("analysis", "journal", "scheduled_tasks", "reply_cache")) {
            assertThat(rows.queryForObject("select count(*) from " + table, Integer.class)).as(table).isZero();
        }
        Path checkouts = service.directory().resolve("data/checkouts");
        assertThat(checkouts.resolve("kept")).isEmptyDirectory();
        assertThat(checkouts).isDirectoryNotContaining(path -> !path.endsWith("kept"));
        service.start();
    }

    /** Whether a run is where it is to be cancelled, or a little later. */
    private static boolean reached(int number, JsonNode analysis) {
        return switch (kind(number)) {
            case "fetch" -> analysis.path("status").asString().equals("RUNNING");
            case "start" -> analysis.at("/repository/commit").isString();
            case "fan-out" -> calls(number).anyMatch(request -> request.model().startsWith("minimax/"));
            case "back-off" -> analysis.path("retries").asInt() > 0;
            default -> calls(number).findAny().isPresent();
        };
    }

    private static Stream<Request> calls(int number) {
        return service.provider().requests().stream()
                .filter(request -> number(request.body().toString()) == number);
    }

    private static Cancelled cancel(int number, Duration delay) {
        String id = submit(number);
        await(id, analysis -> reached(number, analysis));
        LockSupport.parkNanos(delay.toNanos());
        long from = System.nanoTime();
        assertThat(service.api().send("POST", "/analyses/" + id + "/cancel", "").statusCode()).isEqualTo(202);
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(6));
        long ended = System.nanoTime();
        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("CANCELLED");
        List<Api.StreamEvent> events = service.api().events(id, 0);
        return new Cancelled(number, id, events.get(events.size() - 2).name(), Duration.ofNanos(ended - from), ended);
    }

    private static String submit(int number) {
        return service.api().submit(Map.of("repository",
                service.url(kind(number).equals("fetch") ? "endless" : "fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "focus", kind(number) + " in run number " + number, "cache", false));
    }

    private static String kind(int number) {
        return KINDS.get(number % KINDS.size());
    }

    private static int number(String text) {
        Matcher matcher = RUN.matcher(text);
        assertThat(matcher.find()).as(text).isTrue();
        return Integer.parseInt(matcher.group(1));
    }

    private static Answer script(Request request) {
        String text = request.body().toString();
        if (request.model().startsWith("minimax/")) {
            return Answer.text("reply").after(Duration.ofMillis(700));
        }
        int number = number(text);
        if (number == HOLDING) {
            return Answer.text("I am not done.").after(Duration.ofMinutes(2));
        }
        Answer ask = Answer.code("print(llm_batch([f'part {i} of run number %d' for i in range(40)]))"
                .formatted(number));
        return switch (kind(number)) {
            case "cell" -> Answer.code("while True: pass");
            case "fan-out" -> ask;
            case "back-off" -> Answer.error(529);
            case "report" -> Answer.text("I think about it.").after(Duration.ofMillis(400));
            default -> request.turnsSoFar() % 2 == 0 ? Answer.code("print(len(codebase))") : ask;
        };
    }

    private static boolean leavesNoProcess() {
        return ProcessHandle.of(service.pid()).stream().flatMap(ProcessHandle::descendants)
                .noneMatch(ProcessHandle::isAlive);
    }

    private static List<Path> checkouts() throws IOException {
        try (Stream<Path> found = Files.walk(service.directory().resolve("data/checkouts"))) {
            return found.filter(path -> path.toString().endsWith(".git")).toList();
        }
    }
}
