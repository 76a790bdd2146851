package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;

/** The packaged service under stops, kills and cancellations at any instant: what it bought and said stays true. */
@Tag("slow")
class ChaosIT {

    private static final long SEED = 4711;

    @RegisterExtension
    static final Deployment service = Deployment.answering(ChaosIT::script).with(Map.of());

    @Test
    void cancelAtAnyInstantEndsWithinFiveSecondsAndBuysNothingMore() {
        cancel(3);
    }

    @Test
    @Tag("long")
    void cancelAtTenInstants() {
        cancel(10);
    }

    private static void cancel(int times) {
        Random random = new Random(SEED);
        for (int i = 0; i < times; i++) {
            service.provider().forget();
            String id = submit(List.of("slow calls", "spin", "wait for backoff").get(i % 3) + " " + i);
            pause(random.nextInt(1200));
            assertThat(service.api().send("POST", "/analyses/" + id + "/cancel", "").statusCode()).isEqualTo(202);

            JsonNode analysis = service.api().await(id, Duration.ofSeconds(5));

            assertThat(analysis.path("status").asString()).isEqualTo("CANCELLED");
            int asked = service.provider().requests().size();
            Awaitility.await("no process is left").atMost(Duration.ofSeconds(2)).until(ChaosIT::leavesNoProcess);
            pause(200);
            assertThat(service.provider().requests()).hasSize(asked);
            int status = service.api().send("GET", "/analyses/" + id + "/report", "", "Accept", "text/markdown")
                    .statusCode();
            List<String> events = service.api().events(id, 0).stream().map(Api.StreamEvent::name).toList();
            // Replies of a cell under way may come too late to be shown: only then both are right.
            if (events.contains("cell-finished")) {
                assertThat(status).isEqualTo(200);
            } else if (!events.contains("cell-started")) {
                assertThat(status).as("nothing was found: %s", events).isEqualTo(409);
            } else {
                assertThat(status).isIn(200, 409);
            }
            assertThat(service.api().send("DELETE", "/analyses/" + id, "").statusCode()).isEqualTo(204);
            assertThat(checkouts(id)).isEmpty();
        }
        assertThat(service.api().get("/analyses").path("items")).isEmpty();
    }

