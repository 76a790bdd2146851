package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.unit.DataSize;

class TokensTest {

    private static final String TOKEN = "canary-4f1d8a";

    @ParameterizedTest
    @CsvSource({"github.com, abc, x-access-token:abc", "gitlab.com, abc, oauth2:abc", "codeberg.org, abc, oauth2:abc",
            "bitbucket.org, ATCTTabc, x-token-auth:ATCTTabc",
            "bitbucket.org, ATATTabc, x-bitbucket-api-token-auth:ATATTabc", "git.acme.com, glpat-abc, oauth2:glpat-abc",
            "git.acme.com, ghs_abc, x-access-token:ghs_abc",
            "git.acme.com, github_pat_abc, x-access-token:github_pat_abc",
            "github.com, me:abc, me:abc", "git.acme.com, :abc, :abc",
            "git.acme.com, abc:x-oauth-basic, abc:x-oauth-basic",
            "git.acme.com, a:b:c, a:b:c"})
    void aTokenAloneGetsTheUserThatItsHostExpects(String host, String text, String expected) {
        Credential credential = Objects
                .requireNonNull(credential(settings(Map.of(host, text), null, false), "https://" + host + "/a/b"));
        assertThat(credential.user() + ":" + credential.token()).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"GitHub.COM, https://github.com/a/b", "github.com:443, https://github.com/a/b",
            "https://github.com, https://github.com/a/b", "github.com., https://github.com/a/b",
            "bücher.de, https://xn--bcher-kva.de/a", "git.intranet:3000, https://git.intranet:3000/a",
            "http://git.intranet:80, http://git.intranet/a", "[::1]:3000, https://[0:0:0:0:0:0:0:1]:3000/a"})
    void aHostIsFoundHoweverItIsWritten(String key, String url) {
        assertThat(credential(settings(Map.of(key, TOKEN), null, true), url)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({"github.com, http://github.com/a/b", "http://github.com, https://github.com/a/b",
            "github.com, https://github.com:8443/a/b", "github.com, https://api.github.com/a/b",
            "github.com, https://github.com.evil.org/a/b", "github.com, https://evilgithub.com/a/b"})
    void anotherSchemePortOrNameIsAnotherHost(String key, String url) {
        assertThat(credential(settings(Map.of(key, TOKEN), null, true), url)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"github.com/owner", "git hub.com", "user@github.com", "localhost", "10.0.0.1",
            "http://github.com", "github.com:8443", "ssh://github.com", "https://", "github.com?x", "-"})
    void aKeyThatIsNoHostStopsTheStart(String key) {
        assertRefused(settings(Map.of(key, TOKEN), null, false), "deeprepo.checkout.tokens[" + key + "]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "user:", "user: ", TOKEN + " " + TOKEN, TOKEN + "\n" + TOKEN})
    void aTokenThatIsNoneStopsTheStart(String text) {
        assertRefused(settings(Map.of("github.com", text), null, false), "deeprepo.checkout.tokens[github.com]");
    }

    @Test
    void oneHostHasOneToken(@TempDir Path directory) throws IOException {
        assertRefused(settings(Map.of("github.com", TOKEN, "GITHUB.com", "other"), null, false), "same host");
        assertRefused(settings(Map.of("github.com", TOKEN), file(directory, "github.com other", "rw-------"), false),
                "same host");
    }

    @Test
    void readsAFileOfTokens(@TempDir Path directory) throws IOException {
        CheckoutSettings settings = settings(Map.of("gitlab.com", "b"), file(directory, """
                # ours
                github.com  a

                  git.acme.com\tme:c \s
                """, "rw-------"), false);
        assertThat(credential(settings, "https://github.com/x")).isEqualTo(new Credential("x-access-token", "a"));
        assertThat(credential(settings, "https://gitlab.com/x")).isEqualTo(new Credential("oauth2", "b"));
        assertThat(credential(settings, "https://git.acme.com/x")).isEqualTo(new Credential("me", "c"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwxrwxrwx"})
    void aFileThatOthersCanReadOrChangeStopsTheStart(String permissions, @TempDir Path directory) throws IOException {
        assertRefused(settings(Map.of(), file(directory, "github.com " + TOKEN, permissions), false), "chmod 600");
    }

    /** Whoever mixes up the columns finds out without seeing the token in a log. */
    @ParameterizedTest
    @ValueSource(strings = {TOKEN, TOKEN + " github.com", "github.com " + TOKEN + " " + TOKEN,
            "github.com " + TOKEN + ":"})
    void aLineThatIsWrongIsNamedByItsNumber(String line, @TempDir Path directory) throws IOException {
        assertRefused(settings(Map.of(), file(directory, "# ours\n" + line, "r--------"), false), "line 2");
    }

    @Test
    void aFileThatIsMissingOrNoTextStopsTheStart(@TempDir Path directory) throws IOException {
        assertRefused(settings(Map.of(), directory.resolve("none"), false), "cannot be read");
        Path binary = file(directory, "", "rw-------");
        Files.write(binary, new byte[]{(byte) 0xFF, (byte) 0xFE, 0});
        assertRefused(settings(Map.of(), binary, false), "cannot be read");
    }

    @Test
    void nothingPrintsTheToken() {
        CheckoutSettings settings = settings(Map.of("github.com", TOKEN), null, false);
        Credential credential = credential(settings, "https://github.com/x");
        assertThat(settings.toString()).contains("github.com").doesNotContain(TOKEN);
        assertThat(String.valueOf(credential)).doesNotContain(TOKEN);
        assertThat(String.valueOf(new Remote(new RepositoryUrl("https://github.com/x"), List.of(), credential)))
                .doesNotContain(TOKEN);
    }

    @Test
    void takesItselfOutOfAText() {
        Credential credential = new Credential("oauth2", "a+b/c");
        assertThat(credential.redact("x " + credential.header() + " a+b/c a%2Bb%2Fc oauth2"))
                .isEqualTo("x Basic [token] [token] [token] oauth2");
        assertThat(new Credential("0123456789abcdef0123", "x-oauth-basic").redact("0123456789abcdef0123"))
                .isEqualTo("[token]");
    }

    /** What a YAML file, a properties file and the environment make of a host's name. */
    @Test
    void bindsFromFilesAndTheEnvironment() throws IOException {
        Map<String, String> expected = Map.of("git.acme.com", TOKEN);
        assertThat(bound(yaml("deeprepo.checkout.tokens:\n  git.acme.com: " + TOKEN)).tokens()).isEqualTo(expected);
        assertThat(bound(yaml("deeprepo.checkout.tokens:\n  '[http://git-1.intranet:3000]': " + TOKEN)).tokens())
                .isEqualTo(Map.of("http://git-1.intranet:3000", TOKEN));
        assertThat(
                bound(new MapPropertySource("map", Map.of("deeprepo.checkout.tokens[git.acme.com]", TOKEN))).tokens())
                .isEqualTo(expected);
        assertThat(bound(variable("DEEPREPO_CHECKOUT_TOKENS_GIT_ACME_COM", TOKEN)).tokens()).isEqualTo(expected);
        CheckoutSettings settings = bound(variable("DEEPREPO_CHECKOUT_TOKENS_FILE", "/run/secrets/tokens"));
        assertThat(settings.tokensFile()).isEqualTo(Path.of("/run/secrets/tokens"));
        assertThat(settings.tokens()).isEmpty();
        assertThat(bound(variable("DEEPREPO_CHECKOUT_TOKENS_FILE", "")).tokensFile()).isNull();
    }

    private static PropertySource<?> yaml(String text) throws IOException {
        return new YamlPropertySourceLoader().load("yaml", new ByteArrayResource(text.getBytes(StandardCharsets.UTF_8)))
                .getFirst();
    }

    private static PropertySource<?> variable(String name, String value) {
        return new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                Map.of(name, value));
    }

    private static CheckoutSettings bound(PropertySource<?> source) {
        return new Binder(Objects.requireNonNull(ConfigurationPropertySource.from(source))).bindOrCreate(
                "deeprepo.checkout",
                Bindable.of(CheckoutSettings.class));
    }

    private static Path file(Path directory, String text, String permissions) throws IOException {
        Path file = Files.writeString(directory.resolve("tokens"), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    private static CheckoutSettings settings(Map<String, String> tokens, @Nullable Path file, boolean intranet) {
        return new CheckoutSettings(1, DataSize.ofMegabytes(1), DataSize.ofMegabytes(1), DataSize.ofMegabytes(1),
                DataSize.ofMegabytes(1),
                Duration.ofMinutes(1), intranet ? Set.of("https", "http") : Set.of("https"), intranet, List.of(), null,
                tokens, file, LocalCheckout.KEPT, true, null);
    }

    private static @Nullable Credential credential(CheckoutSettings settings, String url) {
        return new Tokens(settings).of(new RepositoryUrl(url));
    }

    private static void assertRefused(CheckoutSettings settings, String part) {
        assertThatExceptionOfType(BadToken.class).isThrownBy(() -> new Tokens(settings))
                .satisfies(e -> assertThat(e.getMessage()).contains(part).doesNotContain(TOKEN));
    }
}
