package dev.deeprepo.analysis;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
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
