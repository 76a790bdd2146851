package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/**
 * Where a repository really is: its host resolved once, every address judged, redirects followed by us hop by hop under
 * the same rules. Git gets the last URL with these addresses pinned and follows nothing itself, so what was checked is
 * what is connected to.
 *
 * @param url the last hop
 * @param addresses of its host, all allowed
 * @param credential what this host, and no other, is shown; null = none
 */
record Remote(RepositoryUrl url, List<InetAddress> addresses, @Nullable Credential credential) {

    private static final int MAX_REDIRECTS = 3;
    private static final String ADVERTISEMENT = "/info/refs?service=git-upload-pack";
    private static final Timeout TIMEOUT = Timeout.ofSeconds(20);

    /** Asks the host for the repository, following redirects. */
    static Remote locate(RepositoryUrl url, CheckoutSettings settings, Tokens tokens, Watch watch) {
        RepositoryUrl at = url;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            RepositoryUrl here = at;
            CompletableFuture<@Nullable Object> hopped = new CompletableFuture<>();
            Executor executor = Thread::startVirtualThread;
            CompletableFuture<Hop> asked = CompletableFuture.supplyAsync(() -> {
                List<InetAddress> addresses = resolve(here, settings);
                Remote remote = new Remote(here, addresses, tokens.of(here));
                return new Hop(remote, remote.ask(settings, hopped));
            }, executor);
            try {
                Hop answer = watch.await(asked);
                if (answer.next == null) {
                    return answer.remote;
                }
                at = answer.next;
            } finally {
                hopped.complete(null);
            }
        }
        throw new CheckoutException(Reason.UNREACHABLE,
                "the host redirected more than " + MAX_REDIRECTS + " times; use the repository's present address",
                null);
    }

    private record Hop(Remote remote, @Nullable RepositoryUrl next) {}

    /** The value of git's {@code http.curloptResolve}; null when the host is an address itself. */
    @Nullable
    String pin() {
        URI uri = url.uri();
        if (uri.getHost().startsWith("[") || uri.getHost().matches("[0-9.]+")) {
            return null;
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
        return uri.getHost() + ":" + port + ":" + addresses.stream().map(InetAddress::getHostAddress)
                .map(address -> address.indexOf(':') < 0 ? address : "[" + address + "]")
                .collect(Collectors.joining(","));
    }

    private static List<InetAddress> resolve(RepositoryUrl url, CheckoutSettings settings) {
        String host = url.uri().getHost();
        try {
            List<InetAddress> addresses = List.of(InetAddress.getAllByName(host));
            if (!settings.allowPrivateAddresses() && !addresses.stream().allMatch(Addresses::isPublic)) {
                throw new CheckoutException(Reason.HOST_REFUSED,
                        "the host " + host + " has an address that is not public", null);
            }
            return addresses;
        } catch (UnknownHostException e) {
            throw new CheckoutException(Reason.UNREACHABLE, "the host " + host + " was not found; check the spelling",
                    e);
        }
    }

    /** One request to the pinned addresses; where it points on to, or null when the repository is here. */
    private @Nullable RepositoryUrl ask(CheckoutSettings settings, CompletableFuture<?> givenUp) {
        HttpGet request = new HttpGet(URI.create(url.canonical() + ADVERTISEMENT));
        request.setHeader("User-Agent", "git/2 (deeprepo)");
        request.setHeader("Git-Protocol", "version=2");
        if (credential != null) {
            request.setHeader("Authorization", credential.header());
        }
        var unused = givenUp.thenRun(request::abort);
        try (CloseableHttpClient client = client()) {
            // Not closed by draining: an old server's advertisement can be megabytes.
            ClassicHttpResponse response = client.executeOpen(null, request, null);
            try {
                return judge(response, settings);
            } finally {
                request.abort();
            }
        } catch (IOException e) {
            throw new CheckoutException(Reason.UNREACHABLE, "the host " + url.uri().getHost()
                    + " did not answer; check the address, or try again later", e);
        }
    }

    private @Nullable RepositoryUrl judge(ClassicHttpResponse response, CheckoutSettings settings) {
        int status = response.getCode();
        String host = url.uri().getHost();
        Header location = response.getFirstHeader("Location");
        if (Stream.of(301, 302, 303, 307, 308).anyMatch(code -> code == status) && location != null) {
            return redirected(location.getValue(), settings);
        }
        if (status == 401 || status == 403 || status == 404 || status == 410) {
            throw closed(" (HTTP " + status + ")");
        }
        if (status == 429 || status >= 500) {
            throw new CheckoutException(Reason.UNREACHABLE,
                    "%s cannot serve the repository now (HTTP %d); try again later".formatted(host, status), null);
        }
        Header type = response.getFirstHeader("Content-Type");
        if (status != 200 || type == null
                || !type.getValue().startsWith("application/x-git-upload-pack-advertisement")) {
            throw new CheckoutException(Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE,
                    "%s answers, but there is no git repository at this address (HTTP %d); use the one for git clone"
                            .formatted(host, status),
                    null);
        }
        return null;
    }

    /** Where a {@code Location} leads, judged by the same rules as any address. */
    RepositoryUrl redirected(String location, CheckoutSettings settings) {
        try {
            String target = URI.create(url.canonical() + ADVERTISEMENT).resolve(location).toString();
            if (!target.endsWith(ADVERTISEMENT)) {
                throw closed(" (it redirects to something else, which may be a login)");
            }
            return RepositoryUrl.parse(target.substring(0, target.length() - ADVERTISEMENT.length()), settings);
        } catch (InvalidRepository e) {
            throw new CheckoutException(Reason.HOST_REFUSED, "the redirect of this address is refused: "
                    + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new CheckoutException(Reason.UNREACHABLE, url.uri().getHost() + " redirects to a broken address", e);
        }
    }

    /** The host hands out nothing here, to us; it does not tell whether there is anything. */
    CheckoutException closed(String evidence) {
        return new CheckoutException(Reason.REPOSITORY_NOT_FOUND_OR_PRIVATE, url.uri().getHost() + (credential == null
                ? " has no public repository at this address, or it is private%s; for private ones the operator can set %s"
                        .formatted(evidence, Tokens.setting(url))
                : " refused the token that is configured for it, or the token has no access to this repository,"
                        + " or there is none at this address" + evidence),
                null);
    }

    private CloseableHttpClient client() {
        DnsResolver pinned = new DnsResolver() {
            @Override
            public InetAddress[] resolve(String host) {
                return addresses.toArray(InetAddress[]::new);
            }

            @Override
            public String resolveCanonicalHostname(String host) {
                return host;
            }
        };
        return HttpClientBuilder.create().disableAutomaticRetries().disableRedirectHandling()
                .disableContentCompression().disableCookieManagement().disableAuthCaching()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create().setDnsResolver(pinned)
                        .setDefaultConnectionConfig(ConnectionConfig.custom().setConnectTimeout(TIMEOUT)
                                .setSocketTimeout(TIMEOUT).build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom().setResponseTimeout(TIMEOUT)
                        .setProtocolUpgradeEnabled(false).build())
                .build();
    }
}
