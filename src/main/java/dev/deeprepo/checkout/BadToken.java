package dev.deeprepo.checkout;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** A token that cannot be used as it is configured, which stops the start. The message names the setting, never the token. */
final class BadToken extends RuntimeException {

    BadToken(String message) {
        super(message);
    }

    /** Says it in two lines instead of a stack trace. */
    static final class Analyzer extends AbstractFailureAnalyzer<BadToken> {

        @Override
        protected FailureAnalysis analyze(Throwable root, BadToken cause) {
            return new FailureAnalysis(String.valueOf(cause.getMessage()),
                    "Mend or remove it; the README says how tokens are written, under \"Private repositories\".",
                    cause);
        }
    }
}
