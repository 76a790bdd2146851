package dev.deeprepo.journal;

/** The journal on a real PostgreSQL. */
@OnPostgres
class PostgresJournalTest extends JdbcJournalContract {

    PostgresJournalTest() {
        super(TestDatabase.postgres(new Postgres()));
    }
}
