package dev.deeprepo.analysis;

import java.sql.SQLException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
