package dev.deeprepo.rlm;

import dev.deeprepo.journal.AnalysisId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where bought replies are kept for a while, by the {@link Question#hash}. Bounded in time and size: what is too old is
 * gone, and the oldest leave first when there are too many.
 */
interface ReplyCache {

    /** The text of a reply; null when there is none, or it is too old. */
    @Nullable
    String find(String hash);

    /**
     * Keeps replies. Where there is one already that is not too old, that one stays. What a database refuses (NUL, half a
     * surrogate pair) is replaced.
     */
    void store(List<Kept> replies);

    /** @param boughtBy the analysis that paid for it: when that is deleted, so is the reply */
    record Kept(String hash, AnalysisId boughtBy, String text) {}
}
