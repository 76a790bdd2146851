package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.Snapshot.SourceFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

@Isolated("measures time")
@Tag("slow")
class RealRepositoriesTest {

    private static final Logger log = LoggerFactory.getLogger(RealRepositoriesTest.class);

    /** Those with many small files: 5 300 in 53 MB. */
    private static final Set<String> MODULES = Set.of("jdk.internal.md", "jdk.hotspot.agent", "jdk.jpackage", "jdk.jfr",
            "java.compiler", "jdk.internal.vm.ci", "java.xml.crypto", "java.rmi", "jdk.jdi", "java.security.jgss",
            "jdk.internal.le", "java.naming", "java.management", "java.xml", "java.net.http", "jdk.javadoc");

    @Test
    void readsThisVeryProject() {
        try (GitServer server = GitServer.start(); LocalCheckout checkout = new LocalCheckout()) {
            server.create("deeprepo").commitDirectory("main", Path.of("").toAbsolutePath(),
                    path -> path.startsWith("src/") || path.equals("pom.xml"));
            try (Snapshot snapshot = checkout.fetch(server.url("deeprepo"), "main")) {
                assertThat(snapshot.files()).extracting(SourceFile::path).contains("pom.xml",
                        "src/main/java/dev/deeprepo/DeeprepoApplication.java").isSorted();
                assertThat(snapshot.text("pom.xml")).contains("<artifactId>deeprepo</artifactId>");
                assertThat(snapshot.metadata()).containsEntry("repository", "deeprepo").extractingByKey("entryPoints")
                        .asInstanceOf(InstanceOfAssertFactories.LIST)
                        .first()
                        .isEqualTo(Map.of("path", "src/main/java/dev/deeprepo/DeeprepoApplication.java", "reason",
                                "Spring Boot application"));
                assertThat((List<?>) snapshot.metadata().get("largestFiles")).hasSize(15);
                assertThat(snapshot.fileTree()).contains("src/\n  main/\n    java/\n      dev/ (");
            }
        }
    }

    /** Fetching must cost little more than git's own clone, indexing a second or two per 10 000 files. */
    @Test
    void readsThousandsOfFilesOfTheJdk(@TempDir Path directory) {
        Path sources = Path.of(System.getProperty("java.home"), "lib", "src.zip");
        assertThat(sources).as("the sources that a JDK brings (lib/src.zip); this one was installed without").exists();
        try (GitServer server = GitServer.start(); LocalCheckout checkout = new LocalCheckout()) {
            server.create("jdk").commitZip("main", sources, path -> MODULES.contains(path.split("/", 2)[0]));
            GitRepository clone = GitRepository.init(directory.resolve("warm.git"), directory);
            long start = System.nanoTime();
            clone.git("clone", "--quiet", "--bare", "--depth", "1", server.url("jdk"),
                    directory.resolve("c").toString());
            Duration cloning = Duration.ofNanos(System.nanoTime() - start);

            start = System.nanoTime();
            try (Snapshot snapshot = checkout.fetch(server.url("jdk"), null)) {
                Duration fetching = Duration.ofNanos(System.nanoTime() - start);
                LongAdder bytes = new LongAdder();
                start = System.nanoTime();
                snapshot.forEach((path, text) -> bytes.add(text.length));
                Duration streaming = Duration.ofNanos(System.nanoTime() - start);
                log.info("{} files, {} MB: git clone {} ms, fetch and index {} ms, stream {} ms",
                        snapshot.files().size(),
                        bytes.sum() >> 20, cloning.toMillis(), fetching.toMillis(), streaming.toMillis());
                assertThat(snapshot.files().size()).isGreaterThan(5000);
                assertThat(snapshot.files().stream().mapToLong(SourceFile::bytes).sum()).isEqualTo(bytes.sum());
                assertThat(snapshot.text("java.xml/javax/xml/parsers/DocumentBuilder.java"))
                        .contains("class DocumentBuilder");
                assertThat(snapshot.fileTree().getBytes(StandardCharsets.UTF_8)).hasSizeBetween(1000, 65_536);
                assertThat(snapshot.warnings()).isEmpty();
                assertThat(Files.exists(directory.resolve("c/HEAD"))).isTrue();
            }
        }
    }
}
