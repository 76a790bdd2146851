package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.parallel.Isolated;
import tools.jackson.databind.json.JsonMapper;

/** Five times as many requests as may wait, in five seconds, while others ask how far theirs are. */
@Isolated("measures time")
@Tag("long")
class FloodIT {

    private static final int QUEUE = 100;
    private static final int POSTS = 500;
    private static final long EVERY = Duration.ofSeconds(5).toNanos() / POSTS;

    @RegisterExtension
    static final Deployment service = Deployment
            .answering(_ -> Answer.text("I think about it.").after(Duration.ofSeconds(20)))
            .with(Map.of("DEEPREPO_JOBS_MAX_QUEUED", "" + QUEUE, "DEEPREPO_JOBS_MAX_CONCURRENT", "2",
                    // A heap that is all there from the start: what grows is something else.
                    "JAVA_TOOL_OPTIONS", "-Xms256m -Xmx256m -XX:+AlwaysPreTouch"));

    private record Timed(int status, long nanos) {}

    @Test
    void isTakenOrRefusedAndNeitherSlowsReadersNorFillsMemory() throws Exception {
        List<String> busy = List.of(submit(), submit());
        for (String id : busy) {
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> service.api().get("/analyses/" + id)
                    .path("status").asString().equals("RUNNING"));
        }
        flood(busy, 300, "Idempotency-Key", "warm"); // all of them one analysis
        long before = residentMegabytes();
        List<List<Timed>> both = flood(busy, POSTS);
        long after = residentMegabytes();
        List<Timed> posts = both.getFirst();
        List<Timed> gets = both.get(1);
        List<Timed> control = both.getLast();

        Map<Integer, Long> statuses = posts.stream()
                .collect(Collectors.groupingBy(Timed::status, TreeMap::new, Collectors.counting()));
        System.out.printf(
                "%d POSTs: %s, p50 %d ms, p99 %d ms; %d GETs: p50 %d ms, p99 %d ms; answers without database: p50 %d ms, p99 %d ms; RSS %d → %d MB%n",
                posts.size(), statuses, percentile(posts, 50), percentile(posts, 99), gets.size(),
                percentile(gets, 50), percentile(gets, 99), percentile(control, 50), percentile(control, 99), before,
                after);
        assertThat(statuses.keySet()).isSubsetOf(202, 429, 503);
        assertThat(statuses).containsEntry(202, QUEUE - 1L); // and the one that warmed up
        assertThat(gets).allSatisfy(get -> assertThat(get.status()).isEqualTo(200));
        assertThat(percentile(gets, 99)).isLessThan(250);
        assertThat(service.api().get("/actuator/metrics/deeprepo.queue.depth").at("/measurements/0/value").asInt())
                .isEqualTo(QUEUE);
        assertThat(after - before).as("growth in MB").isLessThan(32);
    }

    /**
     * As many POSTs, evenly paced, and beside each a look at an analysis; the times of both, and of some calls that need
     * nothing but the machine.
     */
    private static List<List<Timed>> flood(List<String> busy, int count, String... headers) {
        List<Future<Timed>> posts = new ArrayList<>();
        List<Future<Timed>> gets = new ArrayList<>();
        List<Future<Timed>> control = new ArrayList<>();
        try (var callers = Executors.newVirtualThreadPerTaskExecutor()) {
            long from = System.nanoTime();
            for (int i = 0; i < count; i++) {
                LockSupport.parkNanos(from + i * EVERY - System.nanoTime());
                String id = busy.get(i % busy.size());
                posts.add(callers.submit(() -> timed(api -> api.send("POST", "/analyses", body(), headers))));
                gets.add(callers.submit(() -> timed(api -> api.send("GET", "/analyses/" + id, ""))));
                if (i % 10 == 0) {
                    control.add(
                            callers.submit(() -> timed(api -> api.send("GET", "/actuator/health/liveness", ""))));
                }
            }
        }
        return Stream.of(posts, gets, control).map(each -> each.stream().map(Future::resultNow).toList()).toList();
    }

    private static Timed timed(Function<Api, HttpResponse<String>> call) {
        long from = System.nanoTime();
        int status = call.apply(service.api()).statusCode();
        return new Timed(status, System.nanoTime() - from);
    }

    private static String submit() {
        return JsonMapper.shared().readTree(service.api().send("POST", "/analyses", body()).body()).path("id")
                .asString();
    }

    private static String body() {
        return "{\"repository\": \"%s\", \"rootModel\": \"sonnet\", \"subModel\": \"minimax\"}"
                .formatted(service.url("fixture"));
    }

    private static long percentile(List<Timed> calls, int percent) {
        List<Long> sorted = new ArrayList<>(calls.stream().map(Timed::nanos).toList());
        Collections.sort(sorted);
        return Duration.ofNanos(sorted.get((sorted.size() - 1) * percent / 100)).toMillis();
    }

    private static long residentMegabytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/%d/status".formatted(service.pid()))).stream()
                .filter(line -> line.startsWith("VmRSS:")).mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .sum() / 1024;
    }
}
