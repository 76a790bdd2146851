package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the offline report counts and connects, on repositories small enough to count by hand. */
@SecondLane
class OfflineFactsTest {

    @Test
    void findsCyclesOfImportsAndLeavesOutThoseThatAreMadeLater() {
        String report = report("a.py", "import b\n", "b.py", "\nfrom c import x\n", "c.py", "import a\nx = 1\n", "d.py",
                "import e\n", "e.py", "def late():\n    import d\n    return d\n", "f.py",
                "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import g\n", "g.py", "import f\n");

        assertThat(section(report, "### Import cycles")).contains("1 group of files",
                "- 3 files: `a.py:1`: `import b` → `b.py:2`: `from c import x` → `c.py:1`: `import a` → `a.py`");
        assertThat(report).containsPattern("\\| F\\d+ \\| P1 \\| Files that import each other in a circle \\| 3 \\|");
    }

    @Test
    void findsCyclesOfPackages() {
        String report = report("src/main/java/a/One.java", "package a;\n\nimport b.Two;\n\nclass One {\n}\n",
                "src/main/java/b/Two.java", "package b;\n\nclass Two {\n}\n", "src/main/java/b/Three.java",
                "package b;\n\nimport a.One;\n\nclass Three {\n}\n");

        assertThat(section(report, "### Import cycles")).contains("1 group of folders", "- 2 folders:",
                "`src/main/java/a` → `src/main/java/b`: `src/main/java/a/One.java:3`: `import b.Two;`",
                "`src/main/java/b` → `src/main/java/a`: `src/main/java/b/Three.java:3`: `import a.One;`");
    }

    @Test
    void countsThoseWhoImportAHub() {
        String report = report("lib/base.js", "module.exports = 1\n", "lib/a.js", "require('./base')\n", "lib/b.js",
                "const x = require('./base.js')\n", "lib/c.mjs", "import base from './base.js'\n", "test/d.test.js",
                "require('../lib/base')\n", "go.mod", "module demo.org/x\n", "pkg/p.go", "package pkg\n", "main.go",
                "package main\n\nimport \"demo.org/x/pkg\"\n");

        assertThat(section(report, "### Import hubs")).contains("- `lib/base.js`: imported by 3 files, 1 line",
                "- `pkg/`: imported by 1 file");
    }

    @Test
    void countsBranchesOfFilesAndFunctionsWithoutCommentsAndStrings() {
        String python = """
                def busy(a, b):
                    # if this and that or the other
                    text = "if and or while for"
                    if a and b and a:
                        return [x for x in a if x or b]
                    elif a:
                        while b:
                            b = b - 1
                    try:
                        a()
                    except ValueError:
                        return 1 if a else 2
                    return "if"


                def calm():
                    return not_if()
                """;
        String java = """
                class Busy {
                    int busy(int a) {
                        String text = "if (a && b)"; // for while
                        if (a > 1 && a < 5 || a == 7) {
                            for (int i = 0; i < a; i++) {
                                a = i > 2 ? i : a;
                            }
                        }
                        switch (a) {
                            case 1: return 1;
                            case 2: return 2;
                            default:
                        }
                        try {
                            return 1;
                        } catch (RuntimeException e) {
                            while (a > 0) {
                                if (a == 3) a--;
                            }
                            return a;
                        }
                    }
                }
                """;
        String report = report("busy.py", python, "Busy.java", java);

        assertThat(section(report, "### Hot spots")).contains("| `busy.py` | 17 | 10 | 59 |",
                "| `Busy.java` | 23 | 10 | 43 |",
                "- `busy.py:1`: `def busy(a, b):`: 10 branches in 13 lines",
                "- `Busy.java:2`: `int busy(int a) {`: 10 branches in 21 lines");
    }

