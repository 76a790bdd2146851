package dev.deeprepo.checkout;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * A git host on loopback: bare repositories over smart HTTP, served by {@code git http-backend}. A client must allow
 * {@code http} and private addresses to use it.
 */
public final class GitServer implements AutoCloseable {

    /** What comes of one request. */
    public interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private final Path root;
    private final HttpServer http;
    private final ExecutorService executor = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final Map<String, Answer> special = new ConcurrentHashMap<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final Queue<String> authorizations = new ConcurrentLinkedQueue<>();
    private final Map<String, Predicate<String>> guards = new ConcurrentHashMap<>();
    private final Set<String> held = ConcurrentHashMap.newKeySet();
    private final CountDownLatch released = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile boolean oldProtocol;

    private GitServer(Path root, HttpServer http) {
        this.root = root;
        this.http = http;
    }

    /** A server on a free port, with its repositories in a temporary directory. */
    public static GitServer start() {
        try {
            HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
            GitServer server = new GitServer(Files.createTempDirectory("git-server"), http);
            http.createContext("/", server::handle);
            http.setExecutor(server.executor);
            http.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new, empty repository, reachable at {@link #url} of the same name; {@code name} may hold slashes. */
    public GitRepository create(String name) {
        return GitRepository.init(root.resolve(name + ".git"), root);
    }

    /** A repository with one commit on {@code main}: path → content. */
    public GitRepository create(String name, Map<String, String> files) {
        GitRepository repository = create(name);
        repository.commit("main", files);
        return repository;
    }

    public String url(String name) {
        return "http://127.0.0.1:" + port() + "/" + name + ".git";
    }

    public int port() {
        return http.getAddress().getPort();
    }

    /** Method and path with query of every request so far, in order of arrival. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    /** The header {@code Authorization} of every request so far that had one. */
    public List<String> authorizations() {
        return List.copyOf(authorizations);
    }

    /** The origin as it is written in the settings for tokens. */
    public String tokenHost() {
        return "http://127.0.0.1:" + port();
    }

    /**
     * Makes {@code name} private, in GitHub's manner: 401 for who shows nothing, 404 for who shows the wrong thing.
     *
     * @param credentials which {@code user:password} may read
     */
    public GitServer protect(String name, Predicate<String> credentials) {
        guards.put(name, credentials);
        return this;
    }

    /** Sends half of each pack of {@code name} that is not small, and the other half after {@link #release}. */
    public GitServer hold(String name) {
        held.add(name);
        return this;
    }

    public void release() {
        released.countDown();
    }

    /** Advertises {@code name} as usual, then repeats what it was shown, in an error message of git's own protocol. */
    public GitServer echo(String name) {
        special.put(name, exchange -> {
            if (exchange.getRequestMethod().equals("GET")) {
                backend(exchange, name);
                return;
            }
            exchange.getRequestBody().readAllBytes();
            String shown = exchange.getRequestHeaders().getFirst("Authorization");
            String plain = decoded(shown);
            String error = "ERR I saw %s, %s and %s\n".formatted(shown, plain,
                    URLEncoder.encode(plain.substring(plain.indexOf(':') + 1), StandardCharsets.UTF_8));
            byte[] bytes = "%04x%s".formatted(error.length() + 4, error).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/x-git-upload-pack-result");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        });
        return this;
    }

    /** Speaks protocol v0 from now on, which refuses ids that no ref advertises. */
    public GitServer refuseUnadvertisedIds() {
        oldProtocol = true;
        return this;
    }

    /** Answers all requests below {@code name} in a way of its own. */
    GitServer on(String name, Answer answer) {
        special.put(name, answer);
        return this;
    }

    /** Answers all requests below {@code name} with a bare status, such as 401 or 404. */
    public GitServer answer(String name, int status) {
        return answer(name, status, "text/plain", "");
    }

    /** Answers all requests below {@code name} with a fixed body. */
    public GitServer answer(String name, int status, String contentType, String body) {
        special.put(name, exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", contentType);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        });
        return this;
    }

    /** Redirects {@code name} to {@code repositoryUrl}, keeping what follows the repository in the address. */
    public GitServer redirect(String name, String repositoryUrl) {
        special.put(name, exchange -> {
            String tail = exchange.getRequestURI().toString().substring(("/" + name + ".git").length());
            exchange.getResponseHeaders().set("Location", repositoryUrl + tail);
            exchange.sendResponseHeaders(301, -1);
        });
        return this;
    }

    /** Redirects all requests below {@code name} to one address, such as that of a login. */
    public GitServer redirectTo(String name, String address) {
        special.put(name, exchange -> {
            exchange.getResponseHeaders().set("Location", address);
            exchange.sendResponseHeaders(302, -1);
        });
        return this;
    }

    /** Advertises {@code name} as usual, and then never sends its objects. */
    public GitServer stall(String name) {
        special.put(name, exchange -> {
            if (exchange.getRequestMethod().equals("GET")) {
                backend(exchange, name);
                return;
            }
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/x-git-upload-pack-result");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().flush();
            await(closed);
        });
        return this;
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization != null) {
            authorizations.add(authorization);
        }
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            int end = path.indexOf(".git/");
            String name = end < 0 ? "" : path.substring(1, end);
            Predicate<String> guard = guards.get(name);
            Answer answer = special.get(name);
            if (guard != null && authorization == null) {
                exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"git\"");
                exchange.sendResponseHeaders(401, -1);
            } else if (guard != null && !guard.test(decoded(authorization))) {
                exchange.sendResponseHeaders(404, -1);
            } else if (answer == null) {
                backend(exchange, name);
            } else {
                answer.to(exchange);
            }
        }
    }

    private static String decoded(@Nullable String basic) {
        return basic != null && basic.startsWith("Basic ")
                ? new String(Base64.getDecoder().decode(basic.substring("Basic ".length())), StandardCharsets.UTF_8)
                : "";
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Answers as git does. */
    void backend(HttpExchange exchange, String name) throws IOException {
        GitBackend backend = new GitBackend(root, oldProtocol);
        if (held.contains(name)) {
            backend.serve(exchange, this::inHalves);
        } else {
            backend.serve(exchange, InputStream::transferTo);
        }
    }

    private void inHalves(InputStream from, OutputStream to) throws IOException {
        byte[] all = from.readAllBytes();
        int half = all.length > 50_000 ? all.length / 2 : all.length;
        to.write(all, 0, half);
        if (half < all.length) {
            to.flush();
            await(released);
            to.write(all, half, all.length - half);
        }
    }

    @Override
    public void close() {
        released.countDown();
        closed.countDown();
        http.stop(0);
        executor.shutdownNow();
        try {
            FileSystemUtils.deleteRecursively(root);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
