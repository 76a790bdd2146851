package dev.deeprepo.rlm;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.usage.Role;

/**
 * Hears what a run's models say while they say it, as far as their replies are streamed: for the eyes only, since a reply
 * counts once it is whole and in the journal. Must not block.
 */
@FunctionalInterface
public interface LiveText {

    LiveText NONE = (source, text) -> {};

    /**
     * One attempt at a call.
     *
     * @param begun the entry that it stands behind: the question, or the failure of the attempt before
     * @param turn 0 for the baseline
     * @param attempt from 1; what earlier attempts at the same question said is void
     */
    record Source(Entry begun, Role role, int turn, int attempt) {

        /** The attempt after this one. */
        Source next(Entry failure) {
            return new Source(failure, role, turn, attempt + 1);
        }
    }

    void said(Source source, String text);
}
