package dev.deeprepo.analysis;

import dev.deeprepo.journal.AnalysisId;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** All requests with a key, of whatever kind: the one place that knows which have been done. */
@Repository
class KeyedRequests {

    private record Done(AnalysisId analysis, String asked) {}

    private final JdbcClient jdbc;

    KeyedRequests(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /**
     * Does what is asked for, unless the same request with the same key has been done already, here or elsewhere.
     *
     * @param work keeps the request in the transaction that does it
     * @return the analysis that it came to, or was about
     * @throws Refused by the work, or when the key belongs to another request
     */
    AnalysisId once(KeyedRequest request, Supplier<AnalysisId> work) {
        return earlier(request).orElseGet(() -> {
            try {
                return work.get();
            } catch (DuplicateKeyException | Refused e) {
                return earlier(request).orElseThrow(() -> e); // refused, perhaps, for what its twin has just done
            }
        });
    }

    /** @throws DuplicateKeyException when the key was used before */
    void keep(KeyedRequest request, AnalysisId analysis) {
        if (request.key() != null) {
            jdbc.sql("insert into keyed_request (owner, idempotency_key, asked, analysis_id) values (?, ?, ?, ?)")
                    .params(request.owner(), request.key(), request.asked(), analysis.value()).update();
        }
    }

    private Optional<AnalysisId> earlier(KeyedRequest request) {
        if (request.key() == null) {
            return Optional.empty();
        }
        Optional<Done> earlier = jdbc
                .sql("select analysis_id, asked from keyed_request where owner = ? and idempotency_key = ?")
                .params(request.owner(), request.key())
                .query((row, _) -> new Done(new AnalysisId(row.getObject("analysis_id", UUID.class)),
                        row.getString("asked")))
                .optional();
        earlier.filter(done -> !done.asked().equals(request.asked())).ifPresent(done -> {
            throw new Refused(ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "this Idempotency-Key belongs to another request, on analysis %s; use a new key"
                            .formatted(done.analysis()));
        });
        return earlier.map(Done::analysis);
    }
}
