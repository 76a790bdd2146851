package dev.deeprepo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A newcomer without any key, with this very project as the repository. */
class OfflineIT {

    @RegisterExtension
    static final Deployment service = Deployment.offline();

    @BeforeAll
    static void createRepositories() {
        service.git().create("deeprepo").commitDirectory("main", Path.of(""),
                file -> Stream.of("src/", "scripts/", "pom.xml",
                        "README.md", "Dockerfile", "docker-compose.yml", ".ci/").anyMatch(file::startsWith));
        for (String fixture : List.of("planted", "project", "library")) {
            service.git().create(fixture).commitDirectory("main", Path.of("src/test/resources/offline", fixture),
                    file -> true);
        }
    }

    @Test
    void theScriptPrintsAReportThatSpeaksOfTheRealCode(@TempDir Path directory) throws Exception {
        Path out = directory.resolve("out");
        ProcessBuilder builder = new ProcessBuilder("sh", "scripts/analyze.sh", service.url("deeprepo"), "-o",
                out.toString()).redirectError(directory.resolve("progress.txt").toFile())
                .redirectOutput(directory.resolve("report.txt").toFile());
        builder.environment().put("DEEPREPO_URL", service.api().base());
        Process script = builder.start();
        assertThat(script.waitFor(90, TimeUnit.SECONDS)).isTrue();
        String progress = Files.readString(directory.resolve("progress.txt"));
        String report = Files.readString(directory.resolve("report.txt"));

        assertThat(script.exitValue()).as(progress).isZero();
        assertThat(report.lines().limit(8)).anyMatch(line -> line.contains("No language model was used"));
        assertThat(report).contains("DeeprepoApplication.java", "## Architecture Overview", "## Bug & Issue Audit",
                "## Code Quality Assessment", "## Prioritized Development Plan", "## Account");
        assertThat(report).contains(largestSource());
        assertThat(Files.readString(out.resolve("report.md"))).isEqualTo(report);
        assertThat(out.resolve("metrics.json")).content().contains("\"status\"", "\"COMPLETED\"");
        assertThat(progress).isNotBlank();
    }

    @Test
    void aRunCostsNothingAndSaysSo() {
        String id = service.api().submit(Map.of("repository", service.url("deeprepo"), "path", "src/main"));

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));

        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo("COMPLETED");
        assertThat(analysis.path("models").path("root").asString()).isEqualTo("offline/explorer");
        assertThat(analysis.path("models").path("sub").asString()).isEqualTo("offline/digest");
        assertThat(analysis.path("usage").path("total").path("costUsd").decimalValue()).isZero();
        assertThat(analysis.path("usage").path("sub").path("calls").asInt()).isPositive();

        String again = service.api().submit(Map.of("repository", service.url("deeprepo"), "path", "src/main"));
        assertThat(service.api().await(again, Duration.ofSeconds(60)).path("usage").path("sub"))
                .as("what costs nothing is not cached").isEqualTo(analysis.path("usage").path("sub"));
    }

    /** With one turn all cells stand in one reply; with too few tokens for a turn there is only the last call. */
    @ParameterizedTest
    @CsvSource({"maxTurns, 1, COMPLETED", "maxTokens, 10000, PARTIAL"})
    @Tag("slow")
    void aRunThatHasRoomForLittleEndsWithAReport(String limit, int value, String status) {
        String id = service.api().submit(Map.of("repository", service.url("planted"), limit, value));

        JsonNode analysis = service.api().await(id, Duration.ofSeconds(60));

        assertThat(analysis.path("status").asString()).as(() -> analysis + service.log()).isEqualTo(status);
        assertThat(analysis.path("warnings").toString().contains("ended-early")).as(() -> analysis.toString())
                .isEqualTo(status.equals("PARTIAL"));
        String report = service.api().get("/analyses/" + id + "/report", "text/markdown");
        assertThat(report.lines().limit(8)).anyMatch(line -> line.contains("No language model was used"));
        assertThat(report).contains("## Architecture Overview", "## Bug & Issue Audit", "## Code Quality Assessment",
                "## Prioritized Development Plan", "## Account")
                .containsPattern("`app/src/main/kotlin/Jobs.kt[`:]|`store/[^`]+`|`README.md`");
    }

    @ParameterizedTest
    @CsvSource({"deeprepo, code", "planted, code", "deeprepo, context", "project, context", "deeprepo, content",
            "library, content"})
    @Tag("slow")
    void everyPlaceThatTheReportNamesIsThereWithTheLineItQuotes(String repository, String domain) {
        String id = service.api().submit(Map.of("repository", service.url(repository), "domain", domain));
        assertThat(service.api().await(id, Duration.ofSeconds(90)).path("status").asString()).isEqualTo("COMPLETED");

        String report = service.api().get("/analyses/" + id + "/report", "text/markdown");

        assertThat(report).containsPattern("\\b(\\d{2,}) places in the code checked, \\1 hold");
        assertThat(report.lines().limit(8)).anyMatch(line -> line.contains("No language model was used"));
    }

    /** The largest source file of the program itself. */
    private static String largestSource() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main"))) {
            return files.filter(file -> file.toString().matches(".*\\.(java|py)"))
                    .max(Comparator.comparingLong(file -> file.toFile().length())).orElseThrow().toString();
        }
    }
}
