package dev.deeprepo.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Keeps callers without a key to a pace, by the address that they call from. Whoever asks for health is not counted. */
final class Strangers {

    private final RequestMatcher health = EndpointRequest.to("health");
    private final Paces paces;
    private final Refusals refusals;

    Strangers(int perMinute, Refusals refusals, Clock clock) {
        this.paces = new Paces(perMinute, clock);
        this.refusals = refusals;
    }

    /** Whether a request may go on; if not, it has been answered. */
    boolean mayPass(HttpServletRequest request, HttpServletResponse response) {
        if (health.matches(request)) {
            return true;
        }
        Duration wait = paces.take(neighbourhood(request.getRemoteAddr()));
        if (wait.isPositive()) {
            refusals.tooMany(request, response, "your address", wait);
            return false;
        }
        return true;
    }

    /** An address, or the /64 that it is of: one machine can have all the IPv6 addresses in that. */
    static String neighbourhood(String address) {
        try {
            return InetAddress.ofLiteral(address) instanceof Inet6Address six
                    ? HexFormat.of().formatHex(Arrays.copyOf(six.getAddress(), 8))
                    : address;
        } catch (IllegalArgumentException _) {
            return address; // the word of a proxy that Spring was told to trust
        }
    }
}
