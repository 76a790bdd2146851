package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** What is shipped: the jar and the container. */
class PackageIT {

    /** Each library in it, by name and version, and nothing that is not. */
    @Test
    void theJarListsWhatItIsMadeOf() throws IOException {
        List<String> libraries;
        JsonNode sbom;
        try (JarFile jar = new JarFile(Distribution.packed().toFile())) {
            libraries = jar.stream().map(entry -> entry.getName()).filter(name -> name.matches("BOOT-INF/lib/.*\\.jar"))
                    .map(name -> name.substring("BOOT-INF/lib/".length())).toList();
            sbom = JsonMapper.shared().readTree(jar.getInputStream(
                    Objects.requireNonNull(jar.getEntry("META-INF/sbom/application.cdx.json"))));
        }
        List<String> listed = new ArrayList<>();
        for (JsonNode component : sbom.get("components")) {
            assertThat(component.path("hashes").isEmpty()).as("%s", component.get("name")).isFalse();
            listed.add("%s-%s.jar".formatted(component.get("name").asString(), component.get("version").asString()));
        }
        assertThat(sbom.get("bomFormat").asString()).isEqualTo("CycloneDX");
        assertThat(libraries).hasSizeGreaterThan(50)
                .filteredOn(library -> !library.startsWith("spring-boot-jarmode-tools")).isSubsetOf(listed);
    }

    /** What has only a name is another tomorrow. The build's own rule (versions-are-fixed) sees to libraries and plugins. */
    @Test
    void everyVersionIsPinned() throws IOException {
        assertThat(Files.readString(Path.of("pom.xml")))
                .contains("<id>versions-are-fixed</id>", "<banDynamicVersions/>",
                        "<requirePluginVersions>")
                .doesNotContain("<repositories>", "<pluginRepositories>");
        assertThat(Files.readString(Path.of(".mvn/wrapper/maven-wrapper.properties")))
                .containsPattern("(?m)^distributionSha256Sum=[0-9a-f]{64}$");
        List<String> images = new ArrayList<>(Files.readAllLines(Path.of("Dockerfile")).stream()
                .filter(line -> line.matches("(?i)(FROM|# *syntax=).*")).map(line -> line.split(" ", -1)[1]).toList());
        for (JsonNode service : compose()) {
            if (!service.has("build")) {
                images.add(service.get("image").asString());
            }
        }
        assertThat(images).hasSize(3).allMatch(image -> image.matches("[a-z-]+:\\d+\\.\\d+[^@]*@sha256:[0-9a-f]{64}"));
    }

    @Test
    void noContainerHasRightsAndOneIsPublishedOnThisMachineOnly() throws IOException {
        JsonNode services = compose();
        assertThat(services.propertyNames()).containsExactly("deeprepo", "postgres");
        for (JsonNode service : services) {
            assertThat(service.at("/read_only").asBoolean()).isTrue();
            assertThat(service.at("/cap_drop/0").asString()).isEqualTo("ALL");
            assertThat(service.has("cap_add")).isFalse();
            assertThat(service.has("privileged")).isFalse();
            assertThat(service.at("/security_opt/0").asString()).isEqualTo("no-new-privileges:true");
            assertThat(service.has("mem_limit")).isTrue();
            assertThat(service.get("pids_limit").asInt()).isPositive();
        }
        assertThat(services.at("/postgres/user").asString()).isEqualTo("999:999");
        assertThat(services.at("/postgres").has("ports")).isFalse();
        JsonNode service = services.get("deeprepo");
        assertThat(service.get("ports")).allMatch(port -> port.asString().startsWith("127.0.0.1:"));
        assertThat(service.at("/environment/DEEPREPO_SECURITY_OPEN").asString()).isEqualTo("true");
        assertThat(Files.readString(Path.of("Dockerfile"))).contains("\nUSER 10001:10001\n");
    }

    private static JsonNode compose() throws IOException {
        return YAMLMapper.shared().readTree(Files.readString(Path.of("docker-compose.yml"))).get("services");
    }
}
