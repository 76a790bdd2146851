package dev.deeprepo.analysis;

import dev.deeprepo.journal.TestDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** The analyses as they are kept by default. */
class H2AnalysesTest extends AnalysesContract {

    H2AnalysesTest(@TempDir Path directory) {
        super(TestDatabase.h2(directory));
    }
}
