package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.usage.Role;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * What a run has to show so far, for when it ends without an answer: the draft, else the
 * baseline, else notes, printed output and what
 * the sub model said.
 */
public final class Findings {

    /** Characters of one printed observation that are kept. */
    private static final int LIMIT = 4_000;

    /** Replies of the sub model that are kept, and characters of each. */
    private static final int MOST_REPLIES = 50;
    private static final int REPLY_LIMIT = 1_500;

    private String draft = "";
    private String baseline = "";
    private final List<String> notes = new ArrayList<>();
    private final List<String> printed = new ArrayList<>();
    private final Map<CallKey, String> replies = new ConcurrentSkipListMap<>(CallKey.ORDER);

    Findings() {}

    /** What the journal of a run has to show, in Markdown; empty when there is nothing. */
    public static String in(List<Entry> history) {
        Findings findings = new Findings();
        for (Entry entry : history) {
            switch (entry.event()) {
                case ModelReplied reply when reply.role() == Role.ROOT ->
                    findings.said(reply.key().turn(), reply.text());
                case ModelReplied reply when reply.role() == Role.BASELINE -> findings.baseline = reply.text();
                case ModelReplied reply when reply.error() == null -> findings.answered(reply.key(), reply.text());
                case CellFinished cell -> findings.ran(cell);
                default -> {
                    // nothing to show
                }
            }
        }
        return findings.best();
    }

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
            printed.add("Turn %d, cell %d:\n\n%s".formatted(cell.turn(), cell.cell(),
                    fenced(cell.observation(), LIMIT)));
        }
    }

    /** The sub model replied; from any thread. */
    void answered(CallKey key, String text) {
        if (!text.isBlank() && replies.size() < MOST_REPLIES) {
            replies.put(key, fenced(text, REPLY_LIMIT));
        }
    }

    /** The best that can be shown, in Markdown; empty when there is nothing. */
    String best() {
        if (!draft.isEmpty()) {
            return draft;
        }
        if (!baseline.isBlank()) {
            return baseline;
        }
        String evidence = evidence();
        return evidence.isEmpty()
                ? ""
                : "The run ended before a report was written. What follows is what had been found by then, unedited.\n\n"
                        + evidence;
    }

    /** All that was found, in Markdown; empty when nothing was. */
    String evidence() {
        List<String> parts = new ArrayList<>();
        part(parts, "Draft of the report", draft.isEmpty() ? List.of() : List.of(draft));
        part(parts, "Notes of the model", notes);
        part(parts, "Output of its code", printed);
        part(parts, "Replies of the sub model", replies.values());
        return String.join("\n\n", parts);
    }

    private static void part(List<String> parts, String heading, Collection<String> items) {
        if (!items.isEmpty()) {
            parts.add("## " + heading + "\n\n" + String.join("\n\n", items));
        }
    }

    private static String fenced(String text, int limit) {
        String cut = Observation.cut(text, text.length(), limit);
        String fence = "```";
        while (cut.contains(fence)) {
            fence += "`";
        }
        return "%stext\n%s\n%s".formatted(fence, cut, fence);
    }
}
