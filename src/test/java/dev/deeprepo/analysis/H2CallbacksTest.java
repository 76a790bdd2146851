package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** And what has to do with no database. */
class H2CallbacksTest extends CallbacksContract {

    H2CallbacksTest(@TempDir Path dataDir) {
        super(TestService.start(dataDir, SETTINGS));
    }

    @ParameterizedTest
    @CsvSource({"/broken,3,the receiver answered 500", "/gone,1,the receiver answered 410",
            "/moved,3,the receiver answered 302; redirects are not followed"})
    void givesUpAndSaysWhy(String path, int attempts, String error) {
        JsonNode callback = awaitCallback(submit(path, "complete"), "FAILED").get("callback");

        assertThat(callback.get("attempts").asInt()).isEqualTo(attempts);
        assertThat(callback.get("lastError").asString()).isEqualTo(error);
        assertThat(callback.get("deliveredAt").isNull()).isTrue();
        assertThat(receiver.calls(path)).hasSize(attempts);
        assertThat(receiver.calls("/redirected")).isEmpty();
        assertThat(service.get("/actuator/prometheus").body())
                .contains("deeprepo_webhook_attempts_total{result=\"given_up\"}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"fork|'\"fromTurn\": 1,'", "questions|'\"question\": \"why?\",'",
            "refresh|''"})
    void followUpsTellTheirOwnReceiverAndNotTheParents(String kind, String fields) {
        String parent = submit("/parent/" + kind, "complete");
        awaitCallback(parent, "DELIVERED");
        String path = "/analyses/" + parent + "/" + kind;

        HttpResponse<String> answer = service.post(path,
                "{%s \"callbackUrl\": \"%s\"}".formatted(fields, receiver.url("/child/" + kind)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
        String id = TestService.json(answer).get("id").asString();
        awaitCallback(id, "DELIVERED");

        assertThat(receiver.calls("/child/" + kind)).singleElement().satisfies(
                call -> assertThat(call.json().get("data").get("id").asString()).isEqualTo(id));
        assertThat(receiver.calls("/parent/" + kind)).hasSize(1);
        HttpResponse<String> silent = service.post(path, "{%s}".formatted(fields.replace(",", "")));
        assertThat(TestService.json(silent).get("callback").isNull()).as(silent.body()).isTrue();
        HttpResponse<String> refused = service.post(path,
                "{%s \"callbackUrl\": \"ftp://hooks.dev/x\"}".formatted(fields));
        assertThat(TestService.json(refused).get("code").asString()).isEqualTo("callback-refused");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"ftp://hooks.dev/x", "http://u:secret@127.0.0.1/x", "http://127.1/x",
            "http://0x7f000001/", "/x", "http://127.0.0.1/a#b", "http://127.0.0.1/%0d%0a"})
    void refusesAHostileAddressBeforeAnythingIsSaved(String url) {
        HttpResponse<String> answer = service.post("/analyses",
                "{\"repository\": \"https://github.com/a/b\", \"callbackUrl\": \"%s\"}".formatted(url));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(TestService.json(answer).get("code").asString()).isEqualTo("callback-refused");
        assertThat(TestService.json(answer).get("field").asString()).isEqualTo("callbackUrl");
        assertThat(answer.body()).doesNotContain("secret");
    }
}
