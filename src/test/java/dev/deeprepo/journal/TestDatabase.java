package dev.deeprepo.journal;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/** A real, migrated database for one test class, with the journal and the ledger in it. */
public final class TestDatabase implements AutoCloseable {

    private static final String H2 = "jdbc:h2:file:%s;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;WRITE_DELAY=0";

    private final HikariDataSource dataSource;
    private final JdbcTemplate jdbc;

    private TestDatabase(String url, String user) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        dataSource = new HikariDataSource(config);
        jdbc = new JdbcTemplate(dataSource);
    }

    /** As the service runs by default: one H2 file in that directory, each commit forced to the disk. */
    public static TestDatabase h2(Path directory) {
        return unmigratedH2(directory).migrate("latest");
    }

    /** The same as it is before the service first starts. */
    public static TestDatabase unmigratedH2(Path directory) {
        return new TestDatabase(H2.formatted(directory.resolve("deeprepo")), "sa");
    }

    public static TestDatabase postgres(Postgres database) {
        return unmigrated(database).migrate("latest");
    }

    public static TestDatabase unmigrated(Postgres database) {
        return new TestDatabase(database.url(), Postgres.USER);
    }

    /** In a server that runs already. */
    public static TestDatabase at(String url, String user) {
        return new TestDatabase(url, user).migrate("latest");
    }

    /** Brings it to where a version of the service had it. */
    public TestDatabase migrate(String version) {
        Flyway.configure().dataSource(dataSource).target(version).load().migrate();
        return this;
    }

    public Journal journal(EntryListener... listeners) {
        return journal(Clock.systemUTC(), listeners);
    }

    public Journal journal(Clock clock, EntryListener... listeners) {
        return journal(clock, transactions(), listeners);
    }

    Journal journal(Clock clock, PlatformTransactionManager transactions, EntryListener... listeners) {
        StaticListableBeanFactory beans = new StaticListableBeanFactory();
        for (EntryListener listener : listeners) {
            beans.addBean("listener" + beans.getBeanDefinitionCount(), listener);
        }
        return new JdbcJournal(jdbc, transactions, clock,
                beans.getBeanProvider(EntryListener.class));
    }

    public Ledger ledger() {
        return ledger(Clock.systemUTC());
    }

    public Ledger ledger(Clock clock) {
        return new JdbcLedger(jdbc, clock);
    }

    public JdbcTemplate jdbc() {
        return jdbc;
    }

    public DataSource dataSource() {
        return dataSource;
    }

    public PlatformTransactionManager transactions() {
        return new DataSourceTransactionManager(dataSource);
    }

    public TransactionTemplate transaction() {
        return new TransactionTemplate(transactions());
    }

    /** Saves a new analysis, claimed by no attempt yet, without any entry. */
    public AnalysisId save(AnalysisId id) {
        jdbc.update("""
                insert into analysis (id, status, attempt, mode, domain, repository, request, created_at)
                values (?, 'QUEUED', 0, 'RLM', 'code', 'https://example.org/a/b', '{}', ?)
                """, id.value(), Instant.EPOCH.atOffset(ZoneOffset.UTC));
        return id;
    }

    /** A new attempt owns the analysis from now on. */
    public void claim(AnalysisId id, int attempt) {
        jdbc.update("update analysis set attempt = ? where id = ?", attempt, id.value());
    }

    /** A new analysis with its first entry, owned by attempt 1. */
    public AnalysisId accepted(Journal journal) {
        AnalysisId id = save(AnalysisId.random());
        journal.begin(id, new Event.Accepted(Map.of("mode", "RLM")), List.of());
        claim(id, 1);
        return id;
    }

    /** Makes the database go away, as an outage does. */
    public void cut() {
        dataSource.close();
    }

    @Override
    public void close() {
        dataSource.close();
    }
}
