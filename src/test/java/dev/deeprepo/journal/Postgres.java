package dev.deeprepo.journal;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL, from binaries that the build brings for Linux on x86-64 only: one server for all tests of a Java
 * machine, which ends with it, and an empty database for each who asks.
 */
public final class Postgres {

    public static final String USER = "postgres";

    private static @Nullable EmbeddedPostgres server;

    private final String name = "test_" + UUID.randomUUID().toString().replace("-", "");

    /** A database of its own. */
    public Postgres() {
        execute(server().getPostgresDatabase(), "create database " + name);
    }

    public String url() {
        return server().getJdbcUrl(USER, name);
    }

    /** The same by way of a port that leads to this server. */
    public String urlBy(int port) {
        return url().replaceFirst(":" + port() + "/", ":" + port + "/");
    }

    public int port() {
        return server().getPort();
    }

    /** Cuts all connections to this database, as an administrator, or a failover, would. */
    public void cutConnections() {
        execute(server().getPostgresDatabase(),
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = '%s'".formatted(name));
    }

    public DataSource dataSource() {
        return server().getDatabase(USER, name);
    }

    private static synchronized EmbeddedPostgres server() {
        if (server == null) {
            try {
                server = EmbeddedPostgres.builder().setOverrideWorkingDirectory(new File("target/postgres"))
                        .setPGStartupWait(Duration.ofMinutes(1)).start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return server;
    }

    private static void execute(DataSource database, String sql) {
        try (Connection connection = database.getConnection(); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
