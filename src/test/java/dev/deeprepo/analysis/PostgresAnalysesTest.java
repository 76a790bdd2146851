package dev.deeprepo.analysis;

import dev.deeprepo.journal.OnPostgres;
import dev.deeprepo.journal.Postgres;
import dev.deeprepo.journal.TestDatabase;

/** The analyses on a real PostgreSQL. */
@OnPostgres
class PostgresAnalysesTest extends AnalysesContract {

    PostgresAnalysesTest() {
        super(TestDatabase.postgres(new Postgres()));
    }
}
