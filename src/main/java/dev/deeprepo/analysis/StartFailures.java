package dev.deeprepo.analysis;

import dev.deeprepo.journal.UnknownEvent;
import java.sql.SQLException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.exception.FlywayValidateException;
import org.flywaydb.core.internal.exception.FlywayMigrateException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/** What an operator can mend, said in two lines instead of a stack trace. */
final class StartFailures {

    private StartFailures() {}

    /** H2's file is locked: another deeprepo uses the same data directory. */
    static final class DatabaseInUse extends AbstractFailureAnalyzer<SQLException> {

        private static final int DATABASE_ALREADY_OPEN = 90020;

        private final Environment environment;

        DatabaseInUse(Environment environment) {
            this.environment = environment;
        }

        @Override
        protected @Nullable FailureAnalysis analyze(Throwable root, SQLException cause) {
            if (cause.getErrorCode() != DATABASE_ALREADY_OPEN) {
                return null;
            }
            return new FailureAnalysis(
                    "The database in %s is open in another process: a deeprepo runs there already."
                            .formatted(environment.getProperty("deeprepo.data-dir")),
                    "Use that one, stop it, or give this one a data directory of its own (DEEPREPO_DATA_DIR).",
                    cause);
        }
    }

    /** A database server that does not answer, or does not let the service in. */
    static final class DatabaseAway extends AbstractFailureAnalyzer<SQLException> {

        @Override
        protected @Nullable FailureAnalysis analyze(Throwable root, SQLException cause) {
            String state = String.valueOf(cause.getSQLState());
            return state.startsWith("08") || state.startsWith("28") || state.startsWith("57P")
                    ? new FailureAnalysis("The database cannot be used: %s".formatted(cause.getMessage()),
                            "Start it, or mend spring.datasource.url, .username and .password (SPRING_DATASOURCE_URL, …).",
                            cause)
                    : null;
        }
    }

    /** The tables are not those that this version makes of an older one's. */
    static final class BrokenMigration extends AbstractFailureAnalyzer<FlywayException> {

        @Override
        protected @Nullable FailureAnalysis analyze(Throwable root, FlywayException cause) {
            return switch (cause) {
                case FlywayMigrateException _,FlywayValidateException _ -> new FailureAnalysis(
                        "The database could not be brought to this version: an earlier start was interrupted while it did so, or the tables were changed by hand.%n%s"
                                .formatted(String.valueOf(cause.getMessage()).strip()),
                        "Put back the copy of the database that was made before the upgrade (without PostgreSQL: the file deeprepo.mv.db in the data directory) and start again. "
                                + "Without a copy: undo what the migration named above has done already, delete its row from flyway_schema_history if it has one, and start again.",
                        cause);
                default -> null;
            };
        }
    }

    /** A newer version has worked with this database. */
    static final class NewerJournal extends AbstractFailureAnalyzer<UnknownEvent> {

        @Override
        protected FailureAnalysis analyze(Throwable root, UnknownEvent cause) {
            return new FailureAnalysis("This version is older than the database: %s.".formatted(cause.getMessage()),
                    "Start the newer version again, or put back the copy of the database that was made before the upgrade.",
                    cause);
        }
    }

    /** A setting that cannot be bound, without its value where Spring would print one that may be a key or a token. */
    @Order(Ordered.HIGHEST_PRECEDENCE)
    static final class UnboundSetting extends AbstractFailureAnalyzer<BindException> {

        private static final Pattern SECRET = Pattern.compile("(?i).*(token|key|secret).*");

        @Override
        protected @Nullable FailureAnalysis analyze(Throwable root, BindException cause) {
            ConfigurationProperty property = cause.getProperty();
            String problem = cause.getCause() instanceof UnboundConfigurationPropertiesException unbound
                    ? unbound.getUnboundProperties().stream().map(each -> each.getName().toString())
                            .collect(Collectors.joining(", ")) + ": no such setting"
                    : property != null && SECRET.matcher(property.getName().toString()).matches()
                            ? property.getName() + " has a value of the wrong kind"
                            : null;
            return problem == null
                    ? null
                    : new FailureAnalysis(problem, "Mend or remove it; application.yml.example lists all settings.",
                            cause);
        }
    }

    /** A setting that nobody knows. */
    static final class UnknownSetting implements FailureAnalyzer {

        @Override
        public @Nullable FailureAnalysis analyze(Throwable failure) {
            for (Throwable each = failure; each != null; each = each.getCause()) {
                if (each instanceof StartEnvironment.BadSetting) {
                    return new FailureAnalysis(String.valueOf(each.getMessage()),
                            "Mend or remove it; application.yml.example lists all settings.", each);
                }
            }
            return null;
        }
    }
}
