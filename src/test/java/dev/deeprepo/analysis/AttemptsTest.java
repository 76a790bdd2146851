package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.rlm.Domain;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** How often a run is begun anew before it is given up. */
@ExtendWith(TestService.Shared.class)
class AttemptsTest {

    private final TestService service;

    AttemptsTest(TestService service) {
        this.service = service;
    }

    @Test
    void parkedAttemptsAreNoFailuresHoweverManyInARow() {
        AnalysisId id = saved("https://github.com/demo/complete");
        try (JournalWriter writer = service.bean(Journal.class).writer(id, 0)) {
            for (int i = 0; i < 2 * AnalysisWorker.MAX_STALLED_ATTEMPTS; i++) {
                writer.append(new Event.AttemptStarted(0, "stopped"));
                writer.append(new Event.AttemptParked(0, "the instance stops", null));
            }
        }
        service.bean(AnalysisWorker.class).work(id);

        assertThat(service.analysis(id.toString()).get("status").asString()).isEqualTo("COMPLETED");
    }

    @Test
    void aDiskThatIsLowIsWaitedForAFewTimesAndThenNamed() {
        AnalysisId id = saved("https://github.com/fails/disk-low");
        AnalysisWorker worker = service.bean(AnalysisWorker.class);

        for (int i = 1; i < AnalysisWorker.MAX_STALLED_ATTEMPTS; i++) {
            assertThatThrownBy(() -> worker.work(id)).isInstanceOf(CheckoutException.class);
            assertThat(service.analysis(id.toString()).get("status").asString()).isEqualTo("QUEUED");
        }
        worker.work(id);

        JsonNode error = service.analysis(id.toString()).get("error");
        assertThat(error.get("code").asString()).isEqualTo("disk-low");
        assertThat(error.get("retryable").asBoolean()).isTrue();
    }

    @Test
    void whatIsHeldBackSaysByWhatAndUntilWhen() {
        String id = service.submit("https://github.com/fails/disk-low", "complete");
        Instant before = Instant.now();

        JsonNode queue = Awaitility.await().until(() -> service.analysis(id).at("/progress/queue"),
                waiting -> waiting.path("held").isObject());

        assertThat(queue.at("/held/code").asString()).isEqualTo("disk-low");
        assertThat(queue.at("/held/detail").asString()).isEqualTo("no repository disk-low");
        Instant until = Instant.parse(queue.at("/held/until").asString());
        assertThat(until).isBetween(before, before.plusSeconds(10));
        service.post("/analyses/" + id + "/cancel", "");
        assertThat(service.await(id, "CANCELLED").at("/progress/queue").isNull()).isTrue();
    }

    /** Without a job: nobody but the test works on it. */
    private AnalysisId saved(String repository) {
        AnalysisId id = AnalysisId.random();
        AnalysisRequest request = new AnalysisRequest(repository, null, null, Mode.RLM, Domain.CODE, null,
                "root-model", "sub/model", null, 3, BigDecimal.ONE, 3, null, Duration.ofMinutes(1), true, null, null);
        service.bean(Analyses.class).add(id, 0, Submission.of(request),
                new KeyedRequest(Caller.EVERYBODY, null, "asked"));
        service.bean(Journal.class).begin(id, new Event.Accepted(Map.of()), List.of());
        return id;
    }
}
