package dev.deeprepo.checkout;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.springframework.util.FileSystemUtils;

/**
 * A git host on loopback: bare repositories over smart HTTP, served by {@code git http-backend}. A client must allow
 * {@code http} and private addresses to use it.
 */
public final class GitServer implements AutoCloseable {

    private interface Answer {
        void to(HttpExchange exchange) throws IOException;
    }

    private final Path root;
    private final HttpServer http;
    private final ExecutorService executor = Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final Map<String, Answer> special = new ConcurrentHashMap<>();
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
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

    /** Speaks protocol v0 from now on, which refuses ids that no ref advertises. */
    public GitServer refuseUnadvertisedIds() {
        oldProtocol = true;
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

    /** Advertises {@code name} as usual, and then never sends its objects. */
    public GitServer stall(String name) {
        special.put(name, exchange -> {
            if (exchange.getRequestMethod().equals("GET")) {
                backend(exchange);
                return;
            }
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/x-git-upload-pack-result");
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().flush();
            try {
                closed.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        return this;
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            int end = path.indexOf(".git/");
            Answer answer = end < 0 ? null : special.get(path.substring(1, end));
            if (answer == null) {
                backend(exchange);
            } else {
                answer.to(exchange);
            }
        }
    }

    private void backend(HttpExchange exchange) throws IOException {
        ProcessBuilder builder = GitRepository.git(root, "http-backend");
        Map<String, String> env = builder.environment();
        Headers headers = exchange.getRequestHeaders();
        env.put("GIT_PROJECT_ROOT", root.toString());
        env.put("GIT_HTTP_EXPORT_ALL", "1");
        env.put("PATH_INFO", exchange.getRequestURI().getPath());
        env.put("QUERY_STRING", Objects.requireNonNullElse(exchange.getRequestURI().getRawQuery(), ""));
        env.put("REQUEST_METHOD", exchange.getRequestMethod());
        env.put("REMOTE_ADDR", "127.0.0.1");
        putIfPresent(env, "CONTENT_TYPE", headers.getFirst("Content-Type"));
        putIfPresent(env, "CONTENT_LENGTH", headers.getFirst("Content-Length"));
        putIfPresent(env, "HTTP_CONTENT_ENCODING", headers.getFirst("Content-Encoding"));
        if (!oldProtocol) {
            putIfPresent(env, "GIT_PROTOCOL", headers.getFirst("Git-Protocol"));
        }
        Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (InputStream output = new BufferedInputStream(process.getInputStream())) {
            try (OutputStream input = process.getOutputStream()) {
                exchange.getRequestBody().transferTo(input);
            }
            int status = 200;
            for (String line = line(output); !line.isEmpty(); line = line(output)) {
                int colon = line.indexOf(':');
                String name = line.substring(0, colon);
                String value = line.substring(colon + 1).strip();
                if (name.equals("Status")) {
                    status = Integer.parseInt(value.substring(0, 3));
                } else {
                    exchange.getResponseHeaders().set(name, value);
                }
            }
            exchange.sendResponseHeaders(status, 0);
            output.transferTo(exchange.getResponseBody());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static void putIfPresent(Map<String, String> env, String name, @Nullable String value) {
        if (value != null) {
            env.put(name, value);
        }
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0 && b != '\n'; b = in.read()) {
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
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
