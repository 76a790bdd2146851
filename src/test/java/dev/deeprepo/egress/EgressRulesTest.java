package dev.deeprepo.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EgressRulesTest {

    private static final EgressRules LISTED = EgressRules.of(Set.of("https"),
            List.of("GitHub.com", "*.example-git.net", "git.deeprepo.dev:8443", "[2606:50c0:8000::153]:8080"), false);

    @ParameterizedTest
    @ValueSource(strings = {"github.com", "GITHUB.com", "github.com.", "github.com:443", "a.example-git.net",
            "a.b.example-git.net", "git.deeprepo.dev", "git.deeprepo.dev:8443", "[2606:50c0:8000:0::153]:8080"})
    void admitsWhatIsListed(String authority) {
        assertThat(Origin.parse("https", authority, LISTED).scheme()).isEqualTo("https");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gitlab.com", "www.github.com", "github.com.evil.dev", "evilgithub.com", "example-git.net",
            "evilexample-git.net", "github.com:8443", "git.deeprepo.dev:8444", "a.example-git.net:8443",
            "140.82.121.3"})
    void refusesWhatIsNot(String authority) {
        assertThatExceptionOfType(ForbiddenAddress.class)
                .isThrownBy(() -> Origin.parse("https", authority, LISTED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "*", "*.", "https://github.com", "github.com/a", "git*.dev", "a.*.dev", "github.com:0",
            "u@github.com", "127.1", "github.com:"})
    void aListThatCannotBeMeantStopsTheStart(String host) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> EgressRules.of(Set.of("https"), List.of(host), false))
                .withMessageStartingWith("allowed-hosts must list hosts");
    }

    @Test
    void everyAnswerOfAResolverIsJudged() throws UnknownHostException {
        EgressRules open = EgressRules.of(Set.of("https"), List.of(), false);
        Origin origin = Origin.parse("https", "git.deeprepo.dev", open);
        InetAddress there = InetAddress.ofLiteral("140.82.121.3");
        for (String inside : List.of("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
                "198.18.0.1", "192.0.2.1", "168.63.129.16", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
                "fd00:ec2::254", "ff02::1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::", "2001::1", "2001:db8::1",
                "::ffff:10.0.0.1", "::10.0.0.1", "2600::5efe:a00:1", "5f00::1", "100::1")) {
            Guard guard = new Guard(open, _ -> new InetAddress[]{there, InetAddress.ofLiteral(inside)},
                    Addresses::isPublic);
            assertThatExceptionOfType(ForbiddenAddress.class).as(inside).isThrownBy(() -> guard.resolve(origin));
        }
        for (String outside : List.of("8.8.8.8", "2606:50c0:8000::153", "64:ff9b::808:808")) {
            Guard guard = new Guard(open, _ -> new InetAddress[]{there, InetAddress.ofLiteral(outside)},
                    Addresses::isPublic);
            assertThat(guard.resolve(origin)).hasSize(2);
        }
        assertThatExceptionOfType(UnknownHostException.class)
                .isThrownBy(() -> new Guard(open, _ -> new InetAddress[0], Addresses::isPublic).resolve(origin));
    }
}
