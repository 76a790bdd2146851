package dev.deeprepo.egress;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which internet addresses are public. IPv4 is judged by a list of what is not; of IPv6 only global unicast
 * ({@code 2000::/3}) can be, and an IPv4 address inside an IPv6 one is judged as IPv4. Ranges: IANA's special-purpose
 * registries (RFC 6890 and its updates), and the address at which Azure's hosts speak to their guests.
 */
final class Addresses {

    private record Range(byte[] prefix, int bits) {

        static Range of(String cidr) {
            int slash = cidr.indexOf('/');
            return new Range(InetAddress.ofLiteral(cidr.substring(0, slash)).getAddress(),
                    Integer.parseInt(cidr.substring(slash + 1)));
        }

        boolean contains(byte[] address) {
            int whole = bits / 8;
            int mask = 0xFF00 >> (bits % 8);
            return address.length == prefix.length && Arrays.equals(address, 0, whole, prefix, 0, whole)
                    && (bits % 8 == 0 || ((address[whole] ^ prefix[whole]) & mask & 0xFF) == 0);
        }
    }

    private static final List<Range> NOT_PUBLIC = Stream.of("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
            "224.0.0.0/4", "240.0.0.0/4",
            // IPv6: protocol assignments with Teredo, documentation, 6to4, AS112, documentation
            "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20").map(Range::of).toList();
    private static final Range GLOBAL_UNICAST = Range.of("2000::/3");
    private static final Range NAT64 = Range.of("64:ff9b::/96");

    private Addresses() {}

    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (!(address instanceof Inet4Address)) {
            if (NAT64.contains(bytes)) {
                return isPublic(tail(bytes));
            }
            if (!GLOBAL_UNICAST.contains(bytes) || isIsatap(bytes)) {
                return false;
            }
        }
        return NOT_PUBLIC.stream().noneMatch(range -> range.contains(bytes));
    }

    /** ISATAP carries an IPv4 address below any prefix (RFC 5214). */
    private static boolean isIsatap(byte[] bytes) {
        return (bytes[8] & 0xFD) == 0 && bytes[9] == 0 && bytes[10] == 0x5E && (bytes[11] & 0xFF) == 0xFE;
    }

    private static InetAddress tail(byte[] bytes) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, 12, 16));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }
}
