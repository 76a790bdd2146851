package dev.deeprepo.analysis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Looks over the settings before anything is made of them: a group below {@code deeprepo.} that nobody reads, or a
 * variable {@code DEEPREPO_…} that sets nothing, is a typing error, not a wish to be ignored (inside a group of a file
 * its own record refuses what it does not know); and the data directory becomes absolute, which H2 insists on, and when it is new, closed to others.
 */
final class StartEnvironment implements EnvironmentPostProcessor, Ordered {

    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        refuseUnknown(environment, SettingNames.read());
        String dataDir = Binder.get(environment).bind("deeprepo.data-dir", String.class).orElse("./data");
        if (dataDir.isBlank() || dataDir.contains(";")) {
            throw new BadSetting("deeprepo.data-dir must name a directory, without a semicolon, was \"%s\""
                    .formatted(dataDir));
        }
        Path directory = Path.of(dataDir).toAbsolutePath().normalize();
        closeToOthers(directory);
        environment.getPropertySources().addFirst(new MapPropertySource("deeprepo data directory",
                Map.of("deeprepo.data-dir", directory.toString())));
    }

    /** Prompts and reports lie there. One that exists has the rights that somebody gave it. */
    private static void closeToOthers(Path directory) {
        try {
            Files.createDirectories(directory,
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            // Whoever writes there first says so.
        }
    }

    private static void refuseUnknown(ConfigurableEnvironment environment, SettingNames settings) {
        Set<String> unknown = new TreeSet<>();
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource variables) {
                unknown.addAll(settings.unknownVariables(List.of(variables.getPropertyNames())));
            } else {
                groups(environment, source).stream().filter(key -> !settings.hasGroup(key))
                        .forEach(key -> unknown.add("deeprepo." + key));
            }
        }
        if (!unknown.isEmpty()) {
            throw new BadSetting("%s: no such setting; below deeprepo. there are %s".formatted(
                    String.join(", ", unknown), String.join(", ", settings.groups())));
        }
    }

    private static Set<String> groups(ConfigurableEnvironment environment, ConfigurationPropertySource source) {
        return new Binder(List.of(source), new PropertySourcesPlaceholdersResolver(environment))
                .bind("deeprepo", Bindable.mapOf(String.class, Object.class)).orElse(Map.of()).keySet();
    }

    /** A setting that cannot stand. */
    static final class BadSetting extends RuntimeException {

        BadSetting(String message) {
            super(message);
        }
    }
}
