package dev.deeprepo.analysis;

import dev.deeprepo.rlm.LiveText.Source;
import dev.deeprepo.usage.Role;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What models are saying and one reader has not been sent yet. It is bounded: of each role there is one attempt at most,
 * the newest, and of that so many characters; a reader that is too slow for more is told that it misses some.
 *
 * <p>Text has its place in the journal: behind the entry that its attempt began with, before the next one of its call.
 * The reader says how far it is, so that it gets neither text that is early nor text that is void.
 */
final class UnsentText {

    /** Characters of one attempt that are kept for a reader. */
    static final int MOST = 65_536;

    private final Map<Role, Attempt> attempts = new EnumMap<>(Role.class);
    private final Map<Role, Long> ended = new EnumMap<>(Role.class);

    private static final class Attempt {

        private final Source source;
        private final StringBuilder text = new StringBuilder();
        private boolean cut;

        private Attempt(Source source) {
            this.source = source;
        }
    }

    /** Adds a piece; true when there was nothing before, so that somebody should look. */
    synchronized boolean add(Source source, String piece) {
        if (source.begun().sequence() < ended.getOrDefault(source.role(), 0L)) {
            return false;
        }
        boolean news = attempts.isEmpty();
        Attempt attempt = attempts.get(source.role());
        if (attempt == null || attempt.source.begun().sequence() != source.begun().sequence()) {
            attempt = new Attempt(source);
            attempts.put(source.role(), attempt);
        }
        int room = Math.min(piece.length(), MOST - attempt.text.length());
        attempt.text.append(piece, 0, room);
        attempt.cut |= room < piece.length();
        return news;
    }

    synchronized boolean isEmpty() {
        return attempts.isEmpty();
    }

    /**
     * What a role has said since, for a reader that has been sent the journal up to and including {@code last}; null =
     * nothing, or nothing yet.
     */
    synchronized @Nullable StreamedText take(Role role, long last) {
        Attempt attempt = attempts.get(role);
        if (attempt == null || attempt.source.begun().sequence() > last) {
            return null;
        }
        attempts.remove(role);
        // By way of bytes: half a surrogate pair, as a cut may leave it, would be no JSON.
        String whole = new String(attempt.text.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
        return new StreamedText(role.label(), attempt.source.turn(), attempt.source.attempt(), whole, attempt.cut);
    }

    /** Attempts of this role that began before that entry are over: what they said and was not sent is void. */
    synchronized void ended(Role role, long sequence) {
        ended.put(role, sequence);
        Attempt attempt = attempts.get(role);
        if (attempt != null && attempt.source.begun().sequence() < sequence) {
            attempts.remove(role);
        }
    }
}
