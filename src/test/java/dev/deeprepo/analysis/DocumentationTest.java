package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.FileSystemResource;
import org.springframework.web.bind.annotation.RequestMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the documents say is what the code does. */
class DocumentationTest {

    private static final Path README = Path.of("README.md");
    private static final Path EXAMPLE = Path.of("application.yml.example");

    private record Setting(String name, String variable, String defaultValue) {}

    @Test
    void theReadmeListsEveryErrorCodeAsItIs() {
        List<String> rows = Arrays.stream(ErrorCode.values())
                .map(code -> "| `%s` | %s | %s | %s |".formatted(code.code(),
                        code.status() == 0 ? "after 202" : code.status(), code.retryable() ? "yes" : "no",
                        code.meaning()))
                .toList();
        assertThat(rows("<!-- error-codes -->", "<!-- /error-codes -->")).containsExactlyElementsOf(rows);
    }

    @Test
    void theReadmeListsEveryCall() {
        Set<String> mapped = new TreeSet<>();
        for (Class<?> controller : List.of(AnalysisController.class, FollowUpController.class,
                ModelsController.class)) {
            RequestMapping base = AnnotatedElementUtils.findMergedAnnotation(controller, RequestMapping.class);
            for (var method : controller.getDeclaredMethods()) {
                RequestMapping mapping = AnnotatedElementUtils.findMergedAnnotation(method, RequestMapping.class);
                if (mapping != null) {
                    mapped.add(mapping.method()[0] + " " + path(base) + path(mapping));
                }
            }
        }
        assertThat(rows("## API", "### Errors").stream().map(row -> row.split("`", -1)[1].replaceFirst("\\?.*", ""))
                .filter(call -> !call.contains("/actuator"))).containsExactlyInAnyOrderElementsOf(mapped);
    }

    private static String path(@Nullable RequestMapping mapping) {
        return mapping == null || mapping.path().length == 0 ? "" : mapping.path()[0];
    }

    @Test
    void theReadmeListsEverySettingAndNoOther() {
        assertThat(settings().stream().map(Setting::name).filter(name -> name.startsWith("deeprepo.")))
                .containsExactlyInAnyOrderElementsOf(
                        SettingNames.read().types().keySet().stream().map(name -> "deeprepo." + name).toList());
    }

    /** The defaults that the compiler wrote down; those of nested values are in the text of a constructor. */
    @Test
    void theReadmeStatesTheDefaults() throws IOException {
        Map<String, String> stated = new HashMap<>();
        settings().forEach(setting -> stated.put(setting.name(), setting.defaultValue()));
        for (JsonNode property : metadata().path("properties")) {
            JsonNode value = property.path("defaultValue");
            if (property.path("name").asString().startsWith("deeprepo.") && !value.isMissingNode()) {
                assertThat(stated.get(property.path("name").asString())).as(property.path("name").asString())
                        .isEqualTo(value.isArray() ? value.get(0).asString() : value.asString());
            }
        }
    }

