package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is withheld and what is not. */
@Isolated("measures time")
class SecretsTest {

    private static final String KEY_LINE = Planted.KEY_LINE;
    private static final String LETTERS = Planted.LETTERS;
    private static final String AWS_SECRET = Planted.AWS_SECRET;

    @ParameterizedTest
    @MethodSource("dev.deeprepo.checkout.Planted#all")
    void planted(Planted planted) {
        String text = "first\n" + planted.before() + planted.secret() + planted.after() + "\nlast\n";

        Secrets.Redacted redacted = redact(planted.path(), text);

        assertThat(text(redacted)).isEqualTo("first\n" + planted.before() + "[REDACTED:" + planted.kind() + "]"
                + planted.after() + "\nlast\n");
        assertThat(redacted.kinds()).isEqualTo(Map.of(planted.kind(), 1));
        assertThat(redact(planted.path(), text(redacted)).kinds()).as("what stands in its place").isEmpty();
    }

    @Test
    void aKeyKeepsItsLines() {
        String body = (KEY_LINE + "\n").repeat(20) + KEY_LINE.substring(30) + "=\n";
        for (String kind : List.of("RSA PRIVATE KEY", "PRIVATE KEY", "OPENSSH PRIVATE KEY", "EC PRIVATE KEY",
                "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK")) {
            String text = "a\n-----BEGIN " + kind + "-----\n" + body + "-----END " + kind + "-----\nb\n";

            Secrets.Redacted redacted = redact("docs/keys.txt", text);

            assertThat(text(redacted)).startsWith("a\n-----BEGIN " + kind + "-----\n[REDACTED:private-key]\n\n")
                    .endsWith("\n-----END " + kind + "-----\nb\n").doesNotContain(KEY_LINE.substring(0, 20));
            assertThat(text(redacted).lines().count()).isEqualTo(text.lines().count());
            assertThat(redacted.kinds()).isEqualTo(Map.of("private-key", 1));
        }
    }

    @Test
    void aKeyIsFoundHoweverItIsWritten() {
        String quoted = "KEY = (\"-----BEGIN PRIVATE KEY-----\\n\"\n  \"" + KEY_LINE + "\\n\"\n  \"" + KEY_LINE
                + "\\n\"\n  \"-----END PRIVATE KEY-----\")\nx = 1\n";
        String json = "{\"private_key\": \"-----BEGIN PRIVATE KEY-----\\n" + KEY_LINE + "\\n" + KEY_LINE
                + "\\n-----END PRIVATE KEY-----\\n\"}";
        String headed = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,0A1B2C\n\n"
                + KEY_LINE + "\n-----END RSA PRIVATE KEY-----\n";
        String cutOff = "-----BEGIN RSA PRIVATE KEY-----\r\n" + KEY_LINE + "\r\n" + KEY_LINE;

        String added = ("-----BEGIN PRIVATE KEY-----\n" + (KEY_LINE + "\n").repeat(50) + "-----END PRIVATE KEY-----\n")
                .replaceAll("(?m)^(?=.)", "+");
        String removed = added.replace('+', '-');

        String commented = "# -----BEGIN EC PRIVATE KEY-----\n# " + KEY_LINE + "\n# " + KEY_LINE + "\n";
        String large = "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v1\n\n" + (KEY_LINE + "\n").repeat(600);

        for (String text : List.of(commented, large, large + "-----END PGP PRIVATE KEY BLOCK-----\n", quoted, json,
                headed, cutOff, added, removed, " " + removed.substring(0, 3000))) {
            Secrets.Redacted redacted = redact("a.py", text);
            assertThat(text(redacted)).contains("[REDACTED:private-key]").doesNotContain(KEY_LINE.substring(0, 20));
            assertThat(text(redacted).chars().filter(c -> c == '\n').count())
                    .isEqualTo(text.chars().filter(c -> c == '\n').count());
        }
        assertThat(text(redact("a.py", quoted))).endsWith("x = 1\n");
    }

    @Test
    void aKeyInBase64IsFoundInAllItsLines() {
        String key = Base64.getMimeEncoder(76, "\n  ".getBytes(StandardCharsets.UTF_8)).encodeToString(
                ("-----BEGIN PRIVATE KEY-----\n" + (KEY_LINE + "\n").repeat(25) + "-----END PRIVATE KEY-----\n")
                        .getBytes(StandardCharsets.UTF_8));

        Secrets.Redacted redacted = redact("a.yml", "tls.key: |\n  " + key + "\ntls.crt: |\n  MIID\n");

        assertThat(text(redacted).lines().filter(line -> !line.isEmpty())).containsExactly("tls.key: |",
                "  [REDACTED:private-key]", "tls.crt: |", "  MIID");
    }

    @Test
    void theSecretBesideAnIdOfAwsIsFound() {
        String id = "AKIA" + "Q3EGRIQ4ZJ6YB7AB";
        for (String text : List.of("User name,Access key ID,Secret access key\nbob," + id + "," + AWS_SECRET,
                "new BasicAWSCredentials(\"" + id + "\", \"" + AWS_SECRET + "\")")) {
            assertThat(text(redact("a.txt", text))).isEqualTo(text.replace(id, "[REDACTED:aws-access-key]")
                    .replace(AWS_SECRET, "[REDACTED:aws-secret-key]"));
        }
    }

