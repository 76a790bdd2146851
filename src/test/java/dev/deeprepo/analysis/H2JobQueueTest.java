package dev.deeprepo.analysis;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class H2JobQueueTest extends JobQueueContract {

    @TempDir
    static Path dataDir;

    @SuppressWarnings("NullAway.Init")
    private static TestService service;

    @BeforeAll
    static void start() {
        service = TestService.start(dataDir, SETTINGS);
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
