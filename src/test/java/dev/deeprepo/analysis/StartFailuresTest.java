package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What an operator reads when the service cannot start. */
@ExtendWith(OutputCaptureExtension.class)
class StartFailuresTest {

    private static final String NEWEST = "select script from flyway_schema_history order by installed_rank desc limit 1";

    @TempDir
    Path dataDir;

    @Test
    void aNewDataDirectoryIsClosedToOthers() throws IOException {
        Path fresh = dataDir.resolve("fresh");
        try (TestService _ = TestService.start(fresh)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(fresh))).isEqualTo("rwx------");
        }
    }

    @Test
    void aMigrationThatAnEarlierStartDidNotFinish(CapturedOutput output) {
        String creating = "V10__keyed_requests.sql";
        try (TestDatabase database = TestDatabase.h2(dataDir)) {
            database.jdbc().update("delete from flyway_schema_history where installed_rank >= (select installed_rank"
                    + " from flyway_schema_history where script = ?)", creating); // what it did is there
        }
        assertThatThrownBy(() -> TestService.start(dataDir, "spring.datasource.username=sa"));
        assertThat(output).contains("APPLICATION FAILED TO START", "could not be brought to this version",
                creating, "Put back the copy of the database", "flyway_schema_history");
    }

    @Test
    void aMigrationThatFailed(CapturedOutput output) {
        try (TestDatabase database = TestDatabase.h2(dataDir)) {
            database.jdbc().update("update flyway_schema_history set success = false where script = (" + NEWEST + ")");
        }
        assertThatThrownBy(() -> TestService.start(dataDir, "spring.datasource.username=sa"));
        assertThat(output).contains("APPLICATION FAILED TO START", "could not be brought to this version",
                "failed migration",
                "Put back the copy of the database");
    }

    @Test
    void aDatabaseThatANewerVersionHasWorkedWith(CapturedOutput output) {
        try (TestDatabase database = TestDatabase.h2(dataDir)) {
            AnalysisId id = database.save(AnalysisId.random());
            database.jdbc().update("""
                    insert into journal (analysis_id, sequence, attempt, at, name, body)
                    values (?, 1, 0, current_timestamp, 'moon-risen', '{}')""", id.value());
        }
        assertThatThrownBy(() -> TestService.start(dataDir, "spring.datasource.username=sa"));
        assertThat(output).contains("APPLICATION FAILED TO START", "This version is older than the database",
                "'moon-risen'", "Start the newer version again");
    }

    @Test
    void aDatabaseServerThatIsNotThere(CapturedOutput output) {
        assertThatThrownBy(() -> TestService.start(dataDir, "spring.datasource.url=jdbc:postgresql://127.0.0.1:1/none",
                "spring.datasource.hikari.connection-timeout=1000"));
        assertThat(output).contains("APPLICATION FAILED TO START", "The database cannot be used", "127.0.0.1:1",
                "SPRING_DATASOURCE_URL");
    }
}