    @Test
    void tellsWhichFilesATestKnows() {
        String branches = "def f(x):\n" + "    if x: pass\n".repeat(6);
        String report = report("src/alpha.py", branches, "src/beta.py", branches, "src/gamma.py", branches,
                "tests/test_beta.py", "def test_it():\n    pass\n", "tests/test_all.py", "from src import alpha\n",
                "core/Delta.java", "package core;\n\nclass Delta {\n}\n", "core/DeltaIT.java",
                "package core;\n\nclass DeltaIT {\n    @Test void x() { new Epsilon(); }\n}\n", "core/Epsilon.java",
                "package core;\n\nclass Epsilon {\n}\n", "go/one.go", "package one\n\nvar x = 1\n", "go/one_test.go",
                "package one\n");

        String tests = section(report, "### Tests and what they know");
        assertThat(tests).contains("**Tests**: 4 files", "5 of 6 source files",
                "- `src/gamma.py`: 6 branches in 7 lines").doesNotContain("`src/alpha.py`: ", "`src/beta.py`: ");
    }

    @Test
    void readsTheManifestsOfTenTools() {
        Map<String, String> files = new TreeMap<>();
        files.put("web/package.json", """
                {"name": "web", "version": "1.0.0", "private": true,
                 "dependencies": {
                  "left": "1.2.3",
                  "right": "^2.0.0",
                  "any": "*",
                  "fork": "github:me/fork"
                 },
                 "devDependencies": {"test": "~1.0.0"}}
                """);
        files.put("requirements.txt", "# pins\nflask==2.0.1\nrequests>=2.0\nyaml ~= 5.0\nurllib\n");
        files.put("py/pyproject.toml",
                "[project]\nname = \"p\"\nversion = \"0.1\"\ndependencies = [\n  \"one==1.0\",\n  \"two>=1,<2\",\n]\n");
        files.put("pom.xml",
                """
                        <project>
                          <parent><artifactId>up</artifactId><version>9</version></parent>
                          <artifactId>m</artifactId>
                          <version>1.1</version>
                          <properties><x.version>3.1</x.version></properties>
                          <dependencies>
                            <dependency><groupId>g</groupId><artifactId>a</artifactId><version>${x.version}</version></dependency>
                            <dependency><groupId>g</groupId><artifactId>b</artifactId>
                              <version>2.0-SNAPSHOT</version></dependency>
                            <dependency><groupId>g</groupId><artifactId>c</artifactId></dependency>
                            <dependency><groupId>g</groupId><artifactId>t</artifactId><version>[1,2)</version><scope>test</scope></dependency>
                          </dependencies>
                        </project>
                        """);
        files.put("g/build.gradle",
                "dependencies {\n    implementation 'o:a:1.0'\n    implementation \"o:b:1.+\"\n    testImplementation 'o:t:2'\n}\n");
        files.put("go/go.mod",
                "module demo\n\ngo 1.22\n\nrequire (\n\tx.org/a/b v1.2.3\n\tx.org/c/d v0.1.0 // indirect\n)\n");
        files.put("rs/Cargo.toml",
                "[package]\nname = \"r\"\nversion = \"0.2.0\"\n\n[[bin]]\nname = \"r\"\n\n[dependencies]\nserde = \"1\"\nany = \"*\"\nexact = \"=1.0.2\"\nlocal = { path = \"../x\" }\n");
        files.put("php/composer.json",
                "{\"require\": {\n\"php\": \">=8\",\n\"a/b\": \"^1.0\",\n\"c/d\": \"dev-main\"}}\n");
        files.put("rb/Gemfile", "gem 'rails', '~> 7.0'\ngem 'puma'\n");
        files.put("cs/App.csproj",
                "<Project>\n<PackageReference Include=\"A\" Version=\"1.0\" />\n<PackageReference Include=\"B\" Version=\"2.*\" />\n</Project>\n");
        String tree = "web/\n  package.json\n  yarn.lock [not loaded: generated]\nrs/\n  Cargo.toml\n";

        String report = new OfflineRun(files).fileTree(tree).play(20).report();

        assertThat(section(report, "### What the manifests say")).contains(
                "| `web/package.json` | npm | web | 1.0.0 | 4 | 1 | 1 | 2 | 1 | 1 | `web/yarn.lock` |",
                "| `requirements.txt` | pip |  |  | 4 | 0 | 1 | 1 | 2 | 0 | — |",
                "| `py/pyproject.toml` | pyproject | p | 0.1 | 2 | 0 | 1 | 1 | 0 | 0 | none seen |",
                "| `pom.xml` | Maven | m | 1.1 | 3 | 1 | 1 | 1 | 1 | 0 | — |",
                "| `g/build.gradle` | Gradle |  |  | 2 | 1 | 2 | 0 | 1 | 0 | none seen |",
                "| `go/go.mod` | Go modules | demo |  | 1 | 0 | 2 | 0 | 0 | 0 | none seen |",
                "| `rs/Cargo.toml` | Cargo | r | 0.2.0 | 4 | 0 | 1 | 1 | 1 | 1 | none seen |",
                "| `php/composer.json` | Composer |  |  | 2 | 0 | 0 | 1 | 1 | 0 | none seen |",
                "| `rb/Gemfile` | RubyGems |  |  | 2 | 0 | 0 | 1 | 1 | 0 | none seen |",
                "| `cs/App.csproj` | NuGet |  |  | 2 | 0 | 1 | 1 | 0 | 0 | none seen |");
        assertThat(section(report, "Dependency without an upper bound (8 places)")).contains(
                "`g/build.gradle:3`: `implementation \"o:b:1.+\"`", "`php/composer.json:4`: `\"c/d\": \"dev-main\"}}`",
                "`pom.xml:9`: `<version>2.0-SNAPSHOT</version></dependency>`", "`rb/Gemfile:2`: `gem 'puma'`",
                "`requirements.txt:3`: `requests>=2.0`", "… and 3 more places.");
        assertThat(section(report, "Dependency taken from a moving source"))
                .contains("`web/package.json:6`: `\"fork\": \"github:me/fork\"`").doesNotContain("Cargo");
        assertThat(section(report, "Versions are not locked")).contains("`rs/Cargo.toml:1`").doesNotContain("web/");
    }

