package dev.deeprepo.checkout;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What is withheld here: by the service's rules on secrets, and by the operator's. */
final class Withholding {

    private final boolean on;
    private final @Nullable GitleaksRules operators;

    /** @throws BadSecretRules when the operator's rules cannot be used */
    Withholding(CheckoutSettings settings) {
        on = settings.redactSecrets();
        Path file = settings.secretRules();
        operators = on && file != null ? GitleaksFile.read(file) : null;
    }

    /** False when everything goes to the models as it is. */
    boolean isOn() {
        return on;
    }

    /** What all rules find in a file. */
    Scan scan(String path, byte[] utf8) {
        Scan scan = Scan.of(path, utf8);
        return operators == null
                ? scan
                : new Scan(GitleaksRules.joined(scan.secrets(), operators.find(path, utf8)), scan.instructions());
    }

    /** A file's text without its secrets. */
    byte[] text(String path, byte[] utf8) {
        return on ? Secrets.redact(utf8, scan(path, utf8).secrets()).utf8() : utf8;
    }

    /** A path without its secrets. */
    String name(String path) {
        return new String(text("", path.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }
}
