package dev.deeprepo.security;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** Refuses to serve others than this machine without keys, unless that is what somebody asked for. */
@Component
final class Exposure {

    /** @throws Unguarded when whoever reaches an address that is listened on could spend the owner's money */
    Exposure(SecuritySettings settings, Environment environment) {
        if (settings.apiKeys().isEmpty() && !settings.open()) {
            Binder binder = Binder.get(environment);
            requireLoopback(binder, "server.address");
            if (binder.bind("management.server.port", Integer.class).isBound()) {
                requireLoopback(binder, "management.server.address");
            }
        }
    }

    private static void requireLoopback(Binder binder, String setting) {
        InetAddress address = binder.bind(setting, InetAddress.class).orElse(null);
        if (address == null || !address.isLoopbackAddress()) {
            throw new Unguarded(address);
        }
    }

    static final class Unguarded extends RuntimeException {

        Unguarded(@Nullable InetAddress address) {
            super("The service would listen on %s, and there are no API keys: whoever reaches it could spend your money and read all reports."
                    .formatted(address == null ? "every address" : address.getHostAddress()));
        }
    }

    static final class Analyzer extends AbstractFailureAnalyzer<Unguarded> {

        @Override
        protected FailureAnalysis analyze(Throwable root, Unguarded cause) {
            return new FailureAnalysis(String.valueOf(cause.getMessage()),
                    "Set deeprepo.security.api-keys (the README's Security section makes one in a line), or listen on this machine only (SERVER_ADDRESS=127.0.0.1), or, behind something that asks who is there, set DEEPREPO_SECURITY_OPEN=true.",
                    cause);
        }
    }
}
