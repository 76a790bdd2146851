import dev.deeprepo.Api;
import dev.deeprepo.ScriptedProvider;
import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.ServiceProcess;
import dev.deeprepo.checkout.GitServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.util.FileSystemUtils;

/**
 * Four analyses at once, whose root model asks 200 sub-calls each in one batch, of a provider that takes 5 requests a
 * second, 10 more at first, and answers 429 and nothing else beyond that: with the throttle, and without. The packaged
 * service, over HTTP; what is counted is what the provider saw. Prints one table in Markdown.
 */
public final class Throttled {

    private static final int RUNS = 4;
    private static final int CALLS = 200;
    private static final double PER_SECOND = 5;
    private static final double BURST = 10;
    private static final Duration LATENCY = Duration.ofMillis(50);

    private double filled = BURST;
    private long filledAt;
    private int asked;
    private int refused;
    private long first;
    private final AtomicLong last = new AtomicLong();

    public static void main(String[] arguments) throws Exception {
        Path directory = Files.createTempDirectory("bench");
        System.out.printf("| %d cores, load %s | time | of the ideal %.0f s | requests | 429 | sub-calls lost |%n"
                + "|---|---|---|---|---|---|%n", Runtime.getRuntime().availableProcessors(),
                Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0], ideal());
        try (GitServer git = GitServer.start()) {
            git.create("small", Map.of("README.md", "# Small\n"));
            for (boolean throttled : List.of(true, false)) {
                new Throttled().measure(Files.createTempDirectory(directory, "service"), git, throttled);
            }
        } finally {
            FileSystemUtils.deleteRecursively(directory);
        }
        System.exit(0);
    }

    private static double ideal() {
        return (RUNS * CALLS - BURST) / PER_SECOND;
    }

    private void measure(Path directory, GitServer git, boolean throttled) throws IOException {
        try (ScriptedProvider provider = new ScriptedProvider(this::reply);
                ServiceProcess service = new ServiceProcess(directory, Map.of("DEEPREPO_LLM_THROTTLE",
                        String.valueOf(throttled), "ANTHROPIC_API_KEY", "bench", "ANTHROPIC_BASE_URL",
                        provider.anthropicUrl(), "OPENROUTER_API_KEY", "bench", "OPENROUTER_BASE_URL",
                        provider.chatCompletionsUrl(), "DEEPREPO_CHECKOUT_ALLOWED_SCHEMES", "https,http",
                        "DEEPREPO_CHECKOUT_ALLOW_PRIVATE_ADDRESSES", "true")).awaitReady()) {
            Api api = service.api();
            List<String> runs = new ArrayList<>();
            for (int run = 0; run < RUNS; run++) {
                runs.add(api.submit(Map.of("repository", git.url("small"), "rootModel", "sonnet", "subModel",
                        "minimax", "focus", "run " + run, "cache", false)));
            }
            int lost = 0;
            for (String run : runs) {
                String status = api.await(run, Duration.ofMinutes(20)).path("status").asString();
                if (!status.equals("COMPLETED")) {
                    throw new IllegalStateException("a run ended as " + status + ":\n" + service.log());
                }
                lost += Integer.parseInt(api.get("/analyses/" + run + "/report", "text/markdown")
                        .replaceFirst("(?s).*?LOST (\\d+) .*", "$1"));
            }
            double seconds = (last.get() - first) / 1e9;
            System.out.printf("| %s | %.0f s | %.2f | %d | %d (%.1f %%) | %d of %d |%n",
                    throttled ? "with the throttle" : "without", seconds, seconds / ideal(), asked, refused,
                    100.0 * refused / asked, lost, RUNS * CALLS);
        }
    }

    private Answer reply(Request request) {
        if (!request.model().startsWith("minimax/")) {
            String run = request.body().path("messages").toString().replaceFirst("(?s).*?run (\\d).*", "$1");
            return Answer.code(request.turnsSoFar() == 0
                    ? "replies = llm_batch([f'run %s, question {i}' for i in range(%d)])".formatted(run, CALLS)
                    : "set_answer(f'# Asked\\n\\nLOST {sum(reply.startswith(\"[ERROR\") for reply in replies)} "
                            + "of {len(replies)}')");
        }
        if (!takes(System.nanoTime())) {
            return Answer.error(429);
        }
        last.set(System.nanoTime() + LATENCY.toNanos());
        return Answer.text("It plans.").after(LATENCY);
    }

    private synchronized boolean takes(long now) {
        first = asked++ == 0 ? now : first;
        filled = Math.min(BURST, filled + (asked == 1 ? 0 : (now - filledAt) / 1e9 * PER_SECOND));
        filledAt = now;
        if (filled < 1) {
            refused++;
            return false;
        }
        filled--;
        return true;
    }
}
