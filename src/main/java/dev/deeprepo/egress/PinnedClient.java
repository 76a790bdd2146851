package dev.deeprepo.egress;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.util.Timeout;

/**
 * An HTTP client for one exchange with a host that may be hostile: it connects to the given addresses whatever the host is
 * called, follows nothing, repeats nothing, keeps nothing, unpacks nothing, uses no proxy and reads headers up to a limit.
 */
public final class PinnedClient {

    private static final int MAX_LINE = 16 * 1024;
    private static final int MAX_HEADERS = 200;

    private PinnedClient() {}

    /** @param timeout of connecting, and of each silence */
    public static CloseableHttpClient open(List<InetAddress> addresses, Duration timeout) {
        Timeout patience = Timeout.of(timeout);
        Http1Config bounded = Http1Config.custom().setMaxLineLength(MAX_LINE).setMaxHeaderCount(MAX_HEADERS).build();
        return HttpClientBuilder.create().disableAutomaticRetries().disableRedirectHandling()
                .disableContentCompression().disableCookieManagement().disableAuthCaching()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(pinned(addresses))
                        .setConnectionFactory(ManagedHttpClientConnectionFactory.builder().http1Config(bounded).build())
                        .setDefaultConnectionConfig(ConnectionConfig.custom().setConnectTimeout(patience)
                                .setSocketTimeout(patience).build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom().setResponseTimeout(patience)
                        .setProtocolUpgradeEnabled(false).build())
                .build();
    }

    private static DnsResolver pinned(List<InetAddress> addresses) {
        return new DnsResolver() {
            @Override
            public InetAddress[] resolve(String host) {
                return addresses.toArray(InetAddress[]::new);
            }

            @Override
            public String resolveCanonicalHostname(String host) {
                return host;
            }
        };
    }
}
