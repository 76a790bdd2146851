package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.GitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A private repository is analysed, and afterwards its token is nowhere: in no process, file, log, row or answer. */
@Tag("slow")
class PrivateRepositoryIT {

    private static final String TOKEN = "canary+token/93b7e0";
    private static final Canary CANARY = new Canary(TOKEN);

    private static final GitServer CLOSED = privateServer(GitServer.start());
    private static final GitServer CHANGED = privateServer(GitServer.start());

    @TempDir
    private static Path secrets;

    @RegisterExtension
    static final Deployment service = Deployment.offline().with(PrivateRepositoryIT::settings);

    private final List<String> answers = new ArrayList<>();

    @AfterAll
    static void close() {
        CLOSED.close();
        CHANGED.close();
    }

    @Test
    void theTokenOpensTheRepositoryAndStaysNowhere() throws Exception {
        privateServer(service.git()).hold("secret");
        try (ProcessSampler sampler = new ProcessSampler(ProcessHandle.of(service.pid()).orElseThrow())) {
            String id = service.api().submit(Map.of("repository", service.url("secret")));
            sampler.awaitSeen("git fetch", "remote-http", "index-pack");
            service.git().release();
            JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
            assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo("COMPLETED");
            collect(service.api(), id, "/report");

            String withoutToken = fails(service.api(), CLOSED.url("secret"));
            assertThat(withoutToken).contains("deeprepo.checkout.tokens[" + CLOSED.tokenHost() + "]");
            assertThat(fails(service.api(), CHANGED.url("secret"))).contains("refused the token");
            collect(service.api(), "", "/analyses", "/models", "/actuator/health", "/actuator/info",
                    "/actuator/metrics", "/actuator/prometheus", "/actuator/costs", "/actuator/retries");
            assertThat(sampler.seen()).anyMatch(process -> process.contains("GIT_TERMINAL_PROMPT=0"))
                    .noneMatch(CANARY::in);
        }
        service.stop();
        assertThat(service.log()).contains("DEBUG o.a.h.c.h.");
        assertThat(service.git().authorizations()).as("what there was to find").anyMatch(CANARY::in);
        assertThat(answers).noneMatch(CANARY::in).anyMatch(answer -> answer.contains("secret.py"));
        assertThat(Canary.dump(service.directory())).contains("/secret.git")
                .satisfies(rows -> assertThat(CANARY.in(rows)).isFalse());
        assertThat(CANARY.in(service.directory())).isEmpty();
        // The search finds what is there.
        assertThat(CANARY.in(secrets)).hasSize(1);
    }

    private static GitServer privateServer(GitServer server) {
        String noise = new Random(1).ints(300_000, 'A', 'z').collect(StringBuilder::new, StringBuilder::appendCodePoint,
                StringBuilder::append).toString();
        server.create("secret", Map.of("secret.py", "def plan(x):\n    return x + 1\n", "noise.txt", noise));
        return server.protect("secret", credentials -> credentials.endsWith(":" + TOKEN));
    }

    /** With all that the HTTP client and this service could say in their logs. */
    private static Map<String, String> settings(GitServer git) {
        try {
            Path tokens = Files.createFile(secrets.resolve("tokens"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(tokens, "%s %s%n%s out-of-date%n".formatted(git.tokenHost(), TOKEN, CHANGED.tokenHost()));
            return Map.of("DEEPREPO_CHECKOUT_TOKENS_FILE", tokens.toString(), "LOGGING_LEVEL_DEV_DEEPREPO", "trace",
                    "LOGGING_LEVEL_ORG_APACHE_HC", "trace");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The detail of the error. */
    private String fails(Api api, String repository) {
        String id = api.submit(Map.of("repository", repository));
        JsonNode analysis = api.await(id, Duration.ofSeconds(30));
        assertThat(analysis.path("status").asString()).isEqualTo("FAILED");
        assertThat(analysis.path("error").path("code").asString()).isEqualTo("repository-not-found-or-private");
        collect(api, id);
        return analysis.path("error").path("detail").asString();
    }

    private void collect(Api api, String id, String... paths) {
        if (!id.isEmpty()) {
            answers.add(api.get("/analyses/" + id).toString());
            answers.add(api.get("/analyses/" + id + "/trajectory").toString());
            answers.add(api.get("/analyses/" + id + "/events", "text/event-stream"));
        }
        for (String path : paths) {
            answers.add(api.get(id.isEmpty() ? path : "/analyses/" + id + path, "*/*"));
        }
    }
}
