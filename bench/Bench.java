import dev.deeprepo.Api;
import dev.deeprepo.Api.StreamEvent;
import dev.deeprepo.BareClient;
import dev.deeprepo.ServiceProcess;
import dev.deeprepo.checkout.GitRepository;
import dev.deeprepo.checkout.GitServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.springframework.util.FileSystemUtils;

/**
 * Measures the packaged service from outside: over HTTP, by the instants of its journal. The provider, git's server and
 * this driver are other processes, on the same cores. Each figure is the median of some rounds after those that warm
 * up. Prints one table in Markdown.
 */
public final class Bench {

    private static final int FILES = 10_000;
    private static final long BYTES = 50_000_000;
    /** Files of the JDK's sources above this size are left out, which makes a repository as large as Spring's. */
    private static final int LARGEST_FILE = 15_000;
    /** Fan-outs before those that count: the Java machine compiles what is hot only after some thousand calls. */
    private static final int WARM_UP = 15;
    private static final String ROW = "| %s | %s | %s |%n";

    private final Process provider;
    private final BufferedReader fromProvider;
    private final PrintWriter toProvider;
    private final String providerUrl;
    private final GitServer git;
    private final Path directory;

    private Bench(Path directory, GitServer git) throws IOException {
        this.directory = directory;
        this.git = git;
        provider = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-cp",
                System.getProperty("java.class.path"), "bench/Provider.java")
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        fromProvider = provider.inputReader();
        toProvider = new PrintWriter(provider.outputWriter(), true);
        providerUrl = fromProvider.readLine();
    }

    /** @param arguments how many rounds; none = 5 */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length == 0 ? 5 : Integer.parseInt(arguments[0]);
        Path directory = Files.createTempDirectory("bench");
        try (GitServer git = GitServer.start()) {
            Bench bench = new Bench(directory, git);
            System.out.printf("| %d cores, load %s, median of %d | here | beside |%n|---|---|---|%n",
                    Runtime.getRuntime().availableProcessors(),
                    Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0], rounds);
            bench.repository(rounds);
            bench.fanOut(rounds);
            bench.provider.destroy();
        } finally {
            FileSystemUtils.deleteRecursively(directory);
        }
        System.exit(0);
    }

    /** A large repository: fetched, loaded, explored in four turns with 40 sub-calls. */
    private void repository(int rounds) throws Exception {
        build(git.create("large"));
        git.create("small", Map.of("README.md", "# Small\n"));
        List<Long> clone = new ArrayList<>();
        List<Long> fetch = new ArrayList<>();
        List<Long> load = new ArrayList<>();
        List<Long> kernel = new ArrayList<>();
        List<Long> atOnce = new ArrayList<>();
        List<Long> slowly = new ArrayList<>();
        try (ServiceProcess service = service(Map.of())) {
            Memory memory = new Memory(service.pid());
            for (int round = 0; round <= rounds; round++) {
                long from = System.nanoTime();
                run("git", "clone", "--quiet", "--bare", "--depth", "1", git.url("large"),
                        directory.resolve("clone" + round).toString());
                clone.add(Duration.ofNanos(System.nanoTime() - from).toMillis());
                // With a path, all is fetched all the same, and next to nothing is read of it.
                fetch.add(explore(service, Map.of("focus", "only look", "path", "small"), 0)
                        .millis("attempt-started", "checked-out"));
                Timeline run = explore(service, Map.of(), 0);
                load.add(run.millis("attempt-started", "checked-out") - fetch.getLast());
                kernel.add(run.millis("run-started", "model-asked"));
                atOnce.add(run.millis("model-asked", "run-ended"));
                slowly.add(explore(service, Map.of(), 200).millis("model-asked", "run-ended"));
            }
            System.out.printf(ROW, "fetch over smart HTTP", seconds(median(fetch)),
                    "`git clone --bare --depth 1`: " + seconds(median(clone)));
            System.out.printf(ROW, "load: read and index every file", seconds(median(load)),
                    "Python deeprepo, from a work tree: 0.49 s ¹");
            System.out.printf(ROW, "start the kernel and load it", seconds(median(kernel)), "");
            System.out.printf(ROW, "4 turns, 40 sub-calls, provider at 0 ms", seconds(median(atOnce)),
                    "Python deeprepo: 2.39 s ¹");
            System.out.printf(ROW, "the same, provider at 200 ms", seconds(median(slowly)),
                    "Python deeprepo: 5.04 s ¹; ideal with 16 at once: 1.40 s");
            System.out.printf(ROW, "peak memory of the service", memory.service() + " MB", "");
            System.out.printf(ROW, "peak memory of a kernel", memory.kernel() + " MB", "");
        }
    }

    private void build(GitRepository repository) throws IOException {
        long bytes = 0;
        int files = 0;
        Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
        if (Files.exists(sources)) {
            try (ZipFile zip = new ZipFile(sources.toFile())) {
                Map<String, Long> sizes = zip.stream().filter(Predicate.not(ZipEntry::isDirectory))
                        .filter(entry -> entry.getSize() <= LARGEST_FILE)
                        .collect(Collectors.toMap(ZipEntry::getName, ZipEntry::getSize));
                repository.commitZip("main", sources, sizes::containsKey);
                files = sizes.size();
                bytes = sizes.values().stream().mapToLong(Long::longValue).sum();
            }
        }
        Map<String, String> padding = new TreeMap<>(Map.of("small/README.md", "# Small\n"));
        for (; files < FILES || bytes < BYTES; files++) {
            String text = "public class Part%d {\n%s}\n".formatted(files,
                    "    public int plan(int x) { return x + 1; }\n"
                            .repeat(100));
            padding.put("generated/part%05d/Part.java".formatted(files), text);
            bytes += text.length();
        }
        repository.commit("main", padding);
        System.out.printf(ROW, "the repository", files + 1 + " files, %.1f MB".formatted(bytes / 1e6),
                "spring-framework: 10861 files, 57.7 MB ¹");
    }

    /** 200 sub-calls of 200 ms each, 50 at once, beside a bare client that does nothing else. */
    private void fanOut(int rounds) throws Exception {
        List<Long> ours = new ArrayList<>();
        List<Long> bare = new ArrayList<>();
        Set<Long> requests = new TreeSet<>();
        BareClient client = new BareClient();
        try (ServiceProcess service = service(Map.of("DEEPREPO_LLM_SUB_CONCURRENCY", "50"))) {
            for (int round = 0; round < WARM_UP + 3 * rounds; round++) {
                latency(200);
                bare.add(client.fanOut(providerUrl + "/v1", "question", 200, 50).toMillis());
                latency(200);
                String id = service.api().submit(request("small", Map.of("focus", "fan out")));
                Thread.sleep(2_000); // questions to the service would take the time of what is measured
                ours.add(timeline(service.api(), id).millis("SUB model-asked", "cell-finished"));
                requests.add(latency(0));
            }
        }
        System.out.printf(ROW, "200 sub-calls of 200 ms, 50 at once, " + requests + " requests",
                seconds(median(ours, WARM_UP)) + " (the first after the start: " + seconds(ours.getFirst()) + ")",
                "ideal: 0.80 s; a bare HTTP client: " + seconds(median(bare, WARM_UP)));
        System.err.println("fan-outs: " + ours + " ms, bare client: " + bare + " ms");
    }

    /** One analysis from request to end. */
    private Timeline explore(ServiceProcess service, Map<String, Object> extra, int latency) throws IOException {
        latency(latency);
        return timeline(service.api(), service.api().submit(request("large", extra)));
    }

    private static Timeline timeline(Api api, String id) {
        var analysis = api.await(id, Duration.ofMinutes(5));
        if (!analysis.path("status").asString().equals("COMPLETED")) {
            throw new IllegalStateException("a run did not complete: " + analysis);
        }
        return new Timeline(api.events(id, 0));
    }

    private Map<String, Object> request(String repository, Map<String, Object> extra) {
        Map<String, Object> request = new HashMap<>(extra);
        request.put("repository", git.url(repository));
        request.put("rootModel", "sonnet");
        request.put("subModel", "minimax");
        request.put("cache", false);
        return request;
    }

    /** Sets the provider's latency; returns how many sub-prompts it has had since the last time. */
    private long latency(int millis) throws IOException {
        toProvider.println(millis);
        return Long.parseLong(fromProvider.readLine());
    }

    private ServiceProcess service(Map<String, String> extra) throws IOException {
        Map<String, String> environment = new HashMap<>(extra);
        environment.putAll(Map.of("ANTHROPIC_API_KEY", "bench", "ANTHROPIC_BASE_URL", providerUrl,
                "OPENROUTER_API_KEY", "bench", "OPENROUTER_BASE_URL", providerUrl + "/v1",
                "DEEPREPO_CHECKOUT_ALLOWED_SCHEMES", "https,http", "DEEPREPO_CHECKOUT_ALLOW_PRIVATE_ADDRESSES",
                "true"));
        return new ServiceProcess(Files.createTempDirectory(directory, "service"), environment, List.of()).awaitReady();
    }

    /** What a journal tells of time. */
    private record Timeline(List<StreamEvent> events) {

        /** From the first event of one name to the first of another after it; a role may stand before the name. */
        long millis(String from, String to) {
            Instant start = at(from, Instant.MIN);
            return Duration.between(start, at(to, start)).toMillis();
        }

        private Instant at(String name, Instant after) {
            return events.stream()
                    .filter(event -> (event.data().path("role").asString("") + " " + event.name()).endsWith(name))
                    .map(event -> Instant.parse(event.data().path("at").asString()))
                    .filter(at -> !at.isBefore(after)).findFirst().orElseThrow();
        }
    }

    /** Watches the memory of a service and of the kernels below it. */
    private static final class Memory {

        private final long pid;
        private volatile long kernel;

        Memory(long pid) {
            this.pid = pid;
            Thread.ofPlatform().daemon().start(() -> {
                while (true) {
                    ProcessHandle.of(pid).stream().flatMap(ProcessHandle::children)
                            .filter(child -> child.info().command().orElse("").contains("python"))
                            .forEach(child -> kernel = Math.max(kernel, peak(child.pid())));
                    try {
                        Thread.sleep(50);
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            });
        }

        long service() {
            return peak(pid);
        }

        long kernel() {
            return kernel;
        }

        /** The peak of a process's resident memory in MB; 0 when it is gone. */
        private static long peak(long pid) {
            try {
                return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                        .filter(line -> line.startsWith("VmHWM")).map(line -> line.replaceAll("\\D", ""))
                        .mapToLong(Long::parseLong).sum() / 1024;
            } catch (IOException e) {
                return 0;
            }
        }
    }

    private static void run(String... command) throws Exception {
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
            throw new IllegalStateException("failed: " + List.of(command));
        }
    }

    private static long median(List<Long> millis) {
        return median(millis, 1);
    }

    /** The first rounds warm up and do not count. */
    private static long median(List<Long> millis, int warmUp) {
        List<Long> sorted = millis.stream().skip(warmUp).sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static String seconds(long millis) {
        return "%.2f s".formatted(millis / 1000.0);
    }
}