    @Test
    void sigtermParksEveryRunAndTheNextStartFinishesThem() {
        service.provider().forget();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ids.add(submit("calls of parked " + i));
        }
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> service.provider().requests().size() > 30);
        long from = System.nanoTime();
        service.stop();
        assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(20));

        service.start();

        for (String id : ids) {
            assertThat(service.api().await(id, Duration.ofSeconds(60)).path("status").asString())
                    .isEqualTo("COMPLETED");
            assertBoughtOnce(id);
        }
    }

    @Test
    void twoKillsInOneRunAndTheAccountTellsOfThem() {
        killAtOnceAndLater(1);
    }

    @Test
    @Tag("long")
    void fiveKillsInOneRunAndTheAccountTellsOfThem() {
        killAtOnceAndLater(4);
    }

    private static void killAtOnceAndLater(int times) {
        service.provider().forget();
        Random random = new Random(SEED);
        String key = "chaos-" + times;
        String body = "{\"repository\": \"%s\", \"rootModel\": \"sonnet\", \"subModel\": \"minimax\", \"focus\": \"calls killed\", \"cache\": false}"
                .formatted(service.url("fixture"));
        String accepted = service.api().send("POST", "/analyses", body, "Idempotency-Key", key).body();
        String id = accepted.replaceFirst("(?s).*?\"id\":\"([0-9a-f-]+)\".*", "$1");
        service.kill(); // right after the 202
        for (int i = 0; i < times; i++) {
            int asked = service.provider().requests().size();
            service.start();
            // Five attempts in a row that get no further end a run, and on a busy machine none gets far in a second.
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> service.provider().requests().size() > asked
                    || service.api().get("/analyses/" + id).path("finishedAt").isString());
            pause(random.nextInt(700));
            service.kill();
        }
        service.start();

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));

        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("COMPLETED");
        int uncertain = assertBoughtOnce(id);
        long warned = analysis.path("warnings").valueStream()
                .filter(warning -> warning.path("code").asString().equals("call-uncertain")).count();
        assertThat(warned).isEqualTo(uncertain);
        String account = service.api().get("/analyses/" + id + "/report", "text/markdown").split("## Account", 2)[1];
        assertThat(account).contains("%d of the run".formatted(analysis.path("attempt").asInt() - 1))
                .containsPattern("Uncertain calls\\W+%d\\b".formatted(uncertain));
        assertThat(service.api().send("POST", "/analyses", body, "Idempotency-Key", key).body())
                .as("the same key after restarts").contains(id);
        assertThat(service.api().events(id, 0)).extracting(Api.StreamEvent::id).as("gapless")
                .isEqualTo(LongStream.rangeClosed(1, service.api().events(id, 0).size()).boxed().toList());
    }

    @Test
    void theHostIsNotNeededAgain() {
        String commit = service.git().create("vanishing", Map.of("main.py", "print('here')\n")).commit("main",
                Map.of("main.py", "print('still here')\n"));
        String id = submit("vanishing", "calls of one whose host goes away");
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> service.provider().requests().size() > 8);
        service.kill();
        service.git().answer("vanishing", 404);

        service.start();

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("COMPLETED");
        assertThat(analysis.path("repository").path("commit").asString()).isEqualTo(commit);
        assertBoughtOnce(id);
        String question = service.api().send("POST", "/analyses/" + id + "/questions",
                "{\"question\": \"What do the calls of the vanished say?\"}").body()
                .replaceFirst("(?s).*?\"id\":\"([0-9a-f-]+)\".*", "$1");
        assertThat(service.api().await(question, Duration.ofSeconds(30)).path("status").asString())
                .isEqualTo("COMPLETED");
        for (String analysed : List.of(question, id)) {
            assertThat(checkouts(analysed)).hasSize(1);
            assertThat(service.api().send("DELETE", "/analyses/" + analysed, "").statusCode()).isEqualTo(204);
            assertThat(checkouts(analysed)).isEmpty();
        }
    }

    @Test
    void subCallsThatUseUpTheMoneyLeaveAReportOfWhatTheyFound() {
        String id = submit("budget");
        JsonNode analysis = service.api().await(id, Duration.ofSeconds(30));
        assertThat(analysis.path("status").asString()).as(analysis::toString).isEqualTo("PARTIAL");
        assertThat(analysis.path("warnings").toString()).contains("ended-early", "maxCostUsd");
        assertThat(analysis.path("usage").path("total").path("costUsd").decimalValue()).isBetween(
                new BigDecimal("0.1"), new BigDecimal("0.5"));
        assertThat(service.api().get("/analyses/" + id + "/report", "text/markdown")).contains("reply to budget 0");
    }

    /** Six turns of five sub-calls each; a cell that never ends; a provider that asks to wait; a batch beyond all money. */
    private static Answer script(Request request) {
        if (request.model().startsWith("minimax/")) {
            Answer reply = Answer.text("reply to " + request.lastText()).after(Duration.ofMillis(50));
            return request.lastText().startsWith("budget") ? reply.tokens(20, 4_000, 0, 0) : reply;
        }
        String task = request.body().path("messages").toString();
        if (task.contains("spin")) {
            return request.turnsSoFar() == 0 ? Answer.code("print('looked')") : Answer.code("while True: pass");
        }
        if (task.contains("wait for backoff")) {
            return request.turnsSoFar() == 0 ? Answer.code("print('looked')") : Answer.error(529);
        }
        if (task.contains("budget")) {
            return Answer.code("kept = llm_batch([f'budget {i}' for i in range(400)])");
        }
        int turn = request.turnsSoFar() + 1;
        String ask = "found = llm_batch([f'turn %d part {i} of ' + str(len(codebase)) for i in range(5)])\nprint(found)"
                .formatted(turn);
        return Answer.code(turn < 6 ? ask : ask + "\nset_answer('# Found\\n\\n' + '\\n'.join(found))")
                .after(Duration.ofMillis(task.contains("slow") ? 500 : 60));
    }

    /** No call whose reply is in the journal was asked again; returns how many are uncertain. */
    private static int assertBoughtOnce(String id) {
        Set<String> replied = new HashSet<>();
        int asked = 0;
        for (Api.StreamEvent event : service.api().events(id, 0)) {
            String key = event.data().path("key").toString();
            if (event.name().equals("model-asked")) {
                asked++;
                assertThat(replied).doesNotContain(key);
            } else if (event.name().equals("model-replied")) {
                replied.add(key);
            }
        }
        assertThat(replied).hasSize(36);
        JsonNode trajectory = service.api().get("/analyses/" + id + "/trajectory");
        assertThat(trajectory.path("uncertain").asInt()).isEqualTo(asked - replied.size());
        return asked - replied.size();
    }

    private static String submit(String focus) {
        return submit("fixture", focus);
    }

    private static String submit(String repository, String focus) {
        Map<String, Object> request = Map.of("repository", service.url(repository), "rootModel", "sonnet", "subModel",
                "minimax", "focus", focus, "maxCostUsd", focus.equals("budget") ? 0.5 : 5, "cache", false);
        return service.api().submit(request);
    }

    private static boolean leavesNoProcess() {
        return ProcessHandle.of(service.pid()).stream().flatMap(ProcessHandle::descendants)
                .noneMatch(ProcessHandle::isAlive);
    }

    /** In use, by whomever, or kept for this one. */
    private static List<Path> checkouts(String id) {
        Path checkouts = service.directory().resolve("data/checkouts");
        if (!Files.isDirectory(checkouts)) {
            return List.of();
        }
        try (Stream<Path> found = Files.walk(checkouts)) {
            return found.filter(path -> path.toString().endsWith(".git"))
                    .filter(path -> !path.toString().contains("/kept/") || path.endsWith(id + ".git")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void pause(int millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }
}
