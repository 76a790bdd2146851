package dev.deeprepo.analysis;

import dev.deeprepo.journal.Postgres;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class PostgresCallbacksTest extends CallbacksContract {

    @TempDir
    private static Path data;
    private static TestService service;

    @BeforeAll
    static void start() {
        service = TestService.start(data, Stream.concat(SETTINGS.stream(),
                Stream.of("spring.datasource.url=" + new Postgres().url(),
                        "spring.datasource.username=" + Postgres.USER))
                .toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    @Override
    TestService service() {
        return service;
    }
}
