package dev.deeprepo.analysis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The settings below {@code deeprepo.} that exist, as the compiler wrote them down.
 *
 * @param types by name, without the prefix
 */
record SettingNames(Map<String, String> types) {

    private static final String PREFIX = "deeprepo.";

    /** Not ours: of scripts/analyze.sh, of docker-compose.yml, and what Kubernetes sets for a service named deeprepo. */
    private static final Pattern OTHERS = Pattern.compile("DEEPREPO_(URL|API_KEY|MEMORY|PORT|PORT_.*|SERVICE_.*)");

    static SettingNames read() {
        Map<String, String> types = new HashMap<>();
        try (InputStream metadata = SettingNames.class
                .getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            if (metadata == null) {
                throw new IllegalStateException("built without its list of settings");
            }
            for (JsonNode each : JsonMapper.shared().readTree(metadata).path("properties")) {
                String name = each.path("name").asString();
                if (name.startsWith(PREFIX)) {
                    types.put(name.substring(PREFIX.length()), each.path("type").asString());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new SettingNames(Map.copyOf(types));
    }

    /** The first parts of the names. */
    Set<String> groups() {
        return types.keySet().stream().map(name -> name.replaceFirst("\\..*", ""))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether a name in any of its spellings ({@code dataDir}, {@code data_dir}) begins with one of them. */
    boolean hasGroup(String name) {
        String first = plain(name.replaceFirst("\\..*", ""));
        return groups().stream().anyMatch(group -> plain(group).equals(first));
    }

    /**
     * Those of these environment variables that begin like ours and set nothing: Spring itself passes over them. With what
     * to write instead, where that is known.
     */
    Set<String> unknownVariables(Collection<String> variables) {
        return variables.stream()
                .filter(name -> name.startsWith("DEEPREPO_") && !OTHERS.matcher(name).matches() && !isSetting(name))
                .map(this::withTheSpellingThatIsRead).collect(Collectors.toCollection(TreeSet::new));
    }

    private boolean isSetting(String variable) {
        String plain = plain(variable.substring(PREFIX.length()));
        return types.entrySet().stream().anyMatch(setting -> isMap(setting.getValue())
                ? variable.startsWith(entry(setting.getKey()))
                : setting.getValue().startsWith("java.util.")
                        ? plain.startsWith(plain(setting.getKey()))
                        : plain.equals(plain(setting.getKey())));
    }

    private String withTheSpellingThatIsRead(String variable) {
        String plain = plain(variable.substring(PREFIX.length()));
        return types.entrySet().stream()
                .filter(setting -> isMap(setting.getValue()) && plain.startsWith(plain(setting.getKey()))).findFirst()
                .map(setting -> "%s (write %s…)".formatted(variable, entry(setting.getKey()))).orElse(variable);
    }

    private static boolean isMap(String type) {
        return type.startsWith("java.util.Map<");
    }

    /** How a variable begins that sets an entry of a map: other than the names of values, Spring reads this without hyphens only. */
    private static String entry(String map) {
        return (PREFIX + map).toUpperCase(Locale.ROOT).replace("-", "").replace('.', '_') + "_";
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[._-]", "");
    }
}
