package dev.deeprepo.rlm;

import dev.deeprepo.journal.TestDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The reply cache on a real PostgreSQL. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class PostgresReplyCacheTest extends JdbcReplyCacheContract {

    private static EmbeddedPostgres server;
    private static TestDatabase database;

    @BeforeAll
    static void open() throws IOException {
        server = EmbeddedPostgres.builder().setOverrideWorkingDirectory(new File("target/postgres"))
                .setPGStartupWait(Duration.ofMinutes(1)).start();
        database = TestDatabase.at(server.getJdbcUrl("postgres", "postgres"), "postgres");
    }

    @AfterAll
    static void close() throws IOException {
        database.close();
        server.close();
    }

    @Override
    protected TestDatabase database() {
        return database;
    }
}
