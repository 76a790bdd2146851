package dev.deeprepo.rlm;

import dev.deeprepo.journal.Event.CellFinished;
import java.util.ArrayList;
import java.util.List;

/** What a run has to show so far, for when it ends without an answer: the draft, else notes and printed output. */
final class Findings {

    /** Characters of one printed observation that are kept. */
    private static final int LIMIT = 4_000;

    private String draft = "";
    private final List<String> notes = new ArrayList<>();
    private final List<String> printed = new ArrayList<>();

    void said(int turn, String text) {
        if (!text.isBlank()) {
            notes.add("**Turn %d.** %s".formatted(turn, text.strip()));
        }
    }

    void ran(CellFinished cell) {
        if (!cell.answer().isBlank()) {
            draft = cell.answer();
        }
        if (cell.outputLength() > 0) {
            String text = Observation.cut(cell.observation(), cell.observation().length(), LIMIT);
            String fence = "```";
            while (text.contains(fence)) {
                fence += "`";
            }
            printed.add("Turn %d, cell %d:\n\n%stext\n%s\n%s".formatted(cell.turn(), cell.cell(), fence, text, fence));
        }
    }

    /** The best that can be shown, in Markdown; empty when there is nothing. */
    String best() {
        if (!draft.isEmpty()) {
            return draft;
        }
        List<String> parts = new ArrayList<>();
        if (!notes.isEmpty()) {
            parts.add("## Notes of the model\n\n" + String.join("\n\n", notes));
        }
        if (!printed.isEmpty()) {
            parts.add("## Output of its code\n\n" + String.join("\n\n", printed));
        }
        return parts.isEmpty()
                ? ""
                : "The run ended before a report was written. What follows is what had been found by then, unedited.\n\n"
                        + String.join("\n\n", parts);
    }
}
