package dev.deeprepo;

import static dev.deeprepo.webhook.Receiver.SILENCE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.GitServer;
import dev.deeprepo.webhook.Receiver;
import dev.deeprepo.webhook.Receiver.Call;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The packaged service, killed with -9 after analyses have ended and before their receivers know. */
@Tag("slow")
class WebhookIT {

    @TempDir
    Path directory;

    /** One request was refused and the next is due later; one is under way and never answered. */
    @Test
    void everyReceiverIsToldAfterAKillUnderTheIdItSawBefore() throws IOException {
        try (GitServer git = Fixtures.gitServer();
                Receiver receiver = new Receiver((call, before) -> before > 0
                        ? 204
                        : call.target().startsWith("/silent") ? SILENCE : 500);
                ScriptedProvider provider = new ScriptedProvider(
                        _ -> ScriptedProvider.Answer.code("set_answer('# Found\\n\\nnothing')"))) {
            Map<String, String> environment = new HashMap<>(Fixtures.environment(provider));
            environment.putAll(Map.of("DEEPREPO_WEBHOOK_SECRET", Receiver.SECRET, "DEEPREPO_WEBHOOK_BASE_DELAY", "3s",
                    "DEEPREPO_WEBHOOK_TIMEOUT", "3s", "DEEPREPO_WEBHOOK_ALLOWED_SCHEMES", "http",
                    "DEEPREPO_WEBHOOK_ALLOW_PRIVATE_ADDRESSES", "true"));
            ServiceProcess service = new ServiceProcess(directory, environment).awaitReady();
            try {
                List<String> targets = List.of("/refusing", "/silent");
                List<String> ids = targets.stream().map(target -> submit(service, git, receiver.url(target))).toList();
                Awaitility.await().atMost(Duration.ofSeconds(30))
                        .until(() -> targets.stream().allMatch(target -> receiver.calls(target).size() == 1));
                service.kill();
                try (ServiceProcess next = new ServiceProcess(directory, environment).awaitReady()) {
                    for (int i = 0; i < ids.size(); i++) {
                        String id = ids.get(i);
                        JsonNode callback = Awaitility.await().atMost(Duration.ofSeconds(20))
                                .until(() -> next.api().get("/analyses/" + id).path("callback"),
                                        it -> it.path("status").asString().equals("DELIVERED"));
                        assertThat(callback.path("attempts").asInt()).isEqualTo(2);
                        List<Call> calls = receiver.calls(targets.get(i));
                        assertThat(calls).hasSize(2).allSatisfy(Receiver::assertSigned);
                        assertThat(calls.getFirst().id()).isEqualTo(calls.getLast().id());
                        assertThat(calls.getFirst().body()).isEqualTo(calls.getLast().body());
                        System.out.printf("%s: told again %d s after the first time, under the same id%n",
                                targets.get(i),
                                calls.getLast().timestamp() - calls.getFirst().timestamp());
                    }
                }
            } finally {
                service.close();
            }
        }
    }

    private static String submit(ServiceProcess service, GitServer git, String callbackUrl) {
        return service.api().submit(Map.of("repository", git.url("fixture"), "rootModel", "sonnet", "subModel",
                "minimax", "callbackUrl", callbackUrl));
    }
}
