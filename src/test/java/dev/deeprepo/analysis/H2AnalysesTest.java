package dev.deeprepo.analysis;

import dev.deeprepo.journal.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The analyses as they are kept by default. */
class H2AnalysesTest extends AnalysesContract {

    @TempDir
    private static Path directory;

    private static TestDatabase database;

    @BeforeAll
    static void open() {
        database = TestDatabase.h2(directory);
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
