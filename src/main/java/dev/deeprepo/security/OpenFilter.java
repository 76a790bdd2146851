package dev.deeprepo.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Lets everybody in, but not what a web page makes somebody's browser send: that reaches a service without keys from
 * behind every firewall.
 *
 * <p>A page of another site can post blindly; browsers say so in {@code Origin} and {@code Sec-Fetch-Site}. A page whose
 * name its owner lets resolve to this machine (DNS rebinding) is of no other site for the browser and could read the
 * answers too; but the name stands in {@code Host}, and is not ours.
 */
final class OpenFilter extends OncePerRequestFilter {

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final Set<String> OWN_SITE = Set.of("same-origin", "none");

    private final Set<String> names;
    private final Strangers strangers;
    private final Refusals refusals;

    /** @param names by which it may be called, beside {@code localhost} and its addresses */
    OpenFilter(Collection<String> names, Strangers strangers, Refusals refusals) {
        this.names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
        this.strangers = strangers;
        this.refusals = refusals;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (!isOurs(request.getServerName().toLowerCase(Locale.ROOT), request.getLocalAddr())) {
            refusals.forbidden(request, response,
                    "this service does not go by the name in Host; call it localhost or by its address, or list the name in deeprepo.security.allowed-hosts");
        } else if (!SAFE.contains(request.getMethod()) && isOfAnotherSite(request)) {
            refusals.forbidden(request, response, "a web page of another site may not send this");
        } else if (strangers.mayPass(request, response)) {
            Callers.come("", true);
            chain.doFilter(request, response);
        }
    }

    private boolean isOurs(String host, String local) {
        if (host.equals("localhost") || names.contains(host)) {
            return true;
        }
        try {
            InetAddress address = InetAddress.ofLiteral(host.replaceAll("^\\[|]$", ""));
            return address.isLoopbackAddress() || address.equals(InetAddress.ofLiteral(local));
        } catch (IllegalArgumentException noAddress) {
            return false;
        }
    }

    private static boolean isOfAnotherSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return site != null && !OWN_SITE.contains(site)
                || origin != null && !isSame(origin, request.getHeader(HttpHeaders.HOST));
    }

    /** Without the scheme: in front of this service, a proxy may have ended TLS. */
    private static boolean isSame(String origin, @Nullable String host) {
        try {
            String authority = URI.create(origin).getRawAuthority();
            return authority != null && authority.equalsIgnoreCase(host);
        } catch (IllegalArgumentException noOrigin) {
            return false;
        }
    }
}
