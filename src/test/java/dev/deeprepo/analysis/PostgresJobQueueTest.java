package dev.deeprepo.analysis;

import dev.deeprepo.journal.OnPostgres;
import dev.deeprepo.journal.Postgres;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

@OnPostgres
class PostgresJobQueueTest extends JobQueueContract {

    PostgresJobQueueTest(@TempDir Path dataDir) {
        super(TestService.start(dataDir, new Postgres(), SETTINGS));
    }
}
