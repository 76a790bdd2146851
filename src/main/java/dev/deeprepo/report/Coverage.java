package dev.deeprepo.report;

import dev.deeprepo.journal.BaselineCall;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.SubCall;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.journal.Withheld;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How much of the repository an answer rests on.
 *
 * @param files in the commit, the loaded ones included
 * @param loaded files whose text the run could read
 * @param notLoaded paths passed over, by reason
 * @param withheld secrets that no model got to see; null = none were looked for
 * @param inPrompts files whose text went into the baseline's prompt or into sub-prompts, as far as these name them: a
 *     path in the first line, or on a line of its own
 * @param cited files named in the answer that are really there
 */
public record Coverage(int files, int loaded, Map<String, Integer> notLoaded, @Nullable Withheld withheld,
        int inPrompts, int cited) {

    private static final int MAX_FIRST = 2_000;
    private static final int MAX_HEADER = 200;
    private static final String NAME = "\\w[\\w.@+~\\[\\]-]*(?:/[\\w.@+~\\[\\]-]+)*(?<=\\.\\w{1,12})";
    private static final Pattern PATH = Pattern.compile("(?<![\\w/.:@+~\\[\\]-])" + NAME + "(?![\\w/])");
    private static final Pattern HEADER = Pattern
            .compile("\\W*+(?:(?i:file|path|name|filename|source|document)\\W{1,4}+){0,2}(?<path>" + NAME
                    + ")\\W*+(?:[\\d,]+ \\w+\\W*+){0,3}");

    static Coverage of(Trajectory trajectory) {
        Event.CheckedOut checkedOut = trajectory.checkedOut();
        int loaded = checkedOut == null ? 0 : checkedOut.files();
        Map<String, Integer> notLoaded = checkedOut == null ? Map.of() : new TreeMap<>(checkedOut.notLoaded());
        int files = loaded + notLoaded.values().stream().mapToInt(Integer::intValue).sum();
        Set<String> inPrompts = inSubPrompts(trajectory);
        BaselineCall baseline = trajectory.baseline();
        if (baseline != null && baseline.text() != null) {
            inPrompts.addAll(baseline.packed().files());
        }
        return new Coverage(files, loaded, notLoaded, checkedOut == null ? null : checkedOut.withheld(),
                Math.min(loaded, inPrompts.size()), cited(trajectory));
    }

    /** Files that sub-prompts name. */
    static Set<String> inSubPrompts(Trajectory trajectory) {
        Set<String> inPrompts = new HashSet<>();
        trajectory.turns().stream().flatMap(turn -> turn.cells().stream()).flatMap(cell -> cell.subCalls().stream())
                .map(SubCall::prompt).forEach(prompt -> collect(prompt, inPrompts));
        return inPrompts;
    }

    private static int cited(Trajectory trajectory) {
        Event.FindingsChecked checked = trajectory.findings();
        return checked == null
                ? 0
                : (int) checked.findings().stream().filter(Event.CheckedFinding::holds)
                        .map(Event.CheckedFinding::path).distinct().count();
    }

    private static void collect(String prompt, Set<String> paths) {
        List<String> lines = prompt.lines().filter(line -> line.indexOf('.') >= 0).toList();
        lines.stream().limit(1).map(line -> line.substring(0, Math.min(line.length(), MAX_FIRST)))
                .flatMap(line -> PATH.matcher(line).results()).map(MatchResult::group)
                .filter(Sources::isPathLike).forEach(paths::add);
        lines.stream().skip(1).filter(line -> line.length() <= MAX_HEADER).map(HEADER::matcher)
                .filter(Matcher::matches).map(matcher -> matcher.group("path")).filter(Sources::isPathLike)
                .forEach(paths::add);
    }
}