    @Test
    void everyVariableOfTheReadmeSetsItsSetting() throws IOException {
        String properties = Files.readString(Path.of("src/main/resources/llm.properties"));
        for (Setting setting : settings()) {
            if (setting.name().startsWith("deeprepo.llm.") && !setting.variable().startsWith("DEEPREPO_")) {
                assertThat(properties).contains("%s=${%s:}".formatted(setting.name(), setting.variable()));
            } else if (!setting.variable().endsWith("*") && !setting.variable().equals("PORT")) {
                Binder binder = new Binder(
                        Objects.requireNonNull(ConfigurationPropertySource.from(new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                                Map.of(setting.variable(), "marked")))));
                assertThat(binder.bind(setting.name(), String.class).orElse("unset")).as(setting.variable())
                        .isEqualTo("marked");
            }
        }
        List<String> variables = settings().stream().map(setting -> setting.variable().replace("*", "X")).toList();
        assertThat(SettingNames.read().unknownVariables(variables)).isEmpty();
    }

    @Test
    void theExampleHasEverySettingWithItsVariable() throws IOException {
        Set<String> keys = new TreeSet<>();
        for (String key : flat(uncommented()).keySet()) {
            keys.add(key.replaceFirst("(aliases|api-keys|prices|limits|retry.models|allowed-schemes|tokens)[.\\[].*",
                    "$1"));
        }
        assertThat(keys).containsExactlyInAnyOrderElementsOf(settings().stream().map(Setting::name).toList());
        String text = Files.readString(EXAMPLE);
        assertThat(settings()).allSatisfy(setting -> assertThat(text).contains(setting.variable().replace("*", "")));
    }

    static Stream<JsonNode> records() throws IOException {
        return metadata().path("groups").valueStream()
                .filter(group -> group.path("name").asString().startsWith("deeprepo."))
                .filter(group -> group.path("type").equals(group.path("sourceType")))
                .filter(group -> !group.path("type").asString().contains("$"));
    }

    @ParameterizedTest
    @MethodSource("records")
    void theExampleBindsAsItStandsAndChangesNothing(JsonNode group) throws Exception {
        PropertySource<?> example = new YamlPropertySourceLoader().load("example", new FileSystemResource(EXAMPLE))
                .getFirst();
        assertThat(bound(group, example)).usingRecursiveComparison()
                .withComparatorForType(BigDecimal::compareTo, BigDecimal.class)
                .isEqualTo(bound(group, new MapPropertySource(
                        "nothing", Map.of())));
    }

    @ParameterizedTest
    @MethodSource("records")
    void theExampleBindsWithEverythingUncommented(JsonNode group) throws Exception {
        assertThat(bound(group, new YamlPropertySourceLoader()
                .load("example", new ByteArrayResource(uncommented().getBytes(StandardCharsets.UTF_8)))
                .getFirst())).isNotNull();
    }

    private static Object bound(JsonNode group, PropertySource<?> source) throws ClassNotFoundException {
        Class<?> type = Class.forName(group.path("type").asString());
        boolean strict = !Objects.requireNonNull(type.getAnnotation(ConfigurationProperties.class))
                .ignoreUnknownFields();
        return binder(source, Map.of()).bindOrCreate(
                group.path("name").asString(),
                Bindable.of(type),
                strict ? new NoUnboundElementsBindHandler(BindHandler.DEFAULT, _ -> true) : BindHandler.DEFAULT);
    }

    /** A value that is copied outranks the built-in defaults, and must not outrank the environment with them. */
    @ParameterizedTest
    @CsvSource({"PORT, server.port, 9, 9", "LLM_RETRY_COUNT, deeprepo.retry.rate-limit.retries, 9, 9",
            "LLM_RETRY_MIN_DELAY, deeprepo.retry.rate-limit.min-delay, 0.5, PT0.5S",
            "LLM_RETRY_MAX_DELAY, deeprepo.retry.rate-limit.max-delay, 9, PT9S"})
    void theExampleLeavesTheOlderVariablesInForce(String variable, String setting, String value, String expected)
            throws IOException {
        PropertySource<?> example = new YamlPropertySourceLoader().load("example", new FileSystemResource(EXAMPLE))
                .getFirst();
        assertThat(binder(example, Map.of(variable, value)).bind(setting, String.class).orElse("unset"))
                .isEqualTo(expected);
    }

    private static Binder binder(PropertySource<?> source, Map<String, Object> environment) {
        return new Binder(List.of(Objects.requireNonNull(ConfigurationPropertySource.from(source))),
                new PropertySourcesPlaceholdersResolver(List.of(new MapPropertySource("environment", environment))));
    }

    @Test
    void composePassesOnlyVariablesThatExist() throws IOException {
        Set<String> known = new TreeSet<>();
        settings().forEach(setting -> known.add(setting.variable()));
        known.addAll(Set.of("SPRING_PROFILES_ACTIVE", "POSTGRES_PASSWORD")); // of the profile postgres
        List<String> passed = flat(Files.readString(Path.of("docker-compose.yml"))).keySet().stream()
                .filter(key -> key.startsWith("services.deeprepo.environment."))
                .map(key -> key.substring("services.deeprepo.environment.".length())).toList();
        assertThat(passed).isNotEmpty().isSubsetOf(known);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEEPREPO_FOO", "DEEPREPO_CHECKOUT_TYPO", "DEEPREPO_LLM_CACHES", "DEEPREPO_JOBS",
            "DEEPREPO_SECURITY_TOKEN"})
    void aVariableThatSetsNothingIsNoticed(String variable) {
        assertThat(SettingNames.read().unknownVariables(List.of(variable))).containsExactly(variable);
    }

    /** With it the service would be open, and its owner sure that it is not. */
    @Test
    void aVariableInASpellingThatIsNotReadIsToldTheRightOne() {
        assertThat(SettingNames.read().unknownVariables(List.of("DEEPREPO_SECURITY_API_KEYS_ALICE")))
                .containsExactly("DEEPREPO_SECURITY_API_KEYS_ALICE (write DEEPREPO_SECURITY_APIKEYS_…)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DEEPREPO_URL", "DEEPREPO_API_KEY", "DEEPREPO_SECURITY_APIKEYS_ALICE", "DEEPREPO_PORT",
            "DEEPREPO_MEMORY",
            "DEEPREPO_PORT_8080_TCP_ADDR", "DEEPREPO_SERVICE_HOST",
            "DEEPREPO_JOBS_MAXCONCURRENT", "DEEPREPO_CHECKOUT_ALLOWED_SCHEMES_0", "DEEPREPO_MODELS_PRICES_0_MODEL",
            "DEEPREPO_DATADIR", "HOME"})
    void aVariableThatIsRightOrAnothersIsLeftAlone(String variable) {
        assertThat(SettingNames.read().unknownVariables(List.of(variable))).isEmpty();
    }

    @Test
    void aMisspeltGroupStopsTheStart(@TempDir Path dataDir) {
        assertThat(catchThrowable(() -> TestService.start(dataDir, "deeprepo.securty.token=x").close()))
                .hasStackTraceContaining("deeprepo.securty: no such setting");
    }

    private static List<Setting> settings() {
        return rows("## Retries", "## The sandbox").stream().map(row -> row.split("\\|", -1))
                .map(cells -> new Setting(plain(cells[1]), plain(cells[2]), plain(cells[3]))).toList();
    }

    private static String plain(String cell) {
        return cell.strip().replace("`", "");
    }

    /** The rows of the table between two lines of the README. */
    private static List<String> rows(String from, String to) {
        try {
            return Files.readAllLines(README).stream().dropWhile(line -> !line.equals(from))
                    .takeWhile(line -> !line.equals(to)).filter(line -> line.startsWith("| `")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The example with the settings that it only shows. */
    private static String uncommented() throws IOException {
        return Pattern.compile("(?m)^( +)# ").matcher(Files.readString(EXAMPLE)).replaceAll("$1");
    }

    private static Map<String, Object> flat(String yaml) throws IOException {
        Map<String, Object> flat = new TreeMap<>();
        PropertySource<?> source = new YamlPropertySourceLoader()
                .load("yaml", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8))).getFirst();
        for (String name : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
            flat.put(name, Objects.requireNonNull(source.getProperty(name)));
        }
        return flat;
    }

    private static JsonNode metadata() throws IOException {
        try (InputStream metadata = SettingNames.class
                .getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            return JsonMapper.shared().readTree(Objects.requireNonNull(metadata));
        }
    }
}
