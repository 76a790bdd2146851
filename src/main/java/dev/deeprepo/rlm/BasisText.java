package dev.deeprepo.rlm;

import dev.deeprepo.journal.ChangesFound;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Event.CheckedFinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How models are told what a run builds on. */
final class BasisText {

    /** Characters of the earlier report, checked places and changed files that are named. */
    private static final int MAX_EARLIER = 40_000;
    private static final int MAX_PLACES = 60;
    private static final int MAX_CHANGED = 100;

    private BasisText() {}

    /** The earlier report, and what has changed since; empty when there is none. */
    static String of(@Nullable Basis basis, boolean python) {
        if (basis == null) {
            return "";
        }
        EarlierReport earlier = basis.earlier();
        List<String> parts = new ArrayList<>();
        parts.add(Prompts.nudge("earlier", Map.of("commit", earlier.commit(), "report",
                Observation.cut(earlier.report().strip(), earlier.report().strip().length(), MAX_EARLIER), "checked",
                checked(earlier.findings()))));
        if (python) {
            parts.add(Prompts.nudge("earlier-in-python", Map.of()));
        }
        ChangesFound changes = basis.changes();
        if (changes != null) {
            String problem = changes.problem();
            parts.add(problem == null
                    ? Prompts.nudge("changes", Map.of("count", "%,d".formatted(changes.files().size() + changes.more()),
                            "files", listed(changes)))
                    : Prompts.nudge("changes-unknown", Map.of("problem", problem)));
            if (python && problem == null) {
                parts.add(Prompts.nudge("changes-in-python", Map.of()));
            }
            parts.add(Prompts.nudge("since-earlier", Map.of()));
        }
        return String.join("\n\n", parts) + "\n\n";
    }

    private static String checked(List<CheckedFinding> findings) {
        if (findings.isEmpty()) {
            return "It names no place in the code that could be checked.";
        }
        String listed = findings.stream().limit(MAX_PLACES).map(BasisText::checked).collect(Collectors.joining("\n"));
        return "The places that it names were checked at that commit, %,d of %,d hold:\n\n%s%s".formatted(
                findings.stream().filter(CheckedFinding::holds).count(), findings.size(), listed,
                more(findings.size() - MAX_PLACES));
    }

    private static String checked(CheckedFinding finding) {
        String place = finding.line() == null ? finding.path() : finding.path() + ":" + finding.line();
        String claim = finding.claim().replaceAll("\\s+", " ").strip();
        return "- `%s` %s: %s".formatted(place, finding.holds() ? "holds" : "does not hold (" + finding.problem() + ")",
                Observation.cut(claim, claim.length(), 200));
    }

    private static String listed(ChangesFound changes) {
        return changes.files().stream().limit(MAX_CHANGED)
                .map(file -> "- %s `%s`%s +%d −%d".formatted(file.status(), file.path(),
                        file.from() == null ? "" : " (was `" + file.from() + "`)", file.added(), file.removed()))
                .collect(Collectors.joining("\n")) + more(changes.files().size() + changes.more() - MAX_CHANGED);
    }

    private static String more(int more) {
        return more > 0 ? "\n- … and %,d more".formatted(more) : "";
    }
}
