package dev.deeprepo.egress;

import java.util.List;
import java.util.Set;

/**
 * What an operator lets callers name.
 *
 * @param schemes of {@code https} and {@code http}
 * @param hosts the only ones; empty = every public one
 * @param open any name, address and port: for tests and intranets
 */
public record EgressRules(Set<String> schemes, List<AllowedHost> hosts, boolean open) {

    /**
     * A host that may be named.
     *
     * @param name canonical; that of a domain when {@code below}
     * @param below whether it stands for every name below the domain, and not for the domain
     * @param port beside those of the schemes; 0 = none
     */
    public record AllowedHost(String name, boolean below, int port) {

        static AllowedHost parse(String text) {
            boolean below = text.startsWith("*.");
            int colon = text.indexOf(':', Math.max(0, text.lastIndexOf(']')));
            try {
                return new AllowedHost(
                        Host.parse(text.substring(below ? 2 : 0, colon < 0 ? text.length() : colon), true),
                        below, colon < 0 ? 0 : Origin.port(text.substring(colon + 1)));
            } catch (ForbiddenAddress e) {
                throw new IllegalArgumentException(
                        "allowed-hosts must list hosts, such as github.com, *.example.net or git.example.net:8443; \"%s\" %s"
                                .formatted(text, e.getMessage()));
            }
        }

        boolean admits(String host) {
            return below ? host.endsWith("." + name) : host.equals(name);
        }
    }

    /** @throws IllegalArgumentException naming the setting that cannot stand */
    public static EgressRules of(Set<String> schemes, List<String> hosts, boolean open) {
        if (schemes.isEmpty() || !Set.of("https", "http").containsAll(schemes)) {
            throw new IllegalArgumentException("allowed-schemes must be https, http or both, is " + schemes);
        }
        return new EgressRules(Set.copyOf(schemes), hosts.stream().map(AllowedHost::parse).toList(), open);
    }

    /** @throws ForbiddenAddress when the operator lists hosts, and not this one */
    void requireListed(String host) {
        if (!hosts.isEmpty() && hosts.stream().noneMatch(allowed -> allowed.admits(host))) {
            throw new ForbiddenAddress(
                    "names the host " + host + ", which is not among those that this service may go to");
        }
    }

    boolean admitsPort(String host, int port) {
        return open || hosts.stream().anyMatch(allowed -> allowed.port == port && allowed.admits(host));
    }
}
