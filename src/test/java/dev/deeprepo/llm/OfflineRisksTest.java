package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What the rules find in a repository full of dangerous lines, and what they say of its harmless twin. */
@SecondLane
class OfflineRisksTest {

    private static final Path FIXTURES = Path.of("src/test/resources/offline");
    private static final Map<String, String> PLANTED = OfflineRun.directory(FIXTURES.resolve("planted"));
    private static final String AUDIT = audit(new OfflineRun(PLANTED).play(20).report());

    private static final Map<String, String> TITLES = Map.ofEntries(Map.entry("secret", "Secret in the source"),
            Map.entry("sql", "SQL built from strings"), Map.entry("shell", "Command line built at run time"),
            Map.entry("eval", "Text executed as code"), Map.entry("deserialise", "Unsafe deserialisation"),
            Map.entry("tls", "Check of a certificate or host key switched off"),
            Map.entry("html", "HTML from text"), Map.entry("memory", "Unbounded copy or open format string"),
            Map.entry("hash", "Weak hash or cipher"), Map.entry("temp", "Predictable temporary file"),
            Map.entry("delete", "Recursive removal below a variable"),
            Map.entry("swallow", "Error caught too broadly or swallowed"));

    /** Path, line and kind of each line that was planted, in twelve languages. */
    private static final List<String> PLANTS = """
            service/handlers.py 9 secret
            service/handlers.py 14 deserialise
            service/handlers.py 18 deserialise
            service/handlers.py 22 eval
            service/handlers.py 26 shell
            service/handlers.py 30 sql
            service/handlers.py 35 tls
            service/handlers.py 41 swallow
            service/tokens.py 7 hash
            service/tokens.py 11 temp
            store/src/main/java/org/demo/UserStore.java 18 sql
            store/src/main/java/org/demo/UserStore.java 22 deserialise
            store/src/main/java/org/demo/UserStore.java 26 shell
            store/src/main/java/org/demo/Digests.java 10 hash
            store/src/main/java/org/demo/Digests.java 14 hash
            store/src/main/java/org/demo/Digests.java 18 tls
            web/src/tools.js 4 shell
            web/src/tools.js 8 eval
            web/src/tools.js 12 sql
            web/src/tools.js 15 tls
            web/src/view.ts 2 html
            web/src/view.ts 5 secret
            agent/client.go 12 tls
            agent/client.go 16 shell
            agent/client.go 20 sql
            core/src/lib.rs 6 tls
            core/src/lib.rs 12 shell
            native/parse.c 7 memory
            native/parse.c 12 memory
            native/parse.c 17 shell
            desk/Reader.cs 9 deserialise
            desk/Reader.cs 14 hash
            jobs/import.rb 5 deserialise
            jobs/import.rb 9 sql
            jobs/import.rb 13 shell
            site/page.php 3 sql
            site/page.php 4 deserialise
            site/page.php 5 shell
            app/src/main/kotlin/Jobs.kt 5 shell
            app/src/main/kotlin/Jobs.kt 8 sql
            app/src/main/kotlin/Jobs.kt 13 swallow
            scripts/setup.sh 3 shell
            scripts/setup.sh 4 eval
            scripts/setup.sh 5 delete
            """.lines().toList();

    @Test
    void findsEachPlantUnderItsTitleAtItsLine() {
        List<String> missed = PLANTS.stream().filter(plant -> !found(plant)).toList();

        assertThat(PLANTS).hasSize(44);
        assertThat(missed).isEmpty();
    }

    @Test
    void quotesEachPlantAsItStandsThere() {
        assertThat(PLANTS).filteredOn(plant -> !plant.endsWith(" secret")).allSatisfy(plant -> {
            String[] parts = plant.split(" ", -1);
            String line = Objects.requireNonNull(PLANTED.get(parts[0])).lines().toList()
                    .get(Integer.parseInt(parts[1]) - 1).strip();
            assertThat(AUDIT).contains("`" + place(plant) + "`: `").contains(line);
        });
    }

    @Test
    void namesNothingElseInThePlantedFiles() {
        assertThat(new TreeSet<>(places(AUDIT)))
                .containsExactlyElementsOf(new TreeSet<>(PLANTS.stream().map(OfflineRisksTest::place).toList()));
    }

    @Test
    void raisesNoAlarmOnTheCleanTwin() {
        Map<String, String> clean = OfflineRun.directory(FIXTURES.resolve("clean"));

        assertThat(clean.keySet()).isEqualTo(PLANTED.keySet());
        assertThat(places(audit(new OfflineRun(clean).play(20).report()))).isEmpty();
    }

    @Test
    void raisesNoAlarmOnItsOwnRules() {
        Map<String, String> rules = OfflineRun.directory(Path.of("src/main/resources/offline"));

        assertThat(places(audit(new OfflineRun(rules).play(20).report()))).isEmpty();
    }

    @Test
    void countsWhatStandsInTestsExamplesAndDocumentsWithoutListingIt() {
        assertThat(AUDIT).containsPattern("[1-9] suspect lines in tests, examples and documents are not listed")
                .doesNotContain("tests/", "docs/", "examples/");
    }

