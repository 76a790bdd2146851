package dev.deeprepo.llm;

import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The words of one streamed reply on their way to whoever listens, part by part, each on lines of its own. */
final class Speech {

    private static final Logger log = LoggerFactory.getLogger(Speech.class);

    private @Nullable Consumer<String> listener;
    private @Nullable Object speaking;
    /** Half a surrogate pair, whose other half is in the next piece. */
    private String half = "";

    Speech(Consumer<String> listener) {
        this.listener = listener;
    }

    /** @param part whatever tells one part of the reply from another */
    void say(Object part, String piece) {
        if (listener == null || piece.isEmpty()) {
            return;
        }
        boolean goesOn = speaking == null || Objects.equals(speaking, part);
        String text = goesOn ? half + piece : "\n" + piece;
        speaking = part;
        int whole = text.length() - (Character.isHighSurrogate(text.charAt(text.length() - 1)) ? 1 : 0);
        half = text.substring(whole);
        if (whole > 0) {
            tell(listener, text.substring(0, whole));
        }
    }

    private void tell(Consumer<String> listening, String text) {
        try {
            listening.accept(text);
        } catch (RuntimeException e) {
            log.warn("A listener to what a model says failed; it hears no more of this reply, which goes on", e);
            listener = null;
        }
    }
}
