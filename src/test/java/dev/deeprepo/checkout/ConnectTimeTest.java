package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.deeprepo.egress.EgressRules;
import dev.deeprepo.egress.Guard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hostile internet on loopback: 127.0.0.1 plays the public address, on which an odd git host answers; 127.0.0.2 plays a
 * private one, where a canary on the same port counts connections. Names resolve as each case says. Plain git, asked the same
 * in the same rig, shows that the canary can be reached.
 */
@Tag("slow")
class ConnectTimeTest {

    private static final InetAddress THERE = InetAddress.ofLiteral("127.0.0.1");
    private static final InetAddress INSIDE = InetAddress.ofLiteral("127.0.0.2");

    @TempDir
    private static Path home;
    private static GitServer server;
    private static Canary canary;
    private static LocalCheckout checkout;
    private static int port;

    /** The answers of the rig's name server: each query takes one, the last one stays. */
    private static final Map<String, List<List<InetAddress>>> NAMES = new ConcurrentHashMap<>();
    private static final Map<String, AtomicInteger> QUERIES = new ConcurrentHashMap<>();

    /**
     * One attempt at getting at the canary.
     *
     * @param url what a caller sends
     * @param fetched whether there is something harmless to fetch; else the attempt must be refused
     */
    private record Attempt(String what, String url, boolean fetched) {}

    @BeforeAll
    static void start() throws IOException {
        server = GitServer.start();
        port = server.port();
        canary = new Canary(port);
        EgressRules rules = EgressRules.of(Set.of("http"), List.of("*.rig.dev:" + port), false);
        checkout = new LocalCheckout(LocalCheckout.SETTINGS, new Guard(rules, ConnectTimeTest::resolve, THERE::equals));
        server.create("real", Map.of("a.txt", "public"));
        NAMES.put("git.rig.dev", List.of(List.of(THERE)));
    }

    @AfterAll
    static void stop() {
        checkout.close();
        canary.close();
        server.close();
    }

    private static InetAddress[] resolve(String host) throws UnknownHostException {
        List<List<InetAddress>> answers = NAMES.get(host);
        if (answers == null) {
            throw new UnknownHostException(host);
        }
        int query = QUERIES.computeIfAbsent(host, _ -> new AtomicInteger()).getAndIncrement();
        return answers.get(Math.min(query, answers.size() - 1)).toArray(InetAddress[]::new);
    }

    @Test
    void noAttemptReachesTheCanaryThatPlainGitReaches() throws IOException {
        List<Attempt> attempts = attempts();
        List<String> table = new ArrayList<>();
        SoftAssertions facts = new SoftAssertions();
        int reachedByPlainGit = 0;
        for (Attempt attempt : attempts) {
            String came = fetch(attempt);
            facts.assertThat(came.startsWith("fetched")).as("%s: %s", attempt.what(), came)
                    .isEqualTo(attempt.fetched());
            facts.assertThat(canary.connections()).as("connections to the canary after: %s", attempt.what()).isZero();
            plainGit(attempt.url());
            int reached = canary.forget();
            reachedByPlainGit += reached > 0 ? 1 : 0;
            table.add("%-62s %-28s plain git: %s".formatted(attempt.what(), came, reached > 0 ? "REACHED" : "no"));
        }
        table.forEach(System.out::println);
        System.out.printf("canary reached: 0 of %d here, %d by plain git%n", attempts.size(), reachedByPlainGit);
        facts.assertAll();
        assertThat(attempts).hasSizeGreaterThanOrEqualTo(26);
        assertThat(reachedByPlainGit).as("attempts that are real").isGreaterThanOrEqualTo(10);
    }

