package dev.deeprepo.analysis;

import dev.deeprepo.journal.OnPostgres;
import dev.deeprepo.journal.Postgres;
import dev.deeprepo.journal.TestDatabase;

@OnPostgres
class PostgresKeyedRequestsMigrationTest extends KeyedRequestsMigrationContract {

    PostgresKeyedRequestsMigrationTest() {
        super(TestDatabase.unmigrated(new Postgres()));
    }
}
