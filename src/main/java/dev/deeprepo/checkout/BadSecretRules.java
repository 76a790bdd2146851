package dev.deeprepo.checkout;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Rules on secrets that cannot be used, which stops the start: without them what they are for would reach the models. */
final class BadSecretRules extends RuntimeException {

    BadSecretRules(Path file, String message, @Nullable Throwable cause) {
        super("deeprepo.checkout.secret-rules (%s) %s".formatted(file, message), cause);
    }

    /** Says it in two lines instead of a stack trace. */
    static final class Analyzer extends AbstractFailureAnalyzer<BadSecretRules> {

        @Override
        protected FailureAnalysis analyze(Throwable root, BadSecretRules cause) {
            return new FailureAnalysis(String.valueOf(cause.getMessage()),
                    "Mend the file or remove the setting; the README says what is read of it, under \"Secrets in"
                            + " repositories\".",
                    cause);
        }
    }
}
