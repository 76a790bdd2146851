package dev.deeprepo.analysis;

import dev.deeprepo.journal.Postgres;
import dev.deeprepo.journal.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The analyses on a real PostgreSQL. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class PostgresAnalysesTest extends AnalysesContract {

    private static TestDatabase database;

    @BeforeAll
    static void open() {
        database = TestDatabase.postgres(new Postgres());
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @Override
    protected TestDatabase database() {
        return database;
    }
}
