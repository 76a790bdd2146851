package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.GitServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** A private repository is analysed, and afterwards its token is nowhere: in no process, file, log, row or answer. */
class PrivateRepositoryIT {

    private static final String TOKEN = "canary+token/93b7e0";
    private static final List<String> SPELLINGS = Stream
            .concat(Stream.of(TOKEN, "canary%2Btoken%2F93b7e0"), Stream.of("oauth2:" + TOKEN, TOKEN)
                    .map(text -> Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))))
            .toList();

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
                        .noneMatch(PrivateRepositoryIT::holdsTheToken);
                assertThat(service.log()).contains("DEBUG o.a.h.c.h.");
            }
            assertThat(git.authorizations()).as("what there was to find").anyMatch(PrivateRepositoryIT::holdsTheToken);
        }
        assertThat(answers).noneMatch(PrivateRepositoryIT::holdsTheToken)
                .anyMatch(answer -> answer.contains("secret.py"));
        assertThat(dump(directory)).contains("/secret.git").satisfies(
                rows -> assertThat(holdsTheToken(rows)).isFalse());
        assertThat(filesWithTheToken(directory)).isEmpty();
        // The search finds what is there.
        assertThat(filesWithTheToken(secrets)).hasSize(1);
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

    /** Every row of the database, as the statements that would make it again. */
    private static String dump(Path directory) throws SQLException {
        StringBuilder dump = new StringBuilder();
        try (Connection connection = DriverManager.getConnection("jdbc:h2:file:" + directory.resolve("data/deeprepo")
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH", "", "");
                ResultSet rows = connection.createStatement().executeQuery("script")) {
            while (rows.next()) {
                dump.append(rows.getString(1)).append('\n');
            }
        }
        return dump.toString();
    }

    private static List<Path> filesWithTheToken(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).filter(file -> holdsTheToken(content(file))).toList();
        }
    }

    private static String content(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean holdsTheToken(String text) {
        return SPELLINGS.stream().anyMatch(text::contains);
    }
}
