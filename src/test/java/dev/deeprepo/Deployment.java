package dev.deeprepo;

import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.checkout.GitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;

/**
 * The packaged service for a class of end-to-end tests, with a git server that has the repository {@code fixture} and a
 * provider that answers by the class's script, all on loopback:
 *
 * <pre>
 * &#64;RegisterExtension
 * static final Deployment service = Deployment.answering(SomeIT::script);
 * </pre>
 *
 * All classes that want no more than this share one, in turn: each finds the analyses of those before it, but none that
 * still runs. A class that needs settings, or an empty database, gets one of its own: {@link #with}. What the provider was
 * asked is forgotten before each test.
 */
final class Deployment implements BeforeAllCallback, BeforeEachCallback, AfterAllCallback {

    private final @Nullable Function<Request, Answer> script;
    private final @Nullable Function<GitServer, Map<String, String>> settings;
    private @Nullable Premises premises;

    private Deployment(@Nullable Function<Request, Answer> script,
            @Nullable Function<GitServer, Map<String, String>> settings) {
        this.script = script;
        this.settings = settings;
    }

    static Deployment answering(Function<Request, Answer> script) {
        return new Deployment(script, null);
    }

    /** Without any key. */
    static Deployment offline() {
        return new Deployment(null, _ -> Map.of());
    }

    /** One that no other class uses, with these environment variables besides, or instead of, {@link Fixtures}'. */
    Deployment with(Map<String, String> settings) {
        return with(_ -> settings);
    }

    Deployment with(Function<GitServer, Map<String, String>> settings) {
        return new Deployment(script, settings);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        ExtensionContext owner = settings == null ? context.getRoot() : context;
        // What a store does not have it looks for in those around it: hence the key.
        premises = owner.getStore(ExtensionContext.Namespace.create(Deployment.class)).computeIfAbsent(
                settings == null ? Deployment.class : this, _ -> new Premises(script != null, settings),
                Premises.class);
        if (script != null) {
            premises.provider.follow(script);
        }
        if (!premises.service.isAlive()) {
            start();
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        provider().forget();
    }

    /** So that no run asks the next class's script. */
    @Override
    public void afterAll(ExtensionContext context) {
        if (!premises().service.isAlive()) {
            return;
        }
        for (String status : List.of("QUEUED", "RUNNING")) {
            for (JsonNode analysis : api().get("/analyses?status=" + status).path("items")) {
                String id = analysis.path("id").asString();
                api().send("POST", "/analyses/" + id + "/cancel", "");
                api().await(id, Duration.ofSeconds(10));
            }
        }
    }

    Api api() {
        return premises().service.api();
    }

    GitServer git() {
        return premises().git;
    }

    /** That of a repository of the git server. */
    String url(String repository) {
        return git().url(repository);
    }

    ScriptedProvider provider() {
        return premises().provider;
    }

    /** Where its data and its log are. */
    Path directory() {
        return premises().directory;
    }

    /** Everything the service has printed, through all its starts. */
    String log() {
        return premises().service.log();
    }

    long pid() {
        return premises().service.pid();
    }

    /** {@code kill -9}. */
    void kill() {
        premises().service.kill();
    }

    /** {@code SIGTERM}. */
    void stop() {
        premises().service.close();
    }

    /** On the same data as before, after {@link #kill} or {@link #stop}. */
    void start() {
        premises().service = premises().launch();
    }

    private Premises premises() {
        if (premises == null) {
            throw new IllegalStateException("a Deployment is a static field with @RegisterExtension");
        }
        return premises;
    }

    /** What stands behind a deployment, or several. */
    private static final class Premises implements AutoCloseable {

        private final Path directory;
        private final GitServer git = Fixtures.gitServer();
        private final ScriptedProvider provider;
        private final Map<String, String> environment;
        private ServiceProcess service;

        private Premises(boolean keys, @Nullable Function<GitServer, Map<String, String>> settings) {
            try {
                directory = Files.createTempDirectory("deployment");
                provider = new ScriptedProvider(_ -> Answer.error(500));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            environment = new HashMap<>(keys ? Fixtures.environment(provider) : Fixtures.LOOPBACK);
            environment.putAll(settings == null ? Map.of() : settings.apply(git));
            service = launch();
        }

        private ServiceProcess launch() {
            return new ServiceProcess(directory, environment).awaitReady();
        }

        @Override
        public void close() throws IOException {
            service.close();
            provider.close();
            git.close();
            FileSystemUtils.deleteRecursively(directory);
        }
    }
}
