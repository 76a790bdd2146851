package dev.deeprepo.rlm;

import dev.deeprepo.journal.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The reply cache as it runs by default. */
class H2ReplyCacheTest extends JdbcReplyCacheContract {

    H2ReplyCacheTest(@TempDir Path directory) {
        super(TestDatabase.h2(directory));
    }
}
