package dev.deeprepo.rlm;

import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.JournalWriter;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The warnings of a run, each journaled once, whatever attempt it arose in. */
final class Warnings {

    private final JournalWriter journal;
    private final Recording recording;
    private final Set<Warned> said = ConcurrentHashMap.newKeySet();

    Warnings(JournalWriter journal, Recording recording) {
        this.journal = journal;
        this.recording = recording;
    }

    void once(Warned warning) {
        if (!recording.has(warning) && said.add(warning)) {
            journal.append(warning);
        }
    }
}
