package dev.deeprepo.checkout;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Where a reader of the program begins. Found by name and by a small look at the content: cheap, and now and then wrong.
 *
 * @param reason such as {@code main class} or {@code command "deeprepo"}
 */
record EntryPoint(String path, String reason) {

    private static final int MAX = 40;
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern TEST = Pattern
            .compile("(^|/)(tests?|testing|testdata|test-data|spec|specs|__tests__|fixtures?|examples?|samples?|demos?|"
                    + "bench|benchmarks?|docs?|[a-zA-Z]+Tests?|it)/|[._]test\\.|_spec\\.|(^|/)test_|Tests?\\.[a-z]+$");
    /** Tried on single lines only: on whole files a pattern like these costs more than all the rest of the index. */
    private static final Pattern JVM_MAIN = Pattern
            .compile("\\s{0,16}(?:(?:public|static|final|suspend) )*(?:void|fun|def) main\\(.*");
    private static final Pattern C_MAIN = Pattern.compile("(?:extern \"C\" )?(?:int|auto|void) w?main\\(.*");
    private static final Pattern GO_MAIN = Pattern.compile("func main\\(\\).*");
    private static final Pattern RUST_MAIN = Pattern.compile("(?:pub )?(?:async )?fn main\\(.*");
    private static final Pattern CS_MAIN = Pattern.compile(".*static (?:async )?(?:void|int|Task(?:<int>)?) Main\\(.*");
    private static final Pattern PYTHON_MAIN = Pattern.compile("(?m)^if\\s+__name__\\s*==\\s*['\"]__main__['\"]");
    private static final Pattern SCRIPTS = Pattern.compile(
            "(?ms)^\\[(?:project\\.(?:gui-)?scripts|tool\\.poetry\\.scripts)\\]\\s*$(.*?)(?=^\\[|\\z)");
    private static final Pattern SCRIPT = Pattern
            .compile("(?m)^\\s*['\"]?([\\w.-]+)['\"]?\\s*=\\s*['\"]([\\w.]+:[\\w.]+)");
    private static final Pattern CONSOLE_SCRIPT = Pattern
            .compile("(?m)^\\s*['\"]?([\\w.-]+)\\s*=\\s*([\\w.]+:[\\w.]+)");
    private static final Pattern DOCKER = Pattern.compile("(?mi)^(?:ENTRYPOINT|CMD)\\s+(.{1,100})");
    private static final Pattern PROCESS = Pattern.compile("(?m)^([\\w-]+):\\s*(.{1,100})");

    /** Adds what this file says. */
    static void find(String path, byte[] utf8, List<EntryPoint> found) {
        // Latin-1 is a plain copy, and all patterns are ASCII.
        String text = new String(utf8, StandardCharsets.ISO_8859_1);
        String name = path.substring(path.lastIndexOf('/') + 1);
        switch (name) {
            case "package.json" -> nodePackage(path, utf8, found);
            case "pyproject.toml" -> {
                Matcher table = SCRIPTS.matcher(text);
                while (table.find()) {
                    each(SCRIPT.matcher(table.group(1)), path, "command \"%s\" (%s)", found);
                }
            }
            case "setup.py", "setup.cfg" -> {
                int start = text.indexOf("console_scripts");
                if (start >= 0) {
                    each(CONSOLE_SCRIPT.matcher(text.substring(start)), path, "command \"%s\" (%s)", found);
                }
            }
            case "Procfile" -> each(PROCESS.matcher(text), path, "process \"%s\": %s", found);
            default -> {
                String reason = name.startsWith("Dockerfile") ? container(text) : program(path, name, text);
                if (reason != null) {
                    found.add(new EntryPoint(path, reason));
                }
            }
        }
    }

    /** The most telling ones: programs before tests and examples, shallow before deep. */
    static List<EntryPoint> foremost(List<EntryPoint> found) {
        return found.stream().sorted(Comparator.comparing((EntryPoint e) -> TEST.matcher(e.path).find())
                .thenComparing(e -> !e.reason.startsWith("Spring Boot"))
                .thenComparing(e -> e.path.chars().filter(c -> c == '/').count())).limit(MAX).toList();
    }

    private static @Nullable String program(String path, String name, String text) {
        return switch (LoadingRules.type(name)) {
            case "java", "kt", "scala", "groovy" -> text.contains("@SpringBootApplication\n")
                    || text.contains("@SpringBootApplication(") || text.contains("@SpringBootApplication\r")
                            ? "Spring Boot application"
                            : hasLine(text, "main(", JVM_MAIN) ? "main class" : null;
            case "go" -> text.contains("package main") && hasLine(text, "main(", GO_MAIN) ? "func main" : null;
            case "rs" -> hasLine(text, "main(", RUST_MAIN) ? "fn main" : null;
            case "c", "cc", "cpp", "cxx", "m" -> hasLine(text, "main(", C_MAIN) ? "main function" : null;
            case "cs" -> name.equals("Program.cs") || hasLine(text, "Main(", CS_MAIN) ? "Main method" : null;
            case "py" -> python(name, text);
            case "js", "mjs", "cjs", "ts", "rb", "pl", "php",
                    "sh" ->
                text.startsWith("#!") && path.matches("(.*/)?(s?bin|cli|exe|scripts)/[^/]+|[^/]+")
                        ? "script"
                        : null;
            default -> null;
        };
    }

    private static boolean hasLine(String text, String word, Pattern pattern) {
        for (int at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
            int start = text.lastIndexOf('\n', at) + 1;
            int end = Math.min(at + 40, text.length());
            if (at - start < 100
                    && pattern.matcher(text.substring(start, end).lines().findFirst().orElse("")).matches()) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable String python(String name, String text) {
        return switch (name) {
            case "__main__.py" -> "python -m";
            case "manage.py" -> "Django commands";
            case "wsgi.py", "asgi.py" -> "web server interface";
            default -> text.contains("__main__") && PYTHON_MAIN.matcher(text).find() ? "run as script" : null;
        };
    }

    private static @Nullable String container(String text) {
        String command = null;
        for (Matcher line = DOCKER.matcher(text); line.find();) {
            command = "container runs " + line.group(1).strip();
        }
        return command;
    }

    private static void nodePackage(String path, byte[] utf8, List<EntryPoint> found) {
        JsonNode root;
        try {
            root = JSON.readTree(utf8);
        } catch (JacksonException e) {
            return;
        }
        JsonNode bin = root.path("bin");
        if (bin.isString()) {
            found.add(new EntryPoint(path, "command " + shown(bin)));
        }
        bin.properties().stream().limit(10).forEach(command -> found
                .add(new EntryPoint(path, "command \"" + command.getKey() + "\" (" + shown(command.getValue()) + ")")));
        if (root.path("main").isString()) {
            found.add(new EntryPoint(path, "package main " + shown(root.path("main"))));
        }
        if (root.path("scripts").path("start").isString()) {
            found.add(new EntryPoint(path, "npm start: " + shown(root.path("scripts").path("start"))));
        }
    }

    private static String shown(JsonNode value) {
        String text = value.isString() ? value.stringValue() : "";
        return Glyphs.escaped(text.substring(0, Math.min(100, text.length())));
    }

    private static void each(Matcher matcher, String path, String form, List<EntryPoint> found) {
        for (int i = 0; i < 10 && matcher.find(); i++) {
            found.add(new EntryPoint(path, form.formatted(matcher.group(1), matcher.group(2).strip())));
        }
    }
}
