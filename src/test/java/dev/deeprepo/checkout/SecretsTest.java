package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Made-up secrets, put together here so that nothing takes this file for a leak. */
@Isolated("measures time")
class SecretsTest {

    private static final String KEY_LINE = "MIIEowIBAAKCAQEAx7bq0c1x2b3n4m5l6k7j8h9g0f1d2s3a4p5o6i7u8y9t0r1e";
    private static final String LETTERS = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0hL3nR6uX9bG2kP5tV8wY1dJ4fM7qS0aC3e";
    private static final String HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    /** Where a secret stands, how it is told, and the secret. */
    record Planted(String kind, String path, String before, String secret, String after) {

        @Override
        public String toString() {
            return kind + " in " + path + " after " + before;
        }
    }

    static List<Planted> planted() {
        return Stream.of(
                planted("aws-access-key", "a.py", "key = '", "AKIA" + "Q3EGRIQ4ZJ6YB7AB", "'"),
                planted("aws-secret-key", "a.ini", "aws_secret_access_key = ",
                        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYzq8Rt5vW2u",
                        ""),
                planted("github-token", "a.go", "// ", "ghp_" + LETTERS.substring(0, 36), ""),
                planted("github-token", "a.txt", "use ", "github_pat_" + LETTERS + LETTERS.substring(0, 15), " here"),
                planted("gitlab-token", "a.sh", "TOKEN=", "glpat-" + LETTERS.substring(0, 20), ""),
                planted("slack-token", "a.js", "new WebClient('", "xoxb-" + "123456789012-1234567890123-"
                        + LETTERS.substring(0, 24), "')"),
                planted("slack-webhook", "a.md", "https://hooks.slack.com/services/", "T01234567/B01234567/"
                        + LETTERS.substring(0, 24), ""),
                planted("stripe-key", "a.rb", "Stripe.api_key = '", "sk_" + "live_" + LETTERS.substring(0, 24), "'"),
                planted("anthropic-key", "a.ts", "key: '", "sk-ant-" + "api03-" + LETTERS, "'"),
                planted("openrouter-key", "a.ts", "key: '", "sk-or-" + "v1-" + HEX, "'"),
                planted("openai-key", "a.ts", "key: '", "sk-proj-" + LETTERS, "'"),
                planted("openai-key", "a.ts", "OpenAI('", "sk-" + LETTERS.substring(0, 48), "'"),
                planted("google-api-key", "a.html", "src='maps?key=", "AIza" + "Sy" + LETTERS.substring(0, 33), "'"),
                planted("azure-key", "a.cs", "AccountName=x;AccountKey=", KEY_LINE + "0123456789012345678901" + "==",
                        ";"),
                planted("npm-token", "a.yml", "x: ", "npm_" + LETTERS.substring(0, 36), ""),
                planted("sendgrid-key", "a.py", "s('", "SG." + LETTERS.substring(0, 22) + "."
                        + LETTERS.substring(10, 53), "')"),
                planted("huggingface-token", "a.py", "login('", "hf_" + LETTERS.substring(0, 34), "')"),
                planted("service-token", "a.tf", "x = \"", "dapi" + HEX.substring(0, 32), "\""),
                planted("telegram-token", "a.py", "Bot('123456789", ":AA" + LETTERS.substring(0, 33), "')"),
                planted("jwt", "a.http", "X-Session: ", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0."
                        + LETTERS.substring(0, 43), ""),
                planted("password", "a.sh", "PGPASSWORD=", "canarywords", " psql -h db"),
                planted("password", "a.sql", "create user app identified by '", "canarywords", "';"),
                planted("password", "a.sql", "alter role app with password '", "canarywords", "';"),
                planted("token", "a.js", "fetch('https://demo.org/v1?api_key=", LETTERS.substring(0, 24), "&q=1')"),
                planted("token", "a.rb", "-H \"X-Api-Key: ", LETTERS.substring(0, 24), "\""),
                planted("password", "k8s.yml", "- name: DB_PASSWORD\n  value: ", "canary-Pair-77ab", ""),
                planted("password", "a.xml", "<property name=\"app.password\" value=\"", "canary-Pair-77ab", "\"/>"),
                planted("github-token", "a.json", "\"\\n", "ghp_" + LETTERS.substring(0, 36), "\""),
                planted("github-token", "a.txt", "q=%20", "ghp_" + LETTERS.substring(0, 36), ""),
                planted("github-token", "a.json", "\"\\u0022", "ghp_" + LETTERS.substring(0, 36), "\""),
                planted("private-key", "kubeconfig.yml", "client-key-data: ",
                        "LS0tLS1CRUdJTi" + "BSU0EgUFJJVkFURSBLRVktLS0tLQ"
                                + LETTERS,
                        ""),
                planted("token", "a.env", "SECRET_KEY=", LETTERS.repeat(4), ""),
                planted("token", "a.py", "secret_token = \"", LETTERS.repeat(6), "\""),
                planted("url-password", "a.yml", "url: postgresql://app:", "SuperSecretWords", "@db/app"),
                planted("url-password", "a.yml", "url: amqp://u:", "98127364501", "@mq/"),
                planted("url-password", "a.py", "'postgres://app:", "Pa55-of-the-db", "@db.demo.org/app'"),
                planted("url-password", "a.js", "'mongodb+srv://app:", "m0ngo%21pass", "@cluster0.demo.net/app'"),
                planted("url-password", "a.java", "\"amqp://guest:", "r4bbit-hole", "@mq:5672\""),
                planted("password", "a.java", "\"jdbc:postgresql://db/app?user=app&password=", "s3cr3t-of-jdbc", "\""),
                planted("password", "a.cs", "\"Server=db;Uid=app;Pwd=", "s3cr3t/of/ado", ";\""),
                planted("authorization", "a.sh", "curl -H 'Authorization: Bearer ", LETTERS.substring(0, 40), "'"),
                planted("registry-auth", "config.json", "{\"auth\": \"", "dXNlcjpzM2NyM3QtcGFzcw==", "\"}"),
                planted("password", "a.py", "password = \"", "tr0ub4dor&3x", "\""),
                planted("password", "a.java", "dataSource.setPassword(\"", "tr0ub4dor&3x", "\");"),
                planted("password", "a.json", "\"dbPassword\": \"", "tr0ub4dor&3x", "\","),
                planted("password", "a.js", "x = \"{\\\"password\\\": \\\"", "tr0ub4dor&3x", "\\\"}\""),
                planted("password", "a.rs", "const PASSWORD: &str = \"", "tr0ub4dor&3x", "\";"),
                planted("password", "a.xml", "<password>", "tr0ub4dor&3x", "</password>"),
                planted("password", "a.properties", "spring.datasource.password=", "tr0ub4dor&3x", ""),
                planted("password", "a.yml", "  db_pass: ", "tr0ub4dor&3x", ""),
                planted("password", "Dockerfile", "ENV DB_PASSWORD=", "tr0ub4dor&3x", ""),
                planted("password", "a.sh", "mysql --password=", "tr0ub4dor&3x", " app"),
                planted("password", "a.md", "curl -u admin:", "tr0ub4dor&3x", " https://h/"),
                planted("token", "a.py", "API_KEY = 'q8Zt4LmW1xVb7RnK".substring(0, 11), "q8Zt4LmW1xVb7RnK", "'"),
                planted("token", "a.toml", "client_secret = ", "Zx81-77ab-90QqLm-4410", ""),
                planted("token", "a.ts", "accessToken: \"", "Zx81-77ab-90QqLm-4410", "\","),
                planted("password", "a.py", "password = \"\"\"", "hunter2", "\"\"\""),
                planted("password", "a.kt", "val password = \"\"\"\n    ", "hunter2", "\n\"\"\".trim()"),
                planted("password", "a.toml", "password = '''", "hunter2", "'''"),
                planted("password", "a.yml", "password: |\n  ", "hunter2", ""),
                planted("password", "a.yml", "password: >-\n    ", "Summer2024", "\nnext: 1"),
                planted("password", "a.java", "String password = \"", "Summer2024", "\";"),
                planted("password", "a.json", "\"password\": \"", "hunter2", "\","),
                planted("password", "a.js", "password: \"", "test-hG7kq9", "\","),
                planted("password", "a.js", "password: \"", "my-sample-Pa55", "\","),
                planted("password", "a.js", "password: \"", "pä55wörter-ünd-mehr9", "\","),
                planted("password", "a.js", "password: process.env.DB_PASSWORD || '", "hunter2", "',"),
                planted("password", "a.yml", "x: ${DB_PASSWORD:-", "canarywords", "}"),
                planted("password", "application.properties", "spring.datasource.password=", "canarywords", ""),
                planted("password", "a.ini", "DB_PW=", "canarywords", ""),
                planted("password", "a.env", "ROOT_PW=", "abc#1def2", " # root's"),
                planted("password", "a.toml", "OLD_DB_PWD = ", "123456", ""),
                planted("password", "build.gradle", "export DB_PASSWORD=", "hunter2", ""),
                planted("password", "a.sh", "mysql -h db -u root -p", "canarywords", " app"),
                planted("password", "a.sh", "docker login -u me -p ", "canarywords", " reg.demo.org"),
                planted("password", "a.go", "dsn := \"user=app password=", "canarywords", " host=db\""),
                planted("token", "a.go", "const apiKey string = \"", LETTERS.substring(0, 24), "\""),
                planted("token", "a.py", "TOKEN = \"", "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ."
                        + LETTERS.substring(0, 27), "\""),
                planted("discord-token", "a.py", "client.run(\"", "MTk4NjIyNDgzNDcxOTI1MjQ4" + ".Cl2FMQ."
                        + LETTERS.substring(0, 27), "\")"),
                planted("token", "a.hcl", "token = \"", "s." + LETTERS.substring(0, 24), "\""),
                planted("token", "a.js", "props.set(\"ovh-key\", \"", LETTERS.substring(0, 32), "\")"),
                planted("token", "a.yml", "token: ", LETTERS.repeat(8), ""),
                planted("private-key", "jwk.json", "{\"kty\": \"EC\", \"d\": \"", LETTERS.substring(0, 43), "\"}"))
                .toList();
    }

