package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.Checkout;
import dev.deeprepo.journal.Postgres;
import dev.deeprepo.llm.Models;
import dev.deeprepo.llm.ScriptedModels;
import dev.deeprepo.repl.Codebase;
import dev.deeprepo.repl.Patience;
import dev.deeprepo.repl.Repl;
import dev.deeprepo.repl.ReplFactory;
import dev.deeprepo.repl.Sandbox;
import dev.deeprepo.rlm.Orchestrator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The whole service on a port of its own, with a real database file; only fetching and the loop are scripted. */
final class TestService implements AutoCloseable {

    @TestConfiguration(proxyBeanMethods = false)
    static class Doubles {

        @Bean
        @Primary
        Checkout scriptedCheckout() {
            return new ScriptedCheckout();
        }

        @Bean
        @Primary
        Orchestrator scriptedOrchestrator() {
            return new ScriptedOrchestrator();
        }

        @Bean
        @Primary
        ReplFactory noRepl() {
            return new ReplFactory() {
                @Override
                public Repl open(Codebase codebase, Patience patience) {
                    throw new IllegalStateException("not opened here");
                }

                @Override
                public Sandbox sandbox() {
                    throw new IllegalStateException("not asked here");
                }
            };
        }

        @Bean
        @Primary
        Models scriptedModels() {
            return new ScriptedModels(_ -> {
                throw new IllegalStateException("not asked here");
            }, _ -> {
                throw new IllegalStateException("not asked here");
            });
        }
    }

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient client = HttpClient.newHttpClient();
    private final ConfigurableApplicationContext context;

    private TestService(ConfigurableApplicationContext context) {
        this.context = context;
    }

    static TestService start(Path dataDir, String... settings) {
        try {
            List<String> arguments = new ArrayList<>(Stream.of(settings).map(setting -> "--" + setting).toList());
            arguments.add("--server.port=0");
            arguments.add("--deeprepo.data-dir=" + dataDir);
            return new TestService(new SpringApplicationBuilder(Class.forName("dev.deeprepo.DeeprepoApplication"),
                    Doubles.class).registerShutdownHook(false).run(arguments.toArray(String[]::new)));
        } catch (ClassNotFoundException e) {
            throw new IllegalStateException(e);
        }
    }

    static TestService start(Path dataDir, Postgres database, String... settings) {
        return start(dataDir, Stream.concat(Stream.of("spring.datasource.url=" + database.url(),
                "spring.datasource.username=" + Postgres.USER), Stream.of(settings)).toArray(String[]::new));
    }

    /**
     * Gives one service to the constructors of all test classes that want no settings and no empty database: each finds
     * the analyses of those before it.
     */
    static final class Shared implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == TestService.class;
        }

        @Override
        public TestService resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot().getStore(ExtensionContext.Namespace.create(Shared.class))
                    .computeIfAbsent(Lent.class, _ -> Lent.start(), Lent.class).service();
        }

        private record Lent(Path dataDir, TestService service) implements AutoCloseable {

            static Lent start() {
                try {
                    Path dataDir = Files.createTempDirectory("service");
                    return new Lent(dataDir, TestService.start(dataDir));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public void close() throws IOException {
                service.close();
                FileSystemUtils.deleteRecursively(dataDir);
            }
        }
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    <T> Collection<T> beans(Class<T> type) {
        return context.getBeansOfType(type).values();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port") + path);
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        return send(client, request);
    }

    /** Somebody who calls from another of this machine's addresses. */
    static HttpClient callerAt(String address) {
        return HttpClient.newBuilder().localAddress(InetAddress.ofLiteral(address)).build();
    }

    /** Asks from an address until that is too much, whatever headers say; others, and health, are still answered. */
    static void assertPaced(TestService service, String address, int perMinute, int status) {
        try (HttpClient caller = callerAt(address)) {
            int taken = 0;
            HttpResponse<String> answer;
            do {
                answer = send(caller, HttpRequest.newBuilder(service.uri("/models"))
                        .headers("Authorization", "Bearer dr_guess" + taken, "X-Forwarded-For",
                                "10.0.0." + taken % 256));
            } while (answer.statusCode() == status && ++taken <= 2 * perMinute);
            assertThat(taken).isBetween(perMinute, 2 * perMinute - 1); // some came back meanwhile
            assertThat(answer.statusCode()).isEqualTo(429);
            assertThat(json(answer).get("code").asString()).isEqualTo("too-many-requests");
            assertThat(json(answer).get("detail").asString()).startsWith("your address");
            assertThat(answer.headers().firstValue("Retry-After")).contains("1");
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
            for (int i = 0; i < 20; i++) {
                assertThat(send(caller, HttpRequest.newBuilder(service.uri("/actuator/health/liveness"))).statusCode())
                        .isEqualTo(200);
            }
        }
        assertThat(service.get("/models").statusCode()).as("from elsewhere").isEqualTo(status);
    }

    static HttpResponse<String> send(HttpClient client, HttpRequest.Builder request) {
        try {
            return client.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What comes back when exactly this is sent. */
    String raw(String request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", uri("/").getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    HttpResponse<String> get(String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    HttpResponse<String> post(String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path))
                .POST(HttpRequest.BodyPublishers.ofString(body)).header("Content-Type", "application/json");
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    HttpResponse<String> delete(String path) {
        return send(HttpRequest.newBuilder(uri(path)).DELETE());
    }

    /** Submits and hands back the id. */
    String submit(String focus) {
        return submit("https://github.com/spring-projects/spring-petclinic", focus);
    }

    String submit(String repository, String focus) {
        HttpResponse<String> answer = post("/analyses",
                JSON.writeValueAsString(Map.of("repository", repository, "focus", focus)));
        if (answer.statusCode() != 202) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        return json(answer).get("id").asString();
    }

    JsonNode analysis(String id) {
        return json(get("/analyses/" + id));
    }

    JsonNode await(String id, String... statuses) {
        return Awaitility.await().atMost(Duration.ofSeconds(15)).pollInterval(Duration.ofMillis(20)).until(
                () -> analysis(id), analysis -> List.of(statuses).contains(analysis.get("status").asString()));
    }

    static JsonNode json(HttpResponse<String> answer) {
        return JSON.readTree(answer.body());
    }

    @Override
    public void close() {
        context.close();
        client.close();
    }
}
