package dev.deeprepo.report;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.ChangedFile;
import dev.deeprepo.journal.ChangesFound;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.journal.FindingsCompared;
import dev.deeprepo.journal.Trajectory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What became of the findings of an earlier report. A finding is the code that it quotes: in two reports it is the same
 * one when both quote the same code of the same file, and it is gone when that code is. Lines count for nothing, since
 * code moves; a finding without a quote cannot be compared.
 */
public final class SinceEarlier {

    static final String TITLE = "Since the Earlier Report";
    private static final int MAX_LISTED = 50;

    private SinceEarlier() {}

    /** @param found in the new answer */
    public static FindingsCompared compare(EarlierReport earlier, ChangesFound changes, List<CheckedFinding> found,
            Snapshot snapshot) {
        Map<String, String> renamed = new HashMap<>();
        changes.files().forEach(file -> {
            if (file.from() != null) {
                renamed.put(file.from(), file.path());
            }
        });
        Sources sources = new Sources(snapshot);
        Set<List<String>> known = new HashSet<>();
        List<CheckedFinding> gone = new ArrayList<>();
        List<CheckedFinding> still = new ArrayList<>();
        for (CheckedFinding finding : earlier.findings()) {
            String path = renamed.getOrDefault(finding.path(), finding.path());
            if (comparable(finding) && known.add(identity(path, finding))) {
                (stands(finding, path, sources) ? still : gone).add(finding);
            }
        }
        List<CheckedFinding> fresh = found.stream().filter(SinceEarlier::comparable)
                .filter(finding -> known.add(identity(finding.path(), finding))).toList();
        return new FindingsCompared(List.copyOf(gone), List.copyOf(still), fresh);
    }

    private static boolean comparable(CheckedFinding finding) {
        return finding.holds() && finding.quote() != null;
    }

    private static List<String> identity(String path, CheckedFinding finding) {
        return List.of(path, String.valueOf(finding.quote()).replaceAll("\\s+", ""));
    }

    private static boolean stands(CheckedFinding finding, String path, Sources sources) {
        Integer line = finding.line();
        return sources.isLoaded(path)
                && sources.text(path).find(String.valueOf(finding.quote()), line == null ? 1 : line) > 0;
    }

    /** The answer with what was compared at the head of its section on that, which is made where it has none. */
    static String told(String answer, Trajectory trajectory) {
        FindingsCompared compared = trajectory.compared();
        ChangesFound changes = trajectory.changes();
        if (compared == null || changes == null) {
            return answer;
        }
        String text = text(compared, changes, trajectory.findings() == null
                ? List.of()
                : trajectory.findings().findings());
        for (Blocks.Title title : new Blocks(answer).titles()) {
            if (title.text().equalsIgnoreCase(TITLE)) {
                return answer.substring(0, title.end()) + "\n\n" + text + "\nThe answer says:\n\n"
                        + answer.substring(title.end()).stripLeading();
            }
        }
        return Report.closed(answer.stripTrailing() + "\n") + "\n## " + TITLE + "\n\n" + text;
    }

    private static String text(FindingsCompared compared, ChangesFound changes, List<CheckedFinding> found) {
        Set<List<String>> named = new HashSet<>();
        found.forEach(finding -> named.add(identity(finding.path(), finding)));
        StringBuilder text = new StringBuilder();
        String problem = changes.problem();
        text.append(problem == null
                ? "Checked by machine, commit %s beside %s: %,d of the files that are read have changed.\n".formatted(
                        code(changes.to()), code(changes.from()), changes.files().size() + changes.more())
                : "Checked by machine, without a diff: %s.\n".formatted(AccountText.plain(problem)));
        list(text, "Fixed, or moved elsewhere: the quoted code is gone", compared.gone(), _ -> "");
        list(text, "Still there: the quoted code is as it was", compared.still(),
                finding -> named.contains(identity(renamed(changes, finding.path()), finding))
                        ? ""
                        : ", not named in this report");
        list(text, "New in this report", compared.fresh(), _ -> "");
        return text.toString();
    }

    private static String renamed(ChangesFound changes, String path) {
        return changes.files().stream().filter(file -> path.equals(file.from())).map(ChangedFile::path).findFirst()
                .orElse(path);
    }

    private static void list(StringBuilder text, String heading, List<CheckedFinding> findings,
            java.util.function.Function<CheckedFinding, String> remark) {
        text.append("\n- %s: %,d\n".formatted(heading, findings.size()));
        findings.stream().limit(MAX_LISTED).forEach(finding -> text.append("  - ")
                .append(code(finding.line() == null ? finding.path() : finding.path() + ":" + finding.line()))
                .append(remark.apply(finding)).append(": ").append(AccountText.plain(finding.claim())).append('\n'));
        if (findings.size() > MAX_LISTED) {
            text.append("  - and %,d more\n".formatted(findings.size() - MAX_LISTED));
        }
    }

    private static String code(String value) {
        return AccountText.code(value);
    }

    /** Whether the run ended with the earlier report, its commit being the same. */
    static boolean unchanged(@Nullable EarlierReport earlier, String commit) {
        return earlier != null && earlier.question() == null && earlier.commit().equals(commit);
    }
}
