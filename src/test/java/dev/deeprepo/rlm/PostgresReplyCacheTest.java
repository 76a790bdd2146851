package dev.deeprepo.rlm;

import dev.deeprepo.journal.OnPostgres;
import dev.deeprepo.journal.Postgres;
import dev.deeprepo.journal.TestDatabase;

/** The reply cache on a real PostgreSQL. */
@OnPostgres
class PostgresReplyCacheTest extends JdbcReplyCacheContract {

    PostgresReplyCacheTest() {
        super(TestDatabase.postgres(new Postgres()));
    }
}
