package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The offline scripts on repositories that mean harm: each pattern must take its time in proportion to the text. */
@SecondLane
@Tag("slow")
class OfflineHostileTest {

    /** Text that makes careless patterns slow, or parsers fail, under every name that some rule reads. */
    @ParameterizedTest
    @ValueSource(strings = {"((", "'\"", "if (", "/*", "<<A\n", "\n", "a.", "<dependency>", "<!--", "TODO ", "`${", "[",
            "password=", "import ", "except:\n", "{\u0000\u001b[31m\uFFFD\n"})
    void staysQuickAndWholeOnHostileText(String piece) {
        String text = piece.repeat(60_000 / piece.length());
        Map<String, String> files = new TreeMap<>(Map.of("z.py", "eval(x)\n"));
        for (String path : List.of("package.json", "pyproject.toml", "Cargo.toml", "pom.xml", "composer.json", "go.mod",
                "Gemfile", "build.gradle", "a.csproj", "setup.py", "requirements.txt", "Dockerfile", "compose.yml",
                ".github/workflows/x.yml", "a.py", "a.js", "a.c", "a.rb", "a.php", "a.sh", "A.java", "a.go", "a.rs",
                "A.cs", "a.kt", "README.md")) {
            files.put(path, text);
        }
        String report = Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60),
                () -> new OfflineRun(files).play(20).report());

        assertThat(report).contains("`z.py:1`: `eval(x)`", "## Prioritized Development Plan")
                .doesNotContain("could not be written", "because the step did not finish");
    }
}
