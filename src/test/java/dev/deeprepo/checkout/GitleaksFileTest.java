package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GitleaksFileTest {

    private static final String RULES = """
            title = "what only one company knows"

            [allowlist]
            paths = ['''(^|/)vendor/''']
            stopwords = ["EXAMPLE"]

            [[allowlists]]
            targetRules = ["shop-key"]
            regexes = ['''^shop_0+$''']

            [[rules]]
            id = "shop-key"
            description = "of the shop"
            regex = '''shop_[0-9a-z]{8}'''
            keywords = ["SHOP_"]

            [[rules]]
            id = "till"
            regex = '''(?i)\\btill[\\w .-]{0,20}(?:=|:)\\s*(?:'([^']{6,40})'|"([^"]{6,40})")(?:;|$)'''
            entropy = 2.5
            keywords = ["till"]
            [[rules.allowlists]]
            condition = "AND"
            regexTarget = "line"
            regexes = ['''in tests only''']
            paths = ['''_test\\.go$''']
            [[rules.allowlists]]
            regexTarget = "match"
            regexes = ['''till_public''']

            [[rules]]
            id = "badge"
            regex = '''(badge)-(\\d{6})'''
            secretGroup = 2

            [[rules]]
            id = "old"
            regex = '''q~[a-z]{4}'''
            keywords = ["q~"]
            [rules.allowlist]
            regexes = ['''q~good''']

            [[rules]]
            id = "keystore"
            path = '''\\.keystore\\.txt$'''
            """;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            # path               | text                                        | what is left of it
            a.txt                | k = shop_12ab34cd.                          | k = [REDACTED:shop-key].
            a.txt                | shop_12ab34cd shop_99999999                 | [REDACTED:shop-key] [REDACTED:shop-key]
            a.txt                | k = SHOP_12ab34cd.                          | k = SHOP_12ab34cd.
            a.txt                | k = shop_00000000.                          | k = shop_00000000.
            web/vendor/a.txt     | k = shop_12ab34cd.                          | k = shop_12ab34cd.
            a.go                 | Till = 'abc123xyz';                         | Till = '[REDACTED:till]';
            a.go                 | till_main: "Abc123xyz"                      | till_main: "[REDACTED:till]"
            a.go                 | till = 'aaaaaaaaaa';                        | till = 'aaaaaaaaaa';
            a.go                 | till = 'abcExample123xyz';                  | till = 'abcExample123xyz';
            a.go                 | till_public = 'abc123xyz';                  | till_public = 'abc123xyz';
            a.go                 | till = 'abc123xyz'; // in tests only        | till = '[REDACTED:till]'; // in tests only
            a_test.go            | till = 'abc123xyz'; // in tests only        | till = 'abc123xyz'; // in tests only
            a_test.go            | till = 'abc123xyz';                         | till = '[REDACTED:till]';
            a.md                 | the badge-123456 of ü and badge-654321      | the badge-[REDACTED:badge] of ü and badge-[REDACTED:badge]
            a.md                 | q~evil q~good                               | [REDACTED:old] q~good
            a.keystore.txt       | anything                                    | [REDACTED:keystore]
            a.txt                | ghp_16C7e42F292c6912E7710c838347Ae178B4a ok | [REDACTED:github-token] ok
            a.txt                | till: 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'; | till: '[REDACTED:github-token]';
            a.txt                | shop_12ab34cd # gitleaks:allow              | [REDACTED:shop-key] # gitleaks:allow
            """)
    void theOperatorsRulesHoldBesideOurs(String path, String text, String left) throws IOException {
        assertThat(redacted(RULES, path, text)).isEqualTo(left);
    }

    @Test
    void aNameThatHoldsASecretOfTheirsIsWithheldToo() throws IOException {
        Withholding withholding = withholding(RULES);

        assertThat(withholding.name("keys/shop_12ab34cd.txt")).isEqualTo("keys/[REDACTED:shop-key].txt");
        assertThat(withholding.name("keys/shop.txt")).isEqualTo("keys/shop.txt");
    }

    /** What takes a backtracking engine longer than the universe has been. */
    @Test
    @Timeout(10)
    void noTextMakesARuleSlow() throws IOException {
        String rules = """
                [[rules]]
                id = "nested"
                regex = '''curl(?:.*?|.*?(?:[\\r\\n]{1,2}.*?){1,5})*(?:a+)+(?:\\w+\\s?)+(?:a|aa)+!'''
                keywords = ["curl"]
                """;
        String text = "curl " + "a".repeat(60_000);

        assertThat(redacted(rules, "a.sh", text)).isEqualTo(text);
    }

    /** Many finds on one line, of which allowlists look at each. */
    @Test
    @Timeout(10)
    void aLineWithoutEndIsReadInOneGo() throws IOException {
        String rules = """
                [[rules]]
                id = "item"
                regex = '''item_[0-9a-f]{16}'''
                keywords = ["item_"]
                [[rules.allowlists]]
                regexTarget = "line"
                regexes = ['''allowed here''']
                stopwords = ["none"]
                """;
        StringBuilder line = new StringBuilder();
        IntStream.range(0, 60_000).forEach(i -> line.append("\"item_%016x\",".formatted(i)));

        assertThat(redacted(rules, "a.json", line.toString()))
                .isEqualTo("\"[REDACTED:item]\",".repeat(60_000));
    }

    /** What a pattern may match reaches beyond the lines around its keyword. */
    @ParameterizedTest
    @ValueSource(strings = {"acme:\\W*([A-Z]{12})", "acme:\\s+([A-Z]{12})", "acme:[\\s=]*([A-Z]{12})",
            "acme:(?:.|\\n)+?([A-Z]{12})", "(?s)acme:.{1,900}?([A-Z]{12})", "acme:[^A]{1,900}([A-Z]{12})"})
    void aRuleThatGoesFurtherLooksAtTheWholeFile(String regex) throws IOException {
        String rules = "[[rules]]\nid = 'far'\nregex = '''%s'''\nkeywords = ['acme']\n".formatted(regex);

        assertThat(redacted(rules, "a.txt", "acme:" + "\n".repeat(9) + "ABCDEFGHIJKL"))
                .isEqualTo("acme:" + "\n".repeat(9) + "[REDACTED:far]");
    }

    @Test
    void aRuleThatGoesFarOnOneLineDoesSo() throws IOException {
        String rules = "[[rules]]\nid = 'far'\nregex = '''acme .* ([A-Z]{12})'''\nkeywords = ['acme']\n";
        String between = "acme " + "x".repeat(9_000) + " ";

        assertThat(redacted(rules, "a.txt", between + "ABCDEFGHIJKL")).isEqualTo(between + "[REDACTED:far]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            rules = 5                                     | is no configuration of gitleaks
            [[rules]                                      | is no configuration of gitleaks
            title = "none"                                | has no [[rules]]
            [[rules]]\\nid = "a"                          | has a rule "a" that cannot be used: it has neither regex nor path
            [[rules]]\\nregex = "a"                       | has a rule "null" that cannot be used: its id
            [[rules]]\\nid = "a b"\\nregex = "a"          | has a rule "a b" that cannot be used: its id
            [[rules]]\\nid = "a"\\nregex = "(a"           | has a rule "a" that cannot be used: error parsing regexp: missing closing )
            [[rules]]\\nid = "a"\\nregex = '(?=a)'        | has a rule "a" that cannot be used: error parsing regexp
            [[rules]]\\nid = "a"\\nregex = "a"\\nsecretGroup = 1 | has a rule "a" that cannot be used: its regex has no group 1
            [[rules]]\\nid = "a"\\nregex = "a"\\n[[rules.allowlists]]\\ncondition = "XOR" | an allowlist's condition is "XOR"
            [[rules]]\\nid = "a"\\nregex = "a"\\n[[rules.allowlists]]\\nregexTarget = "file" | an allowlist's regexTarget is "file"
            [extend]\\nuseDefault = true\\n[[rules]]\\nid = "a"\\nregex = "a" | extends another configuration
            """)
    void whatCannotBeUsedStopsTheStart(String toml, String why) throws IOException {
        Path file = Files.writeString(directory.resolve("rules.toml"), toml.replace("\\n", "\n"));

        assertThatExceptionOfType(BadSecretRules.class).isThrownBy(() -> GitleaksFile.read(file))
                .withMessageStartingWith("deeprepo.checkout.secret-rules (" + file + ") ").withMessageContaining(why);
    }

    @Test
    void aFileThatIsNotThereStopsTheStart() {
        assertThatExceptionOfType(BadSecretRules.class)
                .isThrownBy(() -> GitleaksFile.read(directory.resolve("none.toml")))
                .withMessageContaining("cannot be read as a text file");
    }

    @Test
    void joinedFindsAreInOrderAndApart() {
        List<TextRules.Match> joined = GitleaksRules.joined(
                List.of(match("ours", 10, 20), match("ours", 40, 50)),
                List.of(match("more", 48, 55), match("more", 0, 4), match("more", 5, 12), match("more", 30, 35)));

        assertThat(joined).containsExactly(match("more", 0, 4), match("ours", 5, 20), match("more", 30, 35),
                match("ours", 40, 55));
    }

    private static TextRules.Match match(String rule, int start, int end) {
        return new TextRules.Match(rule, start, end);
    }

    /** Files, names, both sides of a diff, and what is told of them. */
    @Test
    void theyHoldForAWholeRepository() throws IOException {
        try (GitServer server = GitServer.start(); LocalCheckout checkout = new LocalCheckout(settings(RULES))) {
            GitRepository repository = server.create("shop", Map.of("a.go", "k = shop_12ab34cd\nrest\n"));
            String earlier = repository.commit("main", Map.of("a.go", "k = shop_12ab34cd\nrest\n"));
            repository.commit("main", Map.of("a.go", "k = shop_98zy76xw\nrest of it\n", "shop_12ab34cd.md", "x"));
            try (Snapshot snapshot = checkout.fetch(server.url("shop"), null)) {
                assertThat(snapshot.text("a.go")).isEqualTo("k = [REDACTED:shop-key]\nrest of it\n");
                assertThat(snapshot.withheld())
                        .containsExactly(new Snapshot.Withheld("a.go", Map.of("shop-key", 1)));
                assertThat(snapshot.notLoaded())
                        .containsExactly(new Snapshot.NotLoaded("[REDACTED:shop-key].md", "secret-in-name"));
                assertThat(snapshot.changesSince(earlier).diffs().toString()).contains("+rest of it")
                        .doesNotContain("shop_");
            }
        }
    }

    private String redacted(String rules, String path, String text) throws IOException {
        return new String(withholding(rules).text(path, text.getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8);
    }

    private Withholding withholding(String rules) throws IOException {
        return new Withholding(settings(rules));
    }

    private CheckoutSettings settings(String rules) throws IOException {
        Path file = Files.writeString(directory.resolve("rules.toml"), rules);
        CheckoutSettings all = LocalCheckout.SETTINGS;
        return new CheckoutSettings(all.maxFiles(), all.maxBytes(), all.maxFileBytes(),
                all.maxPackBytes(), all.minFreeDisk(), all.timeout(), all.allowedSchemes(),
                all.allowPrivateAddresses(), all.allowedHosts(), null, all.tokens(), null, all.kept(), true, file);
    }
}
