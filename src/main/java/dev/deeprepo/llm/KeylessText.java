package dev.deeprepo.llm;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The words of a streamed reply without keys: what may be the beginning of one is held back until more is said. */
final class KeylessText implements Consumer<String> {

    private static final Logger log = LoggerFactory.getLogger(KeylessText.class);

    private final Redaction redaction;
    private final Consumer<String> listener;
    private String held = "";

    KeylessText(Redaction redaction, Consumer<String> listener) {
        this.redaction = redaction;
        this.listener = listener;
    }

    @Override
    public void accept(String piece) {
        String text = redaction.reply(held + piece);
        int open = redaction.open(text);
        held = text.substring(open);
        if (open > 0) {
            listener.accept(text.substring(0, open));
        }
    }

    /** Nothing more is said. */
    void end() {
        if (!held.isEmpty()) {
            try {
                listener.accept(held);
            } catch (RuntimeException e) {
                log.warn("A listener to what a model says failed at its last words; the reply is used as it is", e);
            }
        }
    }
}
