package dev.deeprepo.journal;

/** The journal holds an event that this version cannot read, because a newer one wrote it. */
public final class UnknownEvent extends IllegalStateException {

    UnknownEvent(String name) {
        super("the journal holds an event '%s' that this version does not know; a newer one wrote it".formatted(name));
    }
}
