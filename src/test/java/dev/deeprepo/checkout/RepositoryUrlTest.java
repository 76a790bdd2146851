package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.util.unit.DataSize;

class RepositoryUrlTest {

    private static final CheckoutSettings PUBLIC = new CheckoutSettings(1, DataSize.ofMegabytes(1),
            DataSize.ofMegabytes(1), DataSize.ofMegabytes(1), DataSize.ofMegabytes(1), Duration.ofMinutes(1),
            Set.of("https"), false, List.of(), null,
            Map.of(), null, LocalCheckout.KEPT, true, null);

    @ParameterizedTest
    @CsvSource({"https://github.com/owner/name, https://github.com/owner/name, name",
            "https://github.com/owner/name.git, https://github.com/owner/name.git, name",
            "https://github.com/owner/name/, https://github.com/owner/name, name",
            "HTTPS://GitHub.COM/Owner/Name, https://github.com/Owner/Name, Name",
            "https://github.com:443/owner/name, https://github.com/owner/name, name",
            "https://github.com./owner/name, https://github.com/owner/name, name",
            "https://gitlab.com/group/sub/group/name.git, https://gitlab.com/group/sub/group/name.git, name",
            "https://git.sr.ht/~user/name, https://git.sr.ht/~user/name, name",
            "https://dev.azure.com/org/My%20Project/_git/name, https://dev.azure.com/org/My%20Project/_git/name, name",
            "https://bücher.example-books.de/a/b, https://xn--bcher-kva.example-books.de/a/b, b",
            "https://xn--bcher-kva.de/a/b, https://xn--bcher-kva.de/a/b, b",
            "https://münchen.de/repo, https://xn--mnchen-3ya.de/repo, repo",
            "https://例え.jp/repo, https://xn--r8jz45g.jp/repo, repo",
            "https://BÜCHER.de/a/b, https://xn--bcher-kva.de/a/b, b",
            "https://москва.рф/a/b, https://xn--80adxhks.xn--p1ai/a/b, b",
            "https://xn--80adxhks.xn--p1ai/a/b, https://xn--80adxhks.xn--p1ai/a/b, b",
            "https://ドメイン.jp/a/b, https://xn--eckwd4c7c.jp/a/b, b",
            "https://git.kernel.org/pub/scm/git/git.git, https://git.kernel.org/pub/scm/git/git.git, git",
            "https://github.com/a/b.c_d-e, https://github.com/a/b.c_d-e, b.c_d-e",
            "https://github.com/a/%62, https://github.com/a/b, b",
            "https://github.com/a/caf%C3%A9, https://github.com/a/caf%C3%A9, café",
            "https://github.com/a/b+c, https://github.com/a/b+c, b+c",
            "https://140.82.121.3/owner/name, https://140.82.121.3/owner/name, name",
            "https://[2606:50c0:8000::153]/a/b, https://[2606:50c0:8000:0:0:0:0:153]/a/b, b",
            "https://[::ffff:140.82.121.3]/a/b, https://140.82.121.3/a/b, b",
            "https://example-code.com/a, https://example-code.com/a, a",
            "https://a.b.c.d.e.org/x, https://a.b.c.d.e.org/x, x",
            "https://1password.com/a/b, https://1password.com/a/b, b",
            "https://codeberg.org/a/..b, https://codeberg.org/a/..b, ..b",
            "https://github.com/a/.github, https://github.com/a/.github, .github",
            "https://test.com/a, https://test.com/a, a", "https://local.dev/a, https://local.dev/a, a"})
    void acceptsAndSerialisesAnew(String text, String canonical, String name) {
        RepositoryUrl url = RepositoryUrl.parse(text, PUBLIC);
        assertThat(url.canonical()).isEqualTo(canonical);
        assertThat(url.name()).isEqualTo(name);
        assertThat(RepositoryUrl.parse(canonical, PUBLIC)).isEqualTo(url);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "github.com/a/b", "//github.com/a/b", "/etc/passwd", "../repo", ".", "-",
            "--upload-pack=x",
            "file:///etc/passwd", "file://localhost/x", "ssh://git@github.com/a/b", "git://github.com/a/b",
            "git@github.com:a/b.git", "ext::sh -c id", "fd::17", "http://github.com/a/b", "ftp://github.com/a/b",
            "javascript://github.com/a", "data:text/plain,x", "https:/github.com/a/b", "https:github.com/a/b",
            "https://", "https:///a/b", "https://github.com", "https://github.com/", "https://github.com//",
            "https://github.com//a/b", "https://github.com/a//b", "https://github.com/a/b//", "https://github.com/./a",
            "https://github.com/a/../b", "https://github.com/..", "https://github.com/%2e%2e/a",
            "https://github.com/a/%2E", "https://github.com/a%2fb/c", "https://github.com/a%5cb/c",
            "https://github.com/a%00b/c", "https://github.com/a%0ab/c", "https://github.com/a%0d%0ab/c",
            "https://github.com/a%3fb/c", "https://github.com/a%23b/c", "https://github.com/a%252e/c",
            "https://github.com/a%/c", "https://github.com/a%2/c", "https://github.com/a%zz/c",
            "https://github.com/a%ff/c", "https://github.com/a%c0%ae/c", "https://github.com/-a/b",
            "https://github.com/a/-b", "https://github.com/a/%2db", "https://github.com/a/b?x=1",
            "https://github.com/a/b?", "https://github.com/a/b#x", "https://github.com/a/b#", "https://github.com?/a/b",
            "https://user@github.com/a/b", "https://user:secret@github.com/a/b", "https://:secret@github.com/a/b",
            "https://@github.com/a/b", "https://github.com@127.0.0.1/a/b", "https://github.com%40evil.com/a/b",
            "https://github.com\\@evil.com/a", "https://github.com\\a\\b", "https://github.com/a b",
            " https://github.com/a/b", "https://github.com/a/b ", "https://github.com/a/b\n", "https://github.com/a\tb",
            "https://github.com/a\u0000b", "https://github.com/a\u007fb", "https://github.com/a\u0085b",
            "https://github.com/ä/b", "https://github.com/a\u202eb/c", "https://git\u202ehub.com/a/b",
            "https://git\ud800hub.com/a", "https://github.com:/a/b", "https://github.com:0/a/b",
            "https://github.com:22/a/b", "https://github.com:8443/a/b", "https://github.com:0443/a/b",
            "https://github.com:65536/a/b", "https://github.com:99999999999/a/b", "https://github.com:-1/a/b",
            "https://github.com:443:443/a/b", "https://github.com:４４３/a/b", "https://localhost/a/b",
            "https://LOCALHOST/a/b", "https://localhost./a/b", "https://foo.localhost/a/b", "https://intranet/a/b",
            "https://a/b/c", "https://git.local/a/b", "https://git.internal/a/b", "https://metadata.google.internal/a",
            "https://router.lan/a", "https://nas.home/a", "https://nas.home.arpa/a", "https://x.corp/a",
            "https://x.test/a", "https://x.invalid/a", "https://x.example/a", "https://example.com/a",
            "https://git.example.org/a", "https://x.onion/a", "https://1.0.0.127.in-addr.arpa/a", "https://x.alt/a",
            "https://127.0.0.1/a", "https://127.0.0.1./a", "https://127.1/a", "https://127.0.1/a",
            "https://2130706433/a",
            "https://0x7f000001/a", "https://0x7f.0.0.1/a", "https://0x7f.1/a", "https://017700000001/a",
            "https://0177.0.0.1/a", "https://0/a", "https://0x/a", "https://0.0.0.0/a", "https://010.8.8.8/a",
            "https://8.8.8.8.8/a", "https://8.8.8/a", "https://8.8.8.256/a", "https://foo.1/a", "https://foo.0x1/a",
            "https://10.0.0.1/a", "https://172.16.0.1/a", "https://172.31.255.255/a", "https://192.168.1.1/a",
            "https://169.254.169.254/a", "https://100.64.0.1/a", "https://198.18.0.1/a", "https://192.0.2.1/a",
            "https://203.0.113.9/a", "https://224.0.0.1/a", "https://255.255.255.255/a", "https://240.0.0.1/a",
            "https://①②⑦.⓪.⓪.①/a", "https://１２７.0.0.1/a", "https://127。0。0。1/a", "https://ｌｏｃａｌｈｏｓｔ/a",
            "https://[::1]/a", "https://[::]/a", "https://[::ffff:127.0.0.1]/a", "https://[::ffff:7f00:1]/a",
            "https://[::127.0.0.1]/a", "https://[64:ff9b::7f00:1]/a", "https://[64:ff9b:1::1]/a",
            "https://[2002:7f00:1::]/a", "https://[2001::1]/a", "https://[2001:db8::1]/a", "https://[3fff::1]/a",
            "https://[fe80::1]/a", "https://[fe80::1%25eth0]/a", "https://[fe80::1%eth0]/a", "https://[fc00::1]/a",
            "https://[fd12::1]/a", "https://[ff02::1]/a", "https://[fec0::1]/a", "https://[2600::5efe:7f00:1]/a",
            "https://[::1/a", "https://::1/a", "https://[]/a", "https://[v1.x]/a", "https://[127.0.0.1]/a",
            "https://[::1]x/a", "https://git..com/a", "https://.github.com/a", "https://github.com../a",
            "https://-git.com/a", "https://git-.com/a", "https://gi_t.com/a", "https://git%68ub.com/a",
            "https://例え。jp/repo", "https://ＧｉｔＨｕｂ.com/a/b", "https://gіthub.com/a/b", "https://gitһub.com/a/b",
            "https://аррӏе.com/a/b", "https://xn--80ak6aa92e.com/a/b", "https://xn--gthub-n2e.com/a/b",
            "https://ɡithub.com/a/b",
            "https://gıthub.com/a/b", "https://gitlab․com/a/b", "https://github。com/a/b", "https://ⓖithub.com/a/b",
            "https://ﬁle.dev/a/b",
            "https://github.com/a/%E2%80%AEb", "https://github.com/a/%E2%80%8Bb", "https://github.com/a/%C2%85",
            "https://github.com/%E2%81%A6x/b",
            "https://github.com/a/%EF%BF%BF", "https://github.com/a/%EE%80%80", "https://168.63.129.16/a",
            "https://192.0.0.192/a",
            "https://100.100.100.200/a", "https://[fd00:ec2::254]/a", "https://[2620:4f:8000::1]/a",
            "https://[::ffff:0:7f00:1]/a",
            "https://[0:0:0:0:0:ffff:a00:1]/a", "https://[64:ff9b::a00:1]/a", "https://[2001:20::1]/a",
            "https://[2001:2::1]/a",
            "https://[5f00::1]/a", "https://[100::1]/a", "https://x.home.arpa/a", "https://resolver.arpa/a",
            "https://ipv4only.arpa/a",
            "ext::ssh -oProxyCommand=x github.com/a", "ssh://-oProxyCommand=x/a", "https://-oProxyCommand=x/a",
            "file:/etc", "FILE:///etc",
            "git+ssh://github.com/a", "https+git://github.com/a", "http+unix:///x", "persistent-https://github.com/a",
            "https::https://github.com/a",
            "transport::https://github.com/a/b", "rsync://github.com/a", "gopher://github.com/a", "ldap://github.com/a",
            "blob:https://github.com/a",
            "https://github.com;@evil.dev/a", "https://github.com,evil.dev/a", "https://github.com|evil.dev/a",
            "https://github.com!/a",
            "https://git hub.com/a", "https://github.com\u2028/a", "https://github.com/a\u200b/b",
            "https://github.com/a\ufeff/b", "\ufeffhttps://github.com/a/b",
            "https://xn--a/a", "https://xn--/a.com", "https://git\u00adhub/a", "https://git\u200dhub.com/a",
            "https://github.com/.git", "https://github.com/a/.git", "https://github.com/a/b\"c",
            "https://github.com/a/b|c", "https://github.com/a/b`id`", "https://github.com/a/$(id)",
            "https://github.com/a/b;c", "https://github.com/a/<b>", "https://github.com/a/'b'"})
    void refusesWhatIsNoPlainPublicAddress(String text) {
        assertThatExceptionOfType(InvalidRepository.class).isThrownBy(() -> RepositoryUrl.parse(text, PUBLIC))
                .satisfies(e -> {
                    assertThat(e.field()).isEqualTo("repository");
                    assertThat(e.getMessage()).startsWith("repository ").doesNotContain("secret");
                });
    }

    @Test
    void refusesLongAddressesNamesAndLabels() {
        for (String text : new String[]{"https://github.com/" + "a".repeat(1100),
                "https://" + "a".repeat(64) + ".com/x",
                "https://" + "a.".repeat(130) + "com/x", "https://github.com/" + "a".repeat(256)}) {
            assertThatExceptionOfType(InvalidRepository.class).isThrownBy(() -> RepositoryUrl.parse(text, PUBLIC));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://127.0.0.1:8080/a", "https://gitea:3000/a/b", "http://localhost/a",
            "http://[::1]:8080/a", "http://git.local/a"})
    void acceptsIntranetsWhenAllowed(String text) {
        assertThat(RepositoryUrl.parse(text, LocalCheckout.SETTINGS).name()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///x", "http://user:pw@localhost/a", "http://127.1/a", "ssh://localhost/a",
            "http://localhost/../a", "http://localhost:0/a"})
    void staysStrictOnAnIntranet(String text) {
        assertThatExceptionOfType(InvalidRepository.class)
                .isThrownBy(() -> RepositoryUrl.parse(text, LocalCheckout.SETTINGS));
    }
}