    private static Planted planted(String kind, String path, String before, String secret, String after) {
        return new Planted(kind, path, before, secret, after);
    }

    @ParameterizedTest
    @MethodSource
    void planted(Planted planted) {
        String text = "first\n" + planted.before + planted.secret + planted.after + "\nlast\n";

        Secrets.Redacted redacted = redact(planted.path, text);

        assertThat(text(redacted)).isEqualTo("first\n" + planted.before + "[REDACTED:" + planted.kind + "]"
                + planted.after + "\nlast\n");
        assertThat(redacted.kinds()).isEqualTo(Map.of(planted.kind, 1));
        assertThat(redact(planted.path, text(redacted)).kinds()).as("what stands in its place").isEmpty();
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

        for (String text : List.of(quoted, json, headed, cutOff, added, removed, " " + removed.substring(0, 3000))) {
            Secrets.Redacted redacted = redact("a.py", text);
            assertThat(text(redacted)).contains("[REDACTED:private-key]").doesNotContain(KEY_LINE.substring(0, 20));
            assertThat(text(redacted).chars().filter(c -> c == '\n').count())
                    .isEqualTo(text.chars().filter(c -> c == '\n').count());
        }
        assertThat(text(redact("a.py", quoted))).endsWith("x = 1\n");
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
            "mysql ", "discord", "\u5BC6\u7801", "sig=", "${a_secret:-"})
    void hostileTextTakesNoLongerThanOther(String part) {
        byte[] text = part.repeat(500_000 / part.length()).getBytes(StandardCharsets.UTF_8);

        long start = System.nanoTime();
        Secrets.redact("a.properties", text);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
    }

    private static Secrets.Redacted redact(String path, String text) {
        return Secrets.redact(path, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Secrets.Redacted redacted) {
        return new String(redacted.utf8(), StandardCharsets.UTF_8);
    }
}
