package dev.deeprepo.analysis;

import dev.deeprepo.journal.OnPostgres;
import dev.deeprepo.journal.Postgres;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;

@OnPostgres
@Tag("slow")
class PostgresCallbacksTest extends CallbacksContract {

    PostgresCallbacksTest(@TempDir Path dataDir) {
        super(TestService.start(dataDir, new Postgres(), SETTINGS));
    }
}