    private static List<Attempt> attempts() throws IOException {
        List<Attempt> all = new ArrayList<>();
        String inside = "http://127.0.0.2:" + port;
        for (String host : List.of("127.0.0.2", "2130706434", "0x7f000002", "0x7f.0.0.2", "0177.0.0.2", "017700000002",
                "127.2", "127.0.2", "127.0.0.2.", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "１２７.0.0.2", "127。0。0。2")) {
            all.add(new Attempt("host written as " + host, "http://" + host + ":" + port + "/real.git", false));
        }
        all.add(new Attempt("user part that looks like a host", "http://git.rig.dev@127.0.0.2:" + port + "/real.git",
                false));
        all.add(new Attempt("backslash before the real host", "http://git.rig.dev\\@127.0.0.2:" + port + "/x", false));
        all.add(new Attempt("git protocol", "git://127.0.0.2:" + port + "/real.git", false));
        all.add(new Attempt("ftp", "ftp://127.0.0.2:" + port + "/real.git", false));
        all.add(new Attempt("ext transport", "ext::sh -c 'git ls-remote " + inside + "/x'", false));

        all.add(named("name of a private address", "private", false, List.of(INSIDE)));
        all.add(named("one of two addresses is private", "mixed", false, List.of(INSIDE, THERE)));
        all.add(named("one of many addresses is private", "many", false, List.of(THERE, THERE, THERE, INSIDE)));
        all.add(named("private address mapped into IPv6", "mapped", false, List.of(mapped())));
        all.add(named("rebinding: public once, then private", "rebind", true, List.of(THERE), List.of(INSIDE)));

        all.add(redirecting("redirect to the address", inside + "/real.git"));
        all.add(redirecting("redirect to the address as a number", "http://2130706434:" + port + "/real.git"));
        all.add(redirecting("redirect to a name of the address", "http://private.rig.dev:" + port + "/real.git"));
        all.add(redirecting("redirect to a name that rebinds", "http://rebind2.rig.dev:" + port + "/gone.git"));
        NAMES.put("rebind2.rig.dev", List.of(List.of(INSIDE), List.of(THERE)));
        all.add(redirecting("redirect without a scheme", "//127.0.0.2:" + port + "/real.git"));
        all.add(redirecting("redirect with a user part", "http://git.rig.dev@127.0.0.2:" + port + "/real.git"));
        all.add(redirecting("redirect to the git protocol", "git://127.0.0.2:" + port + "/real.git"));
        all.add(redirecting("redirect to the second redirect", "http://git.rig.dev:" + port + "/redirect-0.git"));
        for (int status : new int[]{302, 303, 307, 308}) {
            all.add(odd("redirect with status " + status, "status-" + status, false, exchange -> {
                String tail = exchange.getRequestURI().toString().replaceFirst("^.*?\\.git", "");
                redirect(exchange, status, inside + "/real.git" + tail);
            }));
        }
        all.add(odd("redirect of git, after the look at the address", "late", false, exchange -> {
            if (ours(exchange)) {
                server.backend(exchange, "late");
            } else {
                redirect(exchange, 301, inside + "/real.git/info/refs?service=git-upload-pack");
            }
        }));
        all.add(odd("redirect of the request for objects", "post", false, exchange -> {
            if (exchange.getRequestMethod().equals("POST")) {
                redirect(exchange, 307, inside + "/real.git/git-upload-pack");
            } else {
                server.backend(exchange, "post");
            }
        }));
        all.add(odd("Refresh, Link, Alt-Svc and Content-Location headers", "headers", true, exchange -> {
            exchange.getResponseHeaders().set("Refresh", "0; url=" + inside);
            exchange.getResponseHeaders().set("Link", "<" + inside + ">; rel=alternate");
            exchange.getResponseHeaders().set("Alt-Svc", "h2=\"127.0.0.2:" + port + "\"");
            exchange.getResponseHeaders().set("Content-Location", inside);
            server.backend(exchange, "headers");
        }));
        all.add(dumb("dumb server with alternates", "dumb", false));
        all.add(dumb("dumb server with alternates, after the look", "dumb-late", true));
        GitRepository modules = server.create("modules", Map.of("a.txt", "1", ".gitmodules",
                "[submodule \"m\"]\n\tpath = m\n\turl = %s/real.git\n".formatted(inside), ".lfsconfig",
                "[lfs]\n\turl = %s/lfs\n".formatted(inside), ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs\n",
                "x.bin",
                "version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 5\n".formatted("0".repeat(64))));
        modules.git("read-tree", "main");
        modules.git("update-index", "--add", "--cacheinfo", "160000," + modules.git("rev-parse", "main") + ",m");
        modules.git("update-ref", "refs/heads/main", modules.git("-c", "user.name=T", "-c", "user.email=t@e.dev",
                "commit-tree", "-m", "m", modules.git("write-tree")));
        all.add(new Attempt("submodule and LFS server inside", "http://git.rig.dev:" + port + "/modules.git", true));
        all.add(odd("a bundle to start from, inside", "bundle", true, exchange -> {
            if (exchange.getRequestMethod().equals("GET")) {
                byte[] lines = ("001e# service=git-upload-pack\n0000000eversion 2\n"
                        + packet("bundle-uri=" + inside + "/b\n")
                        + packet("ls-refs=unborn\n") + packet("fetch=shallow packfile-uris\n") + "0000")
                        .getBytes(StandardCharsets.US_ASCII);
                exchange.getResponseHeaders().set("Content-Type", "application/x-git-upload-pack-advertisement");
                exchange.sendResponseHeaders(200, lines.length);
                exchange.getResponseBody().write(lines);
            } else {
                server.backend(exchange, "bundle");
            }
        }));
        all.add(odd("asks for a login at another host", "login", false, exchange -> {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Negotiate");
            exchange.getResponseHeaders().add("WWW-Authenticate", "Basic realm=\"" + inside + "\"");
            exchange.sendResponseHeaders(401, -1);
        }));
        return all;
    }

    /** Whether the look at the address is asking, rather than git: a hostile host can tell them apart. */
    private static boolean ours(HttpExchange exchange) {
        return exchange.getRequestHeaders().getFirst("User-Agent").contains("deeprepo");
    }