    @Test
    void takesTheAuthorsWordForALineThatTheyMarked() {
        String report = new OfflineRun(Map.of("a.py", "import os\nos.system(line)  # nosec: the line is ours\n"))
                .play(20).report();

        assertThat(report).contains("1 that the authors marked as looked at").doesNotContain("a.py:2");
    }

    @Test
    void neverShowsASecretNorHandsItToTheSubModel() {
        String awsKey = "AKIA" + "Q3EGRIQ4ZJ6YB7AB";
        String gitToken = "ghp_" + "0123456789abcdefABCDEF0123456789abcd";
        String databasePassword = "Pa55-of-the-db";
        String passphrase = "v3ry.long.Passphrase9";
        String pem = "MIIEpAIBAAKCAQEA7bq0c1x2b3n4m5l6k7j8h9g0";
        String session = "9f86d081884c7d659a2feaa0c55ad015";
        Map<String, String> files = new TreeMap<>(PLANTED);
        files.put("conf/app.properties", "db.password=" + passphrase + "\nname=demo\n");
        files.put("conf/app.yml", "db:\n  url: postgres://app:" + databasePassword + "@db.demo.org/app\n");
        files.put("conf/keys.py", """
                # %s
                TOKEN = '%s'  # TODO: move
                session_key = '%s'
                PEM = \"""-----BEGIN RSA PRIVATE KEY-----
                %s
                \"""
                """.formatted(awsKey, gitToken, session, pem));
        files.put("conf/main.py", "import conf.keys\n\nif eval(line + '" + gitToken + "'):\n    pass\n");
        files.put("README.md", "# Demo\n\nThis demo logs in with password: '%s' and key %s all day long.\n"
                .formatted(databasePassword, awsKey));
        files.put("Dockerfile", "FROM alpine:3\nENV DB_PASSWORD=" + passphrase + "\n");
        List<String> prompts = new ArrayList<>();

        OfflineRun.Played played = new OfflineRun(files).subModel(prompt -> {
            prompts.add(prompt);
            return "purpose: it says " + prompt.substring(prompt.length() / 2);
        }).play(20);

        assertThat(prompts).hasSizeGreaterThan(10);
        assertThat(List.of("tr0ub4dor&3x", "Zx81-77ab-90QqLm-4410", awsKey, gitToken, databasePassword, passphrase, pem,
                session)).allSatisfy(secret -> {
                    assertThat(played.report()).doesNotContain(secret);
                    assertThat(played.outputs()).noneMatch(output -> output.contains(secret));
                    assertThat(prompts).noneMatch(prompt -> prompt.contains(secret));
                });
        assertThat(places(audit(played.report()))).contains("conf/app.properties:1", "conf/app.yml:2", "conf/keys.py:1",
                "conf/keys.py:2", "conf/keys.py:4", "conf/main.py:3", "Dockerfile:2", "service/handlers.py:9");
        assertThat(played.report()).contains("`db.password=…`", "`DB_PASSWORD = \"…\"`",
                "`url: postgres://app:…@db.demo.org/app`", "`ENV DB_PASSWORD=…`");
    }

    /** What the service has withheld is a finding all the same, quoted as it was given. */
    @Test
    void findsASecretByTheMarkInItsPlace() {
        Map<String, String> files = new TreeMap<>(PLANTED);
        files.replace("service/handlers.py", Objects.requireNonNull(files.get("service/handlers.py"))
                .replace("tr0ub4dor&3x", "[REDACTED:password]"));
        files.put("conf/app.yml", "db:\n  url: postgres://app:[REDACTED:url-password]@db.demo.org/app\n");
        files.put("conf/keys.py", "# [REDACTED:aws-access-key]\n# password = '[REDACTED:password]'\n"
                + "PEM = '''-----BEGIN PRIVATE KEY-----\n[REDACTED:private-key]\n\n-----END PRIVATE KEY-----'''\n");

        String audit = audit(new OfflineRun(files).play(20).report());

        assertThat(places(audit)).contains("service/handlers.py:9", "conf/app.yml:2", "conf/keys.py:1",
                "conf/keys.py:4").doesNotContain("conf/keys.py:2");
        assertThat(audit).contains("`DB_PASSWORD = \"[REDACTED:password]\"`",
                "`url: postgres://app:[REDACTED:url-password]@db.demo.org/app`", "`[REDACTED:private-key]`");
    }

    /** Whether the place stands below the heading of its kind. */
    private static boolean found(String plant) {
        int start = AUDIT.indexOf(" · " + TITLES.get(plant.substring(plant.lastIndexOf(' ') + 1)) + " (");
        int end = AUDIT.indexOf("\n### ", start);
        return start >= 0 && AUDIT.substring(start, end < 0 ? AUDIT.length() : end).contains("`" + place(plant) + "`");
    }

    private static String place(String plant) {
        String[] parts = plant.split(" ", -1);
        return parts[0] + ":" + parts[1];
    }

    /** The places in the audit that have a line. */
    private static List<String> places(String audit) {
        return audit.lines().filter(line -> line.startsWith("- `")).map(line -> line.substring(3, line.indexOf('`', 3)))
                .filter(place -> place.matches(".*:\\d+")).toList();
    }

    private static String audit(String report) {
        return report.substring(report.indexOf("## Bug & Issue Audit"), report.indexOf("## Code Quality Assessment"));
    }
}
