package dev.deeprepo.rlm;

import dev.deeprepo.journal.AnalysisId;
import java.time.Clock;
import java.time.Duration;

/** The double that other tests use keeps the promises of the real one. */
class InMemoryReplyCacheTest extends ReplyCacheContract {

    @Override
    protected ReplyCache cache(Clock clock, Duration ttl, long size) {
        return new InMemoryReplyCache(clock, ttl, size);
    }

    @Override
    protected AnalysisId analysis() {
        return AnalysisId.random();
    }
}
