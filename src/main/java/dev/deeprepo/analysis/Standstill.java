package dev.deeprepo.analysis;

import dev.deeprepo.journal.ChangesFound;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import java.util.List;

/** How often a run was begun without getting any further, as its journal tells. */
final class Standstill {

    private Standstill() {}

    /** Attempts that were put aside to wait an error out since a step of the run was last completed. */
    static int parked(List<Entry> history) {
        int parked = 0;
        for (Entry entry : history.reversed()) {
            if (entry.event() instanceof Event.ModelReplied || entry.event() instanceof Event.CellFinished
                    || entry.event() instanceof Event.CheckedOut || entry.event() instanceof Event.Reopened) {
                break;
            }
            parked += entry.event() instanceof Event.AttemptParked event && event.code() != null ? 1 : 0;
        }
        return parked;
    }

    /** Attempts that began since a step of the run was last completed, and were not parked. */
    static int stalled(List<Entry> history) {
        int stalled = 0;
        for (Entry entry : history) {
            switch (entry.event()) {
                case Event.AttemptStarted _ -> stalled++;
                case Event.AttemptParked _ -> stalled--;
                case Event.Reopened _ -> stalled = 0;
                case ChangesFound _ -> stalled = 0;
                case Event.CheckedOut _ -> stalled = 0;
                case Event.ModeChosen _ -> stalled = 0;
                case Event.BaselinePacked _ -> stalled = 0;
                case Event.RunStarted _ -> stalled = 0;
                case Event.ModelReplied _ -> stalled = 0;
                case Event.SynthesisBegun _ -> stalled = 0;
                case Event.CellFinished _ -> stalled = 0;
                default -> {
                    // begun, not completed
                }
            }
        }
        return stalled;
    }
}