    static final List<String> HARMLESS = """
            String BEGIN = "-----BEGIN PRIVATE KEY-----", END = "-----END PRIVATE KEY-----";
            -----BEGIN CERTIFICATE-----
            key = "AKIAIOSFODNN7EXAMPLE"
            password = "changeme"
            password = "your-password-here"
            password = "${DB_PASSWORD}"
            password = os.environ["PASSWORD"]
            password: {{ .Values.password }}
            password = getPassword()
            password = "password12"
            self.password = request.form["password2"]
            if (password == null || password.length() < 8)
            PasswordEncoder encoder = new BCryptPasswordEncoder(12);
            "password": "The password has to have 8 characters",
            passwordFile = "/run/secrets/db2"
            passwordHash = sha256(password)
            token: string
            "password": "Passwort"
            password.label=Passwort
            "password": "密码长度6到16位"
            password = user.passwords[0]
            String passwordField = "textField2"
            void rejectsPassword1() {
            password = "user.password2"
            "nextToken": "a8ca07e4-61ec-4399-99f4-19853801bcd5"
            "keyId": "1234abcd-12ab-34cd-56ef-1234567890ab"
            PUBLIC_KEY = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaK"
            ${DB_PASSWORD:-changeme}
            connect(host=h, password=pw2, user=u)
            mysql -u root -p app
            int tokenCount = 12345678;
            token = self.tokens[i1]
            String tokenType = "bearer2token";
            {"tokenizer": "cl100k_base-v12x"}
            Mac.getInstance("HmacSHA256", secretKey, "PBKDF2WithHmacSHA512")
            secretName: my-secret-4x9z7q
            SECRET_KEY = os.getenv("SECRET_KEY")
            https://user:password@host/x
            postgres://postgres:postgres@localhost:5432/app
            certificate-authority-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUREVENDQWZXZ0F3SUJBZ0lJZ1
            proxy_auth = base64.b64encode(b"%s:%s" % (user, password_1))
            SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
            FIBER = 'FiberForceLengthPassiveInverseDeGroote2016'
            passValue('some-value-4x')
            "AWS::IAM::AccessKey": "62d91b17309e76c8"
            a library identified by 'name'.
            https://example.com:8080/path@2x.png
            git@github.com:owner/name.git
            sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
            integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8KuxFy9rxQ7dF8Zz1"
            ('Credentials', 'gs_oauth2_refresh_token')
            _CREDENTIALS_KEY = 'google_oauth2_credentials'
            'secret': 'V1SecretVolumeSource',
            secret: projects/123/secrets/my-secret/versions/1
            with_quota_project("new-project-456")
            ('http','joe','password','proxy.example.com:3128')
            {"key":"9f86d081-884c-7d65-9a2f-eaa0c55ad015"}
            {"Key":"Sales_Report_2024_Q1_Summary_Europe_East"}
            token: 'gpt2-medium-355M-v1.2'
            AccessKey: Ctrl+Shift+F1
            risk-averse task-3f8a9c1d7b2e4f6a8c0d1e3f5a7b9c1d
            """
            .lines().toList();

    @ParameterizedTest
    @FieldSource("HARMLESS")
    void leavesAlone(String line) {
        assertThat(text(redact("a.java", line))).isEqualTo(line);
        assertThat(text(redact("a.yml", line))).isEqualTo(line);
    }

    @Test
    void withholdsWholeCharacters() {
        String text = "grüße password = \"pä55wörter-ünd-mehr9\" 😀 ghp_" + LETTERS.substring(0, 36) + "é";

        assertThat(text(redact("a.txt", text))).isEqualTo(
                "grüße password = \"[REDACTED:password]\" 😀 [REDACTED:github-token]é");
    }

    /** As long as the largest file that is loaded, and made for patterns that look twice at the same text. */
    @ParameterizedTest
    @ValueSource(strings = {"-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\nAAAA", "-----BEGIN ", "eyJ",
            "eyJaaaaaaaaaa.", "password", "password=", "password = \"", "password='a1b2c3d4", "://", "://a:",
            "://a:b1c2@",
            "token token=\"", "secret_", "secret=a1b2c3d4e5f6-", "curl -u ", "-u a:b1c2d3e4", "sk-", "sk-ant-aaaaa",
            "AKIA",
            "Bearer aaaaaaaaaaaaaaaaaaaaaaaa", ":AA", "0123456789abcdef-us", "Private-Lines: 1\nAAAA", "aws_secret",
            "\"auth\": \"", "\u00E9password=\u00E9", "ghp_", "login a password ", "token=", "&token=", "x-auth-token: ",
            "db_pw=", "my_key='",
            "password: |\n  ", "\"password\", \"", "-----BEGIN PRIVATE KEY-----\n-AAAA", "IQoJb3JpZ2luAAAAAAAA\" + ",
            "mysql ", "discord", "\u5BC6\u7801", "sig=", "${a_secret:-", "xapp-", "xoxb-", "xwfp-", "sk-proj-",
            "tskey-a",
            "MYSQL_PWD='", "_auth=", "\"password\":\"abcd ", "root:pw@tcp(", "variable \"a_secret\" {"})
    void hostileTextTakesNoLongerThanOther(String part) {
        byte[] text = part.repeat(500_000 / part.length()).getBytes(StandardCharsets.UTF_8);

        ThreadMXBean threads = ManagementFactory.getThreadMXBean(); // what other processes take is not the text's doing
        long start = threads.getCurrentThreadCpuTime();
        Secrets.redact("a.properties", text);

        assertThat(Duration.ofNanos(threads.getCurrentThreadCpuTime() - start)).isLessThan(Duration.ofSeconds(2));
    }

    private static Secrets.Redacted redact(String path, String text) {
        return Secrets.redact(path, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Secrets.Redacted redacted) {
        return new String(redacted.utf8(), StandardCharsets.UTF_8);
    }
}
