package dev.deeprepo.analysis;

import dev.deeprepo.journal.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class H2KeyedRequestsMigrationTest extends KeyedRequestsMigrationContract {

    H2KeyedRequestsMigrationTest(@TempDir Path directory) {
        super(TestDatabase.unmigratedH2(directory));
    }
}
