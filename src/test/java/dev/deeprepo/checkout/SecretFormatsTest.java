package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * The rules for secrets against what others made: the examples of SonarSource's sonar-text-plugin, the formats that issuers
 * document, and code in which nothing is secret.
 */
class SecretFormatsTest {

    private static final Path EXAMPLES = Path.of("target/examples-of-secrets/org/sonar/plugins/secrets/configuration");
    private static final Pattern HEADER = Pattern.compile("^(?:-----BEGIN|PuTTY-User-Key-File)");
    private static final Pattern KEY_LINE = Pattern.compile("[A-Za-z0-9+/]{40,}");
    private static final List<String> MISSED = List.of(
            "postgresql.yaml postgres-url-password-from-env-with-default#2"); // the password "postgres": a stand-in

    /** One example of a rule, in a text that is no document unless it is named like one. */
    private record Example(String name, String file, String text, boolean secret, String match) {

        static Stream<Example> of(Path yaml) {
            List<Example> examples = new ArrayList<>();
            for (JsonNode rule : YAMLMapper.shared().readTree(yaml).path("provider").path("rules")) {
                int number = 0;
                for (JsonNode one : rule.path("examples")) {
                    examples.add(new Example("%s %s#%d".formatted(yaml.getFileName(), rule.path("id").asString(),
                            ++number), one.path("fileName").asString("example.txt").strip(),
                            one.path("text").asString(),
                            one.path("containsSecret").asBoolean(), one.path("match").asString("")));
                }
            }
            return examples.stream();
        }

        String redacted() {
            return redact(file, text);
        }

        /** Gone wherever it stands; a short one, which may be a name as well, in one place at least. */
        boolean isWithheld() {
            String redacted = redacted();
            return secrets().allMatch(secret -> secret.length() < 12
                    ? count(redacted, secret) < count(text, secret)
                    : !redacted.contains(secret)) && !redacted.equals(text);
        }

        /** The match line by line; of a key, which it tells by its header, the lines that follow. */
        private Stream<String> secrets() {
            return HEADER.matcher(match).find()
                    ? KEY_LINE.matcher(text.substring(Math.max(text.indexOf("PRIVATE KEY-----"),
                            text.indexOf("Private-Lines:")))).results().map(line -> line.group())
                    : match.lines().map(line -> line.replaceAll("^\\W*\"|\"\\W*$|\\s", ""));
        }

        private static int count(String text, String part) {
            return text.split(Pattern.quote(part), -1).length;
        }
    }

    @Test
    void examplesOfAnotherScannerAreWithheld() throws IOException {
        assertThat(EXAMPLES).as("./mvnw dependency:unpack@examples-of-secrets puts them there").isDirectory();
        List<Example> all;
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            all = files.sorted().flatMap(Example::of).toList();
        }
        List<Example> secret = all.stream().filter(Example::secret).toList();
        List<Example> other = all.stream().filter(example -> !example.secret).toList();
        List<Example> documents = other.stream().filter(example -> example.file.startsWith("Doc.")).toList();

        List<String> missed = secret.stream().filter(example -> !example.isWithheld()).map(Example::name).toList();
        List<String> touched = other.stream().filter(example -> !example.redacted().equals(example.text))
                .filter(example -> !documents.contains(example)).map(Example::name).toList();

