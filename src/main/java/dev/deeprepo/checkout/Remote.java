package dev.deeprepo.checkout;

import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.egress.EgressRules;
import dev.deeprepo.egress.ForbiddenAddress;
import dev.deeprepo.egress.Guard;
import dev.deeprepo.egress.Origin;
import dev.deeprepo.egress.PinnedClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
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
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    /** Asks the host for the repository, following redirects. */
    static Remote locate(RepositoryUrl url, Guard guard, Tokens tokens, Watch watch) {
        RepositoryUrl at = url;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            RepositoryUrl here = at;
            CompletableFuture<@Nullable Object> hopped = new CompletableFuture<>();
            Executor executor = Thread::startVirtualThread;
            CompletableFuture<Hop> asked = CompletableFuture.supplyAsync(() -> {
                List<InetAddress> addresses = resolve(here, guard);
                Remote remote = new Remote(here, addresses, tokens.of(here));
                return new Hop(remote, remote.ask(guard.rules(), hopped));
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
        Origin origin = url.origin();
        return origin.isLiteral()
                ? null
                : origin.host() + ":" + origin.port() + ":" + addresses.stream().map(InetAddress::getHostAddress)
                        .map(address -> address.indexOf(':') < 0 ? address : "[" + address + "]")
                        .collect(Collectors.joining(","));
    }

    private static List<InetAddress> resolve(RepositoryUrl url, Guard guard) {
        try {
            return guard.resolve(url.origin());
        } catch (ForbiddenAddress e) {
            throw new CheckoutException(Reason.HOST_REFUSED, "repository " + e.getMessage(), e);
        } catch (UnknownHostException e) {
            throw new CheckoutException(Reason.UNREACHABLE,
                    "the host " + url.origin().host() + " was not found; check the spelling", e);
        }
    }

    /** One request to the pinned addresses; where it points on to, or null when the repository is here. */
    private @Nullable RepositoryUrl ask(EgressRules rules, CompletableFuture<?> givenUp) {
        HttpGet request = new HttpGet(URI.create(url.canonical() + ADVERTISEMENT));
        request.setHeader("User-Agent", "git/2 (deeprepo)");
        request.setHeader("Git-Protocol", "version=2");
        if (credential != null) {
            request.setHeader("Authorization", credential.header());
        }
        var unused = givenUp.thenRun(request::abort);
        try (CloseableHttpClient client = PinnedClient.open(addresses, TIMEOUT)) {
            // Not closed by draining: an old server's advertisement can be megabytes.
            ClassicHttpResponse response = client.executeOpen(null, request, null);
            try {
                return judge(response, rules);
            } finally {
                request.abort();
            }
        } catch (IOException e) {
            throw new CheckoutException(Reason.UNREACHABLE, "the host " + url.uri().getHost()
                    + " did not answer; check the address, or try again later", e);
        }
    }

    private @Nullable RepositoryUrl judge(ClassicHttpResponse response, EgressRules rules) {
        int status = response.getCode();
        String host = url.uri().getHost();
        Header location = response.getFirstHeader("Location");
        if (Stream.of(301, 302, 303, 307, 308).anyMatch(code -> code == status) && location != null) {
            return redirected(location.getValue(), rules);
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
    RepositoryUrl redirected(String location, EgressRules rules) {
        try {
            String target = URI.create(url.canonical() + ADVERTISEMENT).resolve(location).toString();
            if (!target.endsWith(ADVERTISEMENT)) {
                throw closed(" (it redirects to something else, which may be a login)");
            }
            return RepositoryUrl.parse(target.substring(0, target.length() - ADVERTISEMENT.length()), rules);
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
}
