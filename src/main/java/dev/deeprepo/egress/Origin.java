package dev.deeprepo.egress;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Scheme, host and port: all that a connection depends on. Parsed once, by rules stricter than those of URLs; nothing is
 * looked up.
 *
 * @param host canonical: ASCII, lower case, no root dot; IPv6 in brackets
 */
public record Origin(String scheme, String host, int port) {

    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

    /**
     * Parses what stands before a URL's path.
     *
     * @param authority as it was written, between {@code ://} and the first {@code /}
     * @throws ForbiddenAddress naming the rule that was broken
     */
    public static Origin parse(String scheme, String authority, EgressRules rules) {
        String canonical = scheme.toLowerCase(Locale.ROOT);
        if (!rules.schemes().contains(canonical)) {
            throw new ForbiddenAddress("must begin with %s://".formatted(
                    String.join(":// or ", rules.schemes().stream().sorted().toList())));
        }
        if (authority.indexOf('@') >= 0) {
            throw new ForbiddenAddress("must not contain a user name, password or token");
        }
        int colon = authority.indexOf(':', Math.max(0, authority.lastIndexOf(']')));
        String host = Host.parse(colon < 0 ? authority : authority.substring(0, colon), rules.open());
        rules.requireListed(host);
        int usual = canonical.equals("https") ? 443 : 80;
        int port = colon < 0 ? usual : port(authority.substring(colon + 1));
        if (port != usual && !rules.admitsPort(host, port)) {
            throw new ForbiddenAddress("must not name another port than " + usual);
        }
        return new Origin(canonical, host, port);
    }

    static int port(String text) {
        if (!PORT.matcher(text).matches() || Integer.parseInt(text) > 65535) {
            throw new ForbiddenAddress("has a port that is no number from 1 to 65535");
        }
        return Integer.parseInt(text);
    }

    /** Whether the host is an address, which nobody has to be asked for. */
    public boolean isLiteral() {
        return host.startsWith("[") || host.matches("[0-9.]+");
    }

    /** Canonical, such as {@code https://github.com}; the scheme's usual port is left out. */
    @Override
    public String toString() {
        boolean usual = port == (scheme.equals("https") ? 443 : 80);
        return scheme + "://" + host + (usual ? "" : ":" + port);
    }
}