    @Test
    void readsWorkflowsAndContainers() {
        String workflow = """
                name: build
                on:
                  push:
                  pull_request:
                jobs:
                  build:
                    runs-on: ubuntu-latest
                    steps:
                      - uses: actions/checkout@v4
                      - uses: other/thing@main
                      - uses: some/tool@v2
                      - uses: pinned/one@0123456789012345678901234567890123456789 # v3
                      - run: |
                          echo "${{ github.event.pull_request.title }}"
                      - name: ${{ github.event.pull_request.title }}
                        run: make
                """;
        String dockerfile = """
                ARG VERSION=3.19
                FROM golang:latest AS build
                RUN go build
                FROM alpine:${VERSION}
                COPY --from=build /x /x
                ADD https://demo.org/file.tar /tmp/
                RUN chmod 777 /tmp
                """;
        String compose = """
                services:
                  db:
                    image: postgres
                    privileged: true
                  web:
                    image: web:1.2@sha256:%s
                    volumes:
                      - /var/run/docker.sock:/var/run/docker.sock
                """.formatted("0".repeat(64));
        String report = report(".github/workflows/build.yml", workflow, "Dockerfile", dockerfile, "compose.yaml",
                compose,
                "safe/Dockerfile", "FROM alpine:3.19\nUSER app\n");

        assertThat(section(report, "### How it is built and shipped")).contains(
                "**Workflow** `.github/workflows/build.yml`: on push, pull_request\n",
                "4 uses of 4 actions, 1 pinned to a commit, 3 to a tag or branch",
                "`Dockerfile:2`: `FROM golang:latest AS build`: `latest`",
                "`Dockerfile:4`: `FROM alpine:${VERSION}`: by tag",
                "`compose.yaml:3`: `image: postgres`: no tag, so the latest", "pinned by digest");
        assertThat(section(report, "P0 · Text of strangers in a workflow command (1 place)"))
                .contains("`.github/workflows/build.yml:14`: `echo \"${{ github.event.pull_request.title }}\"`");
        assertThat(section(report, "Action taken from a branch (1 place)")).contains("build.yml:10`");
        assertThat(section(report, "Action of a third party pinned to a tag only (1 place)")).contains("build.yml:11`");
        assertThat(section(report, "Workflow without `permissions` (1 place)")).contains("build.yml:1`");
        assertThat(section(report, "Container that runs as root (1 place)")).contains("`Dockerfile:4`");
        assertThat(section(report, "Image without a fixed version (2 places)")).contains("`Dockerfile:2`",
                "`compose.yaml:3`");
        assertThat(section(report, "Container with the rights of its host (2 places)")).contains("`compose.yaml:4`",
                "`compose.yaml:8`");
        assertThat(section(report, "File added from the network unchecked (1 place)")).contains("`Dockerfile:6`");
        assertThat(section(report, "Files that everybody may write (1 place)")).contains("`Dockerfile:7`");
    }

