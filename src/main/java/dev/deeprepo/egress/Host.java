package dev.deeprepo.egress;

import com.ibm.icu.text.IDNA;
import java.net.InetAddress;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The host in a stranger's address: a public DNS name, or a public address in its usual spelling. Names are mapped by
 * UTS-46 first and judged afterwards, so no look-alike digit or dot slips through. Nothing is looked up.
 */
final class Host {

    private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+|0x[0-9a-f]*");
    private static final Pattern DOTTED = Pattern
            .compile("((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(?!$)|$)){4}");
    /** Special-use and reserved names (RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476), and those of private nets. */
    private static final Set<String> RESERVED = Set.of("localhost", "local", "localdomain", "internal", "intranet",
            "private", "corp", "home", "lan", "host", "domain", "workgroup", "test", "example", "invalid", "onion",
            "alt", "arpa", "example.com", "example.net", "example.org");
    private static final IDNA UTS46 = IDNA.getUTS46Instance(IDNA.NONTRANSITIONAL_TO_ASCII | IDNA.USE_STD3_RULES
            | IDNA.CHECK_BIDI | IDNA.CHECK_CONTEXTJ | IDNA.CHECK_CONTEXTO);

    private Host() {}

    /** The canonical host: ASCII, lower case, no root dot; IPv6 in brackets. */
    static String parse(String text, boolean privateAllowed) {
        if (text.startsWith("[")) {
            return ipv6(text, privateAllowed);
        }
        String name = ascii(text);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        if (name.isEmpty() || name.length() > 253) {
            throw refused("needs a host name of 1 to 253 characters");
        }
        String[] labels = name.split("\\.", -1);
        String last = labels[labels.length - 1];
        if (NUMBER.matcher(last).matches()) {
            return ipv4(name, privateAllowed);
        }
        for (String label : labels) {
            if (!LABEL.matcher(label).matches()) {
                throw refused("names a host that is no DNS name");
            }
        }
        if (!privateAllowed) {
            requirePublic(name, labels.length);
        }
        return name;
    }

    private static void requirePublic(String name, int labels) {
        if (labels < 2) {
            throw refused("names the host \"" + name + "\", which is no public DNS name: it has no dot");
        }
        for (String suffix = name;; suffix = suffix.substring(suffix.indexOf('.') + 1)) {
            if (RESERVED.contains(suffix)) {
                throw refused("names a host under \"" + suffix + "\", which is reserved and not public");
            }
            if (suffix.indexOf('.') < 0) {
                return;
            }
        }
    }

    private static String ascii(String text) {
        if (text.indexOf('%') >= 0) {
            throw refused("must not percent-encode its host");
        }
        IDNA.Info info = new IDNA.Info();
        String name = UTS46.nameToASCII(text, new StringBuilder(), info).toString();
        Set<IDNA.Error> errors = info.getErrors();
        // Empty labels and hyphens are judged below; a root dot counts as an empty label here.
        errors.removeAll(Set.of(IDNA.Error.EMPTY_LABEL, IDNA.Error.HYPHEN_3_4));
        if (!errors.isEmpty()) {
            throw refused("names a host that is no DNS name");
        }
        name = name.toLowerCase(Locale.ROOT);
        if (name.contains("xn--") || text.chars().anyMatch(c -> c > 0x7F)) {
            Lookalikes.refuse(text, UTS46.nameToUnicode(name, new StringBuilder(), new IDNA.Info()).toString());
        }
        return name;
    }

    private static String ipv4(String name, boolean privateAllowed) {
        if (!DOTTED.matcher(name).matches()) {
            throw refused("must write an IPv4 address as four decimal numbers");
        }
        return requirePublic(InetAddress.ofLiteral(name), name, privateAllowed);
    }

    private static String ipv6(String text, boolean privateAllowed) {
        String literal = text.endsWith("]") ? text.substring(1, text.length() - 1) : "";
        if (!literal.matches("[0-9A-Fa-f:.]{2,45}") || literal.indexOf(':') < 0) {
            throw refused("names a host that is no IPv6 address");
        }
        try {
            InetAddress address = InetAddress.ofLiteral(literal);
            String canonical = address.getHostAddress();
            return requirePublic(address, canonical.indexOf(':') < 0 ? canonical : "[" + canonical + "]",
                    privateAllowed);
        } catch (ForbiddenAddress e) {
            throw e;
        } catch (IllegalArgumentException e) {
            throw refused("names a host that is no IPv6 address");
        }
    }

    private static String requirePublic(InetAddress address, String canonical, boolean privateAllowed) {
        if (!privateAllowed && !Addresses.isPublic(address)) {
            throw refused("names the address " + canonical + ", which is not public");
        }
        return canonical;
    }

    private static ForbiddenAddress refused(String why) {
        return new ForbiddenAddress(why);
    }
}
