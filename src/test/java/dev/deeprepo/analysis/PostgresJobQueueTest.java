package dev.deeprepo.analysis;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class PostgresJobQueueTest extends JobQueueContract {

    @TempDir
    static Path dataDir;

    @SuppressWarnings("NullAway.Init")
    private static EmbeddedPostgres server;

    @SuppressWarnings("NullAway.Init")
    private static TestService service;

    @BeforeAll
    static void start() throws IOException {
        server = EmbeddedPostgres.builder().setOverrideWorkingDirectory(new File("target/postgres"))
                .setPGStartupWait(Duration.ofMinutes(1)).start();
        service = TestService.start(dataDir, Stream.concat(Stream.of(SETTINGS),
                Stream.of("spring.datasource.url=" + server.getJdbcUrl("postgres", "postgres"),
                        "spring.datasource.username=postgres"))
                .toArray(String[]::new));
    }

    @AfterAll
    static void stop() throws IOException {
        service.close();
        server.close();
    }

    @Override
    TestService service() {
        return service;
    }
}
