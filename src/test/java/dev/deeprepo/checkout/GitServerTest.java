package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GitServerTest {

    @Test
    void servesARepositoryThatGitCanClone(@TempDir Path directory) {
        try (GitServer server = GitServer.start()) {
            GitRepository repository = server.create("owner/demo", Map.of("README.md", "# demo\n"));
            String first = repository.git("rev-parse", "main");
            repository.annotatedTag("v1", first).tag("light", first);
            repository.commit("feature/x", Map.of("x.txt", "x"));

            GitRepository clone = GitRepository.init(directory.resolve("clone.git"), directory);
            clone.git("fetch", "--quiet", "--no-tags", "--depth", "1", server.url("owner/demo"),
                    "refs/tags/v1:refs/tags/v1");

            assertThat(clone.git("rev-parse", "v1^{commit}")).isEqualTo(first);
            assertThat(clone.git("show", "v1:README.md")).isEqualTo("# demo");
            assertThat(server.requests()).hasSize(3);
        }
    }

    @Test
    void givesEqualContentEqualCommitIds() {
        try (GitServer server = GitServer.start()) {
            String one = server.create("one", Map.of("a", "1")).git("rev-parse", "main");
            String two = server.create("two", Map.of("a", "1")).git("rev-parse", "main");
            assertThat(one).isEqualTo(two);
        }
    }
}