        System.out.printf("examples with a secret: %d, withheld: %d; without one: %d, touched: %d; documents: %d%n",
                secret.size(), secret.size() - missed.size(), other.size() - documents.size(), touched.size(),
                documents.size());
        assertThat(secret).hasSize(348);
        assertThat(missed).isEqualTo(MISSED);
        assertThat(touched).isEqualTo(touchedAllTheSame());
    }

    private static List<String> touchedAllTheSame() {
        return read(Path.of("src/test/resources/checkout/touched-examples.txt")).lines()
                .filter(line -> !line.startsWith("#")).toList();
    }

    /** {a8}: letters and digits, {h8}: hexadecimal, {u}: a UUID. */
    static final List<String> FORMATS = """
            A3-{A6}-{A6}-{A5}-{A5}-{A5}-{A5}
            p8e-{a32}
            AKCp{a69}
            sc_{a12}.{a5}.acc-{a16}.{a40}
            bkua_{h40}
            CCIPAT_{a45}
            4b1d{a38}
            CLOJARS_{z60}
            v1.0-{h24}-{h146}
            CFPAT-{a43}
            cio{a32}
            dnkey-{a26}-{a52}
            dp.pt.{a43}
            dp.st.prd.{a43}
            duffel_live_{a43}
            dt0c01.{A24}.{A64}
            EZAK{a54}
            EAAC{a120}
            fio-u-{a64}
            FLWSECK_TEST-{h32}-X
            fo1_{a43}
            fm2_{a120}
            glsa_{a32}_{h8}
            glc_{a60}
            eyJrIjoi{a80}
            pat.{a22}.{a24}.{a20}
            HRKU-AA{a58}
            hvs.{a95}
            hvb.{a140}
            {a14}.atlasv1.{a67}
            ico-{a32}
            s-s4t2ud-{h64}
            api_org_{a34}
            jina_{a60}
            lin_api_{a40}
            live_{h35}
            lsv2_pt_{h32}_{h10}
            {a6}_{a29}_mmk
            napi_{z64}
            NRAK-{A27}
            NRII-{a32}
            nvapi-{a64}
            API-{A26}
            sha256~{a43}
            pcsk_{a70}
            access-sandbox-{u}
            pnu_{a36}
            pplx-{a48}
            pscale_oauth_{a43}
            r8_{a37}
            rdme_{z70}
            rpa_{a43}
            sb_secret_{a31}
            tk-us-{a48}
            xkeysib-{h64}-{a16}
            sntryu_{h64}
            sm_pat_{a16}
            sgp_{h16}_{h40}
            sk_prod_{a24}
            sl.{a140}
            sq0csp-{a43}
            tfp_{a59}
            tvly-{a32}
            y0_{a55}
            oy2{z43}
            {a3}8Q~{a31}
            glrtr-{a20}
            waka_{u}
            xai-{a80}
            """.lines().toList();

    @ParameterizedTest
    @FieldSource("FORMATS")
    void documentedFormatsAreWithheldWithoutAName(String format) {
        String token = filled(format);

        assertThat(redact("a.py", "x = f('" + token + "')\n")).contains("[REDACTED:").doesNotContain(
                token.substring(token.length() / 2));
    }

    private static String filled(String format) {
        return Pattern.compile("\\{(\\w)(\\d*)}").matcher(format).replaceAll(part -> {
            String letters = switch (part.group(1)) {
                case "h" -> "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
                case "A" -> "Q7HB2KX9WM4ZR6TD3NPF8VJC5YGL7SQ2";
                case "z" -> "q7hb2kx9wm4zr6td3npf8vjc5ygl7sq2";
                default -> "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6uX9bG2kP5tV8wY1dJ4fM7qS0aC3e";
            };
            return part.group(1).equals("u")
                    ? "9f86d081-884c-7d65-9a2f-eaa0c55ad015"
                    : letters.repeat(3).substring(0, Integer.parseInt(part.group(2)));
        });
    }

    /** Of all that Python comes with but its tests, one line looks like a password to the rules: a sample of one in a comment. */
    @Test
    void codeWithoutSecretsStays() throws Exception {
        Process python = new ProcessBuilder("python3", "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))")
                .start();
        Path library = Path.of(new String(python.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip());

        List<String> finds = finds(library);

        System.out.printf("finds in %s: %s%n", library, finds);
        assertThat(finds).isEqualTo(List.of("urllib/request.py: password"));
        assertThat(finds(Path.of("src/main"))).isEmpty();
    }

    private static List<String> finds(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> Files.isRegularFile(file) && root.relativize(file).toString().matches(
                    "(?!.*\\btests?\\b|(?:site|dist)-packages|.*_test/).*\\.(?:py|txt|java|ya?ml|md|js|css|html|sql|json|properties)"))
                    .sorted().flatMap(file -> Scan.of(file.toString(), bytes(file)).secrets().stream()
                            .map(find -> root.relativize(file) + ": " + find.rule()))
                    .toList();
        }
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        return new String(bytes(file), StandardCharsets.UTF_8);
    }

    private static String redact(String path, String text) {
        return new String(Secrets.redact(path, text.getBytes(StandardCharsets.UTF_8)).utf8(), StandardCharsets.UTF_8);
    }
}
