package dev.deeprepo.analysis;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Looks over the settings before anything is made of them: a group below {@code deeprepo.} that nobody reads is a typing
 * error, not a wish to be ignored (inside a group its own record refuses what it does not know); and the data directory
 * becomes absolute, which H2 insists on.
 */
final class StartEnvironment implements EnvironmentPostProcessor, Ordered {

    private static final Set<String> GROUPS = Set.of("budget", "checkout", "data-dir", "jobs", "llm", "models", "repl",
            "report", "retry", "security", "usage");

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        Binder binder = Binder.get(environment);
        Set<String> unknown = new TreeSet<>(
                binder.bind("deeprepo", Bindable.mapOf(String.class, Object.class)).orElse(Map.of()).keySet());
        unknown.removeIf(StartEnvironment::isKnown);
        if (!unknown.isEmpty()) {
            throw new BadSetting("deeprepo.%s is no setting of deeprepo; below deeprepo. there are %s".formatted(
                    String.join(", deeprepo.", unknown), String.join(", ", new TreeSet<>(GROUPS))));
        }
        String dataDir = binder.bind("deeprepo.data-dir", String.class).orElse("./data");
        if (dataDir.isBlank() || dataDir.contains(";")) {
            throw new BadSetting("deeprepo.data-dir must name a directory, without a semicolon, was \"%s\""
                    .formatted(dataDir));
        }
        environment.getPropertySources().addFirst(new MapPropertySource("deeprepo data directory",
                Map.of("deeprepo.data-dir", Path.of(dataDir).toAbsolutePath().normalize().toString())));
    }

    /** Environment variables come without dashes or with their parts as levels: DATA_DIR as datadir or data.dir. */
    private static boolean isKnown(String key) {
        String plain = key.toLowerCase(java.util.Locale.ROOT);
        return GROUPS.stream()
                .anyMatch(group -> plain.equals(group) || plain.equals(group.replace("-", ""))
                        || plain.equals(group.replaceFirst("-.*", "")) || plain.startsWith(group + "."));
    }

    /** A setting that cannot stand. */
    static final class BadSetting extends RuntimeException {

        BadSetting(String message) {
            super(message);
        }
    }
}
