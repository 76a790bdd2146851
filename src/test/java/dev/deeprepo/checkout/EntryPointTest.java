package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryPointTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
            "src/App.java | `@SpringBootApplication\nclass App {}` | Spring Boot application",
            "A.java | `class A {\n    public static void main(String[] args) {}\n}` | main class",
            "A.java | `void main() {}` | main class", "A.kt | `fun main() {}` | main class",
            "cmd/a/main.go | `package main\nfunc main() {}` | func main", "src/main.rs | `fn main() {}` | fn main",
            "a.c | `int main(int argc, char **argv) {` | main function",
            "Tool.cs | `    static async Task Main(string[] args)` | Main method",
            "a/__main__.py | `x` | python -m", "a.py | `if __name__ == '__main__':` | run as script",
            "bin/run.js | `#!/usr/bin/env node` | script",
            "pyproject.toml | `[project.scripts]\ntool = \"pkg.cli:main\"\n[x]\na = \"b:c\"` | command \"tool\" (pkg.cli:main)",
            "setup.cfg | `console_scripts =\n  tool = pkg.cli:main` | command \"tool\" (pkg.cli:main)",
            "package.json | `{\"bin\":{\"x\":\"bin/x.js\"}}` | command \"x\" (bin/x.js)",
            "Procfile | `web: java -jar a.jar` | process \"web\": java -jar a.jar",
            "Dockerfile | `FROM x\nENTRYPOINT [\"run\"]` | container runs [\"run\"]"})
    void isFoundByNameAndContent(String path, String content, String reason) {
        assertThat(find(path, content)).containsExactly(new EntryPoint(path, reason));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"A.java | `// see main(String[])`", "a.py | `main()`",
            "package.json | `[1]`", "package.json | `{broken`", "lib.go | `package lib\nfunc main() {}`"})
    void isNotSeenInMereMentions(String path, String content) {
        assertThat(find(path, content)).isEmpty();
    }

    @Test
    void programsComeBeforeTests() {
        EntryPoint test = new EntryPoint("test/A.java", "main class");
        EntryPoint deep = new EntryPoint("a/b/c/Main.java", "main class");
        EntryPoint spring = new EntryPoint("a/b/c/d/App.java", "Spring Boot application");
        assertThat(EntryPoint.foremost(List.of(test, deep, spring))).containsExactly(spring, deep, test);
    }

    private static List<EntryPoint> find(String path, String content) {
        List<EntryPoint> found = new ArrayList<>();
        EntryPoint.find(path, content.getBytes(StandardCharsets.UTF_8), found);
        return found;
    }
}
