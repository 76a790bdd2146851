package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.TestDatabase;
import java.time.Instant;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The keys that versions before the table of keyed requests kept in the rows of analyses: each still means the same. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class KeyedRequestsMigrationContract {

    private static final String ALICE = "alice";
    private static final String BOB = "bob";

    private final AnalysisId tried = AnalysisId.random();
    private final AnalysisId another = AnalysisId.random();
    private final AnalysisId bobs = AnalysisId.random();
    private final AnalysisId keyless = AnalysisId.random();

    @AutoClose
    private final TestDatabase database;
    private final KeyedRequests requests;

    /** @param database without anything */
    KeyedRequestsMigrationContract(TestDatabase database) {
        this.database = database.migrate("9");
        this.requests = new KeyedRequests(JdbcClient.create(database.jdbc()));
    }

    @BeforeAll
    void migrateWhatAnEarlierVersionWrote() {
        save(tried, ALICE, "submitted", "a retry");
        save(another, ALICE, null, "submitted"); // a retry could have the key of a submission then
        save(bobs, BOB, "submitted", "a retry");
        save(keyless, "", null, null);
        database.migrate("latest");
    }

    private void save(AnalysisId id, String owner, @Nullable String key, @Nullable String retryKey) {
        database.jdbc().update("""
                insert into analysis (id, owner, status, attempt, mode, domain, repository, request, created_at,
                                      idempotency_key, request_hash, retry_key)
                values (?, ?, 'FAILED', 1, 'RLM', 'code', 'https://example.org/a/b', '{}', ?, ?, ?, ?)""",
                id.value(), owner, Instant.EPOCH.atOffset(ZoneOffset.UTC), key, submission(owner, key).asked(),
                retryKey);
    }

    private static KeyedRequest submission(String owner, @Nullable String key) {
        return KeyedRequest.submission(owner, key, "the body of " + owner);
    }

    private static KeyedRequest retry(String owner, String key, AnalysisId id) {
        return new KeyedRequest(owner, key, "retry " + id);
    }

    @Test
    void submissionsComeToTheAnalysesThatTheyCameTo() {
        assertThat(result(submission(ALICE, "submitted"))).isEqualTo(tried);
        assertThat(result(submission(BOB, "submitted"))).isEqualTo(bobs);
    }

    @Test
    void retriesAreAboutTheAnalysesThatTheyWereAbout() {
        assertThat(result(retry(ALICE, "a retry", tried))).isEqualTo(tried);
        assertThat(result(retry(BOB, "a retry", bobs))).isEqualTo(bobs);
    }

    @Test
    void otherRequestsWithTheirKeysAreRefused() {
        assertRefused(KeyedRequest.submission(ALICE, "submitted", "another body"));
        assertRefused(retry(ALICE, "a retry", another));
        assertRefused(submission(ALICE, "a retry"));
    }

    @Test
    void aKeyThatWasUsedTwiceIsThatOfTheSubmission() {
        assertRefused(retry(ALICE, "submitted", another));
    }

    @Test
    void noOtherKeyIsTaken() {
        AnalysisId done = AnalysisId.random();

        assertThat(requests.once(retry(ALICE, "new", tried), () -> done)).isEqualTo(done);
        assertThat(requests.once(submission("", "submitted"), () -> done)).isEqualTo(done);
        assertThat(database.jdbc().queryForObject("select count(*) from keyed_request", Long.class)).isEqualTo(4);
    }

    @Test
    void everyAnalysisIsStillThere() {
        assertThat(database.jdbc().queryForObject("select count(*) from analysis", Long.class)).isEqualTo(4);
    }

    private AnalysisId result(KeyedRequest request) {
        return requests.once(request, () -> {
            throw new AssertionError("done anew: " + request);
        });
    }

    private void assertRefused(KeyedRequest request) {
        assertThatThrownBy(() -> result(request)).isInstanceOfSatisfying(Refused.class,
                refused -> assertThat(refused.code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED));
    }
}