    private static Attempt odd(String what, String name, boolean fetched, GitServer.Answer answer) {
        server.create(name, Map.of("a.txt", "public"));
        server.on(name, answer);
        return new Attempt(what, "http://git.rig.dev:" + port + "/" + name + ".git", fetched);
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private static Attempt named(String what, String name, boolean fetched, List<InetAddress>... answers) {
        NAMES.put(name + ".rig.dev", List.of(answers));
        return new Attempt(what, "http://" + name + ".rig.dev:" + port + "/real.git", fetched);
    }

    private static final AtomicInteger REDIRECTS = new AtomicInteger();

    private static Attempt redirecting(String what, String target) {
        String name = "redirect-" + REDIRECTS.getAndIncrement();
        server.redirect(name, target);
        return new Attempt(what, "http://git.rig.dev:" + port + "/" + name + ".git", false);
    }

    private static void redirect(HttpExchange exchange, int status, String location) throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        exchange.sendResponseHeaders(status, -1);
    }

    /** Files as any web server hands them out; what is missing is said to lie with the canary. */
    private static Attempt dumb(String what, String name, boolean late) throws IOException {
        GitRepository repository = server.create(name + "-files", Map.of("a.txt", "1"));
        repository.git("update-server-info");
        Path files = repository.directory();
        String inside = "http://127.0.0.2:" + port + "/real.git/objects\n";
        Files.writeString(files.resolve("objects/info/http-alternates"), inside);
        Files.writeString(files.resolve("objects/info/alternates"), inside);
        Files.move(files.resolve("objects/pack"), files.resolve("objects/hidden"));
        Files.deleteIfExists(files.resolve("objects/info/packs"));
        return odd(what, name, false, exchange -> {
            Path file = files.resolve(exchange.getRequestURI().getPath().replaceFirst("^.*?\\.git/", "")).normalize();
            if (late && ours(exchange)) {
                server.backend(exchange, name);
            } else if (file.startsWith(files) && Files.isRegularFile(file)) {
                byte[] bytes = Files.readAllBytes(file);
                exchange.getResponseHeaders().set("Content-Type", "text/plain");
                exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
                exchange.getResponseBody().write(bytes);
            } else {
                exchange.sendResponseHeaders(404, -1);
            }
        });
    }

    private static String packet(String line) {
        return "%04x%s".formatted(line.length() + 4, line);
    }

    private static InetAddress mapped() throws UnknownHostException {
        byte[] bytes = new byte[16];
        bytes[10] = -1;
        bytes[11] = -1;
        System.arraycopy(INSIDE.getAddress(), 0, bytes, 12, 4);
        return InetAddress.getByAddress(bytes);
    }

    /** What came of it here: the reason, or that it was fetched. */
    private static String fetch(Attempt attempt) {
        QUERIES.clear();
        String came;
        try (Snapshot snapshot = checkout.fetch(attempt.url(), "main")) {
            came = "fetched " + snapshot.files().size() + " file";
        } catch (InvalidRepository e) {
            came = "refused as written";
        } catch (CheckoutException e) {
            came = e.reason().name();
        }
        return came;
    }

    /** As anybody runs it; its resolver answers what a second query would be answered. */
    private static void plainGit(String url) throws IOException {
        List<String> arguments = new ArrayList<>();
        NAMES.forEach((name, answers) -> {
            arguments.add("-c");
            arguments.add("http.curloptResolve=%s:%d:%s".formatted(name, port,
                    answers.getLast().getFirst().getHostAddress()));
        });
        Path clone = Files.createTempDirectory(home, "clone");
        arguments.addAll(List.of("-c", "credential.helper=", "clone", "--quiet", "--recurse-submodules", url,
                clone.toString()));
        ProcessBuilder builder = GitRepository.git(home, arguments.toArray(String[]::new));
        builder.environment().put("GIT_TERMINAL_PROMPT", "0");
        Process git = builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        try {
            git.waitFor(4, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            git.descendants().forEach(ProcessHandle::destroyForcibly);
            git.destroyForcibly();
        }
    }

    /** Counts who connects, and hangs up. */
    private static final class Canary implements AutoCloseable {

        private final ServerSocket socket;
        private final AtomicInteger connections = new AtomicInteger();

        Canary(int port) throws IOException {
            socket = new ServerSocket(port, 50, INSIDE);
            Thread.ofPlatform().daemon().start(() -> {
                while (!socket.isClosed()) {
                    try (Socket caller = socket.accept()) {
                        connections.incrementAndGet();
                        caller.setSoTimeout(200);
                        caller.getInputStream().read(new byte[4096]);
                        caller.getOutputStream()
                                .write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                                        .getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException e) {
                        // the caller has gone, or the test is over
                    }
                }
            });
        }

        int connections() {
            return connections.get();
        }

        int forget() {
            return connections.getAndSet(0);
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
