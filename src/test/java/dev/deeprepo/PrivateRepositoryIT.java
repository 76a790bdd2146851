package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.GitServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A private repository is analysed, and afterwards its token is nowhere: in no process, file, log, row or answer. */
class PrivateRepositoryIT {

    private static final String TOKEN = "canary+token/93b7e0";
    private static final Canary CANARY = new Canary(TOKEN);

    private final List<String> answers = new ArrayList<>();

    @Test
    void theTokenOpensTheRepositoryAndStaysNowhere(@TempDir Path directory, @TempDir Path secrets) throws Exception {
        try (GitServer git = privateServer(); GitServer closed = privateServer(); GitServer changed = privateServer()) {
            git.hold("secret");
            Path tokens = Files.createFile(secrets.resolve("tokens"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(tokens, "%s %s%n%s out-of-date%n".formatted(git.tokenHost(), TOKEN, changed.tokenHost()));
            try (ServiceProcess service = new ServiceProcess(directory, environment(tokens)).awaitReady();
                    ProcessSampler sampler = new ProcessSampler(ProcessHandle.of(service.pid()).orElseThrow())) {
                String id = service.api().submit(Map.of("repository", git.url("secret")));
                sampler.awaitSeen("git fetch", "remote-http", "index-pack");
                git.release();
                JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));
                assertThat(analysis.path("status").asString()).as(() -> analysis + service.log())
                        .isEqualTo("COMPLETED");
                collect(service.api(), id, "/report");

                String withoutToken = fails(service.api(), closed.url("secret"));
                assertThat(withoutToken).contains("deeprepo.checkout.tokens[" + closed.tokenHost() + "]");
                assertThat(fails(service.api(), changed.url("secret"))).contains("refused the token");
                collect(service.api(), "", "/analyses", "/models", "/actuator/health", "/actuator/info",
                        "/actuator/metrics", "/actuator/prometheus", "/actuator/costs", "/actuator/retries");
                assertThat(sampler.seen()).anyMatch(process -> process.contains("GIT_TERMINAL_PROMPT=0"))
                        .noneMatch(CANARY::in);
                assertThat(service.log()).contains("DEBUG o.a.h.c.h.");
            }
            assertThat(git.authorizations()).as("what there was to find").anyMatch(CANARY::in);
        }
        assertThat(answers).noneMatch(CANARY::in)
                .anyMatch(answer -> answer.contains("secret.py"));
        assertThat(Canary.dump(directory)).contains("/secret.git")
                .satisfies(rows -> assertThat(CANARY.in(rows)).isFalse());
        assertThat(CANARY.in(directory)).isEmpty();
        // The search finds what is there.
        assertThat(CANARY.in(secrets)).hasSize(1);
    }

    private static GitServer privateServer() {
        GitServer server = GitServer.start();
        String noise = new Random(1).ints(300_000, 'A', 'z').collect(StringBuilder::new, StringBuilder::appendCodePoint,
                StringBuilder::append).toString();
        server.create("secret", Map.of("secret.py", "def plan(x):\n    return x + 1\n", "noise.txt", noise));
        return server.protect("secret", credentials -> credentials.endsWith(":" + TOKEN));
    }

    /** With all that the HTTP client and this service could say in their logs. */
    private static Map<String, String> environment(Path tokens) {
        return Map.of("DEEPREPO_CHECKOUT_ALLOWED_SCHEMES", "https,http", "DEEPREPO_CHECKOUT_ALLOW_PRIVATE_ADDRESSES",
                "true", "DEEPREPO_CHECKOUT_TOKENS_FILE", tokens.toString(), "LOGGING_LEVEL_DEV_DEEPREPO", "trace",
                "LOGGING_LEVEL_ORG_APACHE_HC", "trace");
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
