package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Changes;
import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.ChangedFile;
import dev.deeprepo.journal.ChangesFound;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Event.CheckedFinding;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run builds on: an earlier report on the same repository.
 *
 * @param changes of the commit since that report; null where none are looked for, the commit being the same
 */
record Basis(EarlierReport earlier, @Nullable ChangesFound changes) {

    /** Whether the run is to answer a question, rather than to write the report anew. */
    boolean asks() {
        return earlier.question() != null;
    }

    /** What Python finds of it, beside the repository: names and their values. */
    Map<String, Object> inPython(Snapshot snapshot) {
        Map<String, Object> names = new LinkedHashMap<>();
        names.put("earlier_report", earlier.report());
        names.put("earlier_findings", earlier.findings().stream().map(Basis::inPython).toList());
        ChangesFound found = changes;
        if (found != null) {
            names.put("changed_files", found.files().stream().map(Basis::inPython).toList());
            names.put("diffs", found.problem() == null ? diffs(snapshot, found) : Map.of());
        }
        return names;
    }

    /** Of the files on record alone: what Python sees is what it saw when the run began. */
    private static Map<String, String> diffs(Snapshot snapshot, ChangesFound found) {
        Changes now = snapshot.changesSince(found.from());
        String lost = "[%s]".formatted(now.problem());
        Map<String, String> diffs = new LinkedHashMap<>();
        List<String> paths = found.files().stream().map(ChangedFile::path).toList();
        paths.forEach(path -> diffs.put(path, now.diffs().getOrDefault(path, lost)));
        return diffs;
    }

    private static Map<String, @Nullable Object> inPython(ChangedFile file) {
        Map<String, @Nullable Object> words = new LinkedHashMap<>();
        words.put("path", file.path());
        words.put("status", file.status());
        words.put("from", file.from());
        words.put("added", file.added());
        words.put("removed", file.removed());
        return words;
    }

    private static Map<String, @Nullable Object> inPython(CheckedFinding finding) {
        Map<String, @Nullable Object> words = new LinkedHashMap<>();
        words.put("claim", finding.claim());
        words.put("path", finding.path());
        words.put("line", finding.line());
        words.put("quote", finding.quote());
        words.put("holds", finding.holds());
        return words;
    }
}
