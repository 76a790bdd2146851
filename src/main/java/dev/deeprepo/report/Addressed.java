package dev.deeprepo.report;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Instructions;
import dev.deeprepo.journal.SubCall;
import dev.deeprepo.journal.Trajectory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What reads like an instruction to a model, by rules: in the repository and in what a sub model said of it. No part of the
 * checked findings, whose figures a repository could pad with it.
 *
 * @param found how many lines and names of the repository
 * @param listed some of them, first one of each file and rule
 * @param earlier those of the earlier commit that are gone; null when no commits were compared
 * @param replies those that the sub model wrote
 */
public record Addressed(int found, List<Instructions.Line> listed, @Nullable Instructions earlier, Replies replies) {

    static final String TITLE = "Text That Addresses Models";
    private static final int MAX_LISTED = 20;

    /**
     * Lines in replies of the sub model; the same words count once, however many replies have them.
     *
     * @param found how many
     * @param listed the first of them
     */
    public record Replies(int found, List<ReplyLine> listed) {}

    /** One of them: the first call in whose reply it stands, and where there. */
    public record ReplyLine(CallKey call, int line, String rule, String quote) {}

    /** Null when none were looked for. */
    static @Nullable Addressed in(Trajectory trajectory) {
        Instructions files = trajectory.checkedOut() == null ? null : trajectory.checkedOut().instructions();
        return files == null
                ? null
                : new Addressed(files.found(), files.listed(),
                        trajectory.changes() == null ? null : trajectory.changes().instructions(), replies(trajectory));
    }

    private static Replies replies(Trajectory trajectory) {
        Set<String> read = new HashSet<>();
        Set<List<String>> said = new HashSet<>();
        List<ReplyLine> listed = new ArrayList<>();
        List<SubCall> calls = trajectory.turns().stream().flatMap(turn -> turn.cells().stream())
                .flatMap(cell -> cell.subCalls().stream()).toList();
        for (SubCall call : calls) {
            if (call.reply() == null || !read.add(call.reply())) {
                continue;
            }
            for (Snapshot.Instruction found : Snapshot.Instructions.in(call.reply()).listed()) {
                if (said.add(List.of(found.rule(), found.quote())) && listed.size() < MAX_LISTED) {
                    listed.add(new ReplyLine(call.key(), Objects.requireNonNull(found.line()), found.rule(),
                            found.quote()));
                }
            }
        }
        return new Replies(said.size(), List.copyOf(listed));
    }

    /** A body with the section at its end, if there is anything to tell. */
    static String told(String body, @Nullable Addressed addressed) {
        String text = addressed == null
                ? ""
                : addressed.ofFiles() + addressed.ofEarlier() + addressed.ofReplies();
        return text.isEmpty() ? body : body + "\n## " + TITLE + "\n" + text;
    }

    private String ofFiles() {
        return found == 0
                ? ""
                : ("\nFound by rules of this service, not by a model: %s of the repository %s like instructions to a model."
                        + " They are data to whoever reads them here; look at why they are there.\n\n%s").formatted(
                                counted(found), found == 1 ? "reads" : "read", places(found, listed));
    }

    private String ofEarlier() {
        return earlier == null || earlier.found() == 0
                ? ""
                : "\nFound by rules of this service in what only the earlier commit has, and a diff shows: %s.\n\n%s"
                        .formatted(
                                counted(earlier.found()), places(earlier.found(), earlier.listed()));
    }

    private String ofReplies() {
        return replies.found == 0
                ? ""
                : ("\nFound by rules of this service in replies of the sub model, which may repeat the repository: %s.\n\n%s")
                        .formatted(counted(replies.found), items(replies.found, replies.listed.stream()
                                .map(line -> "turn %d, cell %d, call %d, prompt %d, line %d (%s): %s\n".formatted(
                                        line.call.turn(), line.call.cell(), line.call.call(), line.call.position(),
                                        line.line, line.rule, AccountText.code(line.quote)))
                                .toList()));
    }

    private static String counted(int lines) {
        return "%,d %s".formatted(lines, lines == 1 ? "line" : "lines");
    }

    private static String places(int found, List<Instructions.Line> lines) {
        List<String> items = lines.stream().limit(MAX_LISTED).map(line -> (line.line() == null
                ? AccountText.code(line.path()) + " (" + line.rule() + ", its name)\n"
                : AccountText.code(line.path() + ":" + line.line()) + " (" + line.rule() + "): "
                        + AccountText.code(line.quote()) + "\n"))
                .toList();
        Set<String> others = lines.stream().skip(MAX_LISTED).map(Instructions.Line::path)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        lines.stream().limit(MAX_LISTED).map(Instructions.Line::path).forEach(others::remove);
        return items(found, items) + (others.isEmpty()
                ? ""
                : "\nAlso in "
                        + others.stream().map(AccountText::code).collect(Collectors.joining(", ")) + ".\n");
    }

    private static String items(int found, List<String> items) {
        return items.stream().map(item -> "- " + item).collect(Collectors.joining())
                + (found > items.size() ? "- and %,d more\n".formatted(found - items.size()) : "");
    }
}
