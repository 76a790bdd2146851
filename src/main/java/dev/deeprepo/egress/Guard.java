package dev.deeprepo.egress;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.function.Predicate;

/**
 * Where a connection may go. A name is resolved once and every answer is judged; who connects uses these addresses and
 * asks nobody again, so a name that answers differently a moment later gains nothing.
 */
public final class Guard {

    /** Who knows the addresses of names. */
    public interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    private final EgressRules rules;
    private final Resolver resolver;
    private final Predicate<InetAddress> allowed;

    /** Asks the system for addresses, and takes public ones. */
    public Guard(EgressRules rules) {
        this(rules, InetAddress::getAllByName, Addresses::isPublic);
    }

    /** @param allowed which addresses count as public */
    public Guard(EgressRules rules, Resolver resolver, Predicate<InetAddress> allowed) {
        this.rules = rules;
        this.resolver = resolver;
        this.allowed = allowed;
    }

    public EgressRules rules() {
        return rules;
    }

    /**
     * Every address of the host.
     *
     * @throws ForbiddenAddress when one of them is not public
     */
    public List<InetAddress> resolve(Origin origin) throws UnknownHostException {
        List<InetAddress> addresses = List.of(resolver.resolve(origin.host()));
        if (addresses.isEmpty()) {
            throw new UnknownHostException(origin.host());
        }
        if (!rules.open() && !addresses.stream().allMatch(allowed)) {
            throw new ForbiddenAddress(
                    "leads to the host " + origin.host() + ", which has an address that is not public");
        }
        return addresses;
    }
}
