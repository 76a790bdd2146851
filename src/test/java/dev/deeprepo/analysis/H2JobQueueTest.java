package dev.deeprepo.analysis;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class H2JobQueueTest extends JobQueueContract {

    H2JobQueueTest(@TempDir Path dataDir) {
        super(TestService.start(dataDir, SETTINGS));
    }
}