    @Test
    void namesAFileOfSecretsThatWasNotLoaded() {
        String report = new OfflineRun(Map.of("a.py", "x = 1\n")).fileTree(
                "a.py\n.env [not loaded: secret]\n.env.example\ndeploy/\n  id_rsa [not loaded: secret]\ntests/\n  id_rsa [not loaded: secret]\n")
                .play(20).report();

        assertThat(section(report, "File that holds secrets by its kind (2 files)")).contains("- `.env`",
                "- `deploy/id_rsa`");
    }

    @Test
    void eachItemOfThePlanNamesAFindingOfTheSamePriority() {
        String report = new OfflineRun(OfflineFixture.dangerous()).play(20).report();
        String plan = report.substring(report.indexOf("## Prioritized Development Plan"));
        String overview = report.substring(report.indexOf("| Finding |"), report.indexOf("### F1 "));

        assertThat(plan).contains("### P0: do first", "### P1: do next", "### P2: do when you pass by");
        assertThat(plan.lines().filter(line -> line.matches("\\d+\\. .*"))).hasSizeGreaterThan(10).allSatisfy(item -> {
            String number = item.replaceFirst(".*?\\*\\* \\((F\\d+)[;)].*", "$1");
            String title = item.replaceFirst("\\d+\\. \\*\\*(.*?)\\*\\*.*", "$1");
            String before = plan.substring(0, plan.indexOf(item));
            String priority = before.substring(before.lastIndexOf("### ") + 4).substring(0, 2);
            assertThat(overview).contains("| %s | %s | %s |".formatted(number, priority, title));
        });
    }

    @Test
    void saysSoWhenAManifestCannotBeRead() {
        String report = report("package.json", "{\"dependencies\": [1, null], ", "pyproject.toml", "[[[", "pom.xml",
                "<project><dependency>", "composer.json", "null", "a/package.json", "{\"dependencies\": 3}");

        assertThat(section(report, "### What the manifests say").lines()
                .filter(line -> line.contains("could not be parsed")))
                .hasSize(4);
    }

    private static String report(String... pathsAndTexts) {
        Map<String, String> files = new TreeMap<>();
        for (int i = 0; i < pathsAndTexts.length; i += 2) {
            files.put(pathsAndTexts[i], pathsAndTexts[i + 1]);
        }
        return new OfflineRun(files).play(20).report();
    }

    /** The part of a report below the first heading that holds these words, to the next heading. */
    private static String section(String report, String words) {
        int heading = report.lines().filter(line -> line.startsWith("### ") && line.contains(words.replace("### ", "")))
                .findFirst().map(report::indexOf).orElse(-1);
        assertThat(heading).as("%s in %s", words, report).isNotNegative();
        int end = report.indexOf("\n##", heading + 1);
        return report.substring(heading, end < 0 ? report.length() : end);
    }
}
