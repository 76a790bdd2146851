package dev.deeprepo.report;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.journal.FindingsCompared;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.report.RunAccount.Consumed;
import dev.deeprepo.usage.Price;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What people read at the end of a run: the answer, what was checked of it, and what it took. As JSON it is this record;
 * as Markdown, {@link #markdown()}; as a page, {@link #html()}.
 *
 * <p>Two runs that give the same answer to the same question differ in {@code account} and {@code usage} alone, which are
 * the last section of the Markdown, {@code ## Account}.
 *
 * @param title of the answer, else one made from the repository's name
 * @param notices what must be known before reading on: that the report is partial, that no model was used
 * @param body the report in Markdown, without its account
 * @param sections the body's, by heading
 * @param instructions what reads like an instruction to a model, found by rules; null = none were looked for
 * @param since what became of the findings of an earlier report; null when there is none to compare with
 * @param parts of the body
 */
public record Report(String title, List<String> notices, String body, List<Section> sections,
        List<CheckedFinding> findings, Coverage coverage, Map<String, Consumed> usage, RunAccount account,
        @Nullable Addressed instructions, @Nullable FindingsCompared since, @JsonIgnore Parts parts) {

    /** The body by who wrote it, but for the notices: its title, what follows of the answer, and what the service adds. */
    record Parts(String head, String answer, String added) {}

    private static final int MAX_TITLE = 200;
    private static final String OFFLINE = "No language model was used";
    /** What ends HTML that an answer was cut off in. */
    private static final List<String> HTML_CLOSERS = List.of("-->", "</pre>", "]]>", "?>", ">");

    /**
     * Made from the journal alone.
     *
     * @throws IllegalArgumentException when the run has not ended, or ended without an answer
     */
    public static Report of(ReportFacts facts, Trajectory trajectory) {
        Event.RunEnded ended = trajectory.ended();
        String answer = ended == null ? null : ended.answer();
        if (ended == null || answer == null) {
            throw unanswered(facts);
        }
        RunAccount account = RunAccount.of(facts, trajectory, ended);
        List<String> notices = notices(facts, trajectory, ended, answer);
        Blocks blocks = new Blocks(
                SinceEarlier.told(OwnWords.kept(answer, isOffline(facts), trajectory.compared() != null), trajectory));
        Blocks.Title first = blocks.titles().stream().findFirst().filter(title -> title.level() == 1)
                .filter(title -> blocks.markdown().substring(0, title.start()).isBlank()).orElse(null);
        EarlierReport earlier = trajectory.earlier();
        String question = earlier == null ? null : earlier.question();
        String title = question != null ? oneLine(question) : first == null ? nameOf(facts.repository()) : first.text();
        String rest = first == null ? blocks.markdown() : blocks.markdown().substring(first.end());
        String head = question != null
                ? head(question)
                : first == null ? "# " + title : blocks.markdown().substring(first.start(), first.end());
        Addressed addressed = Addressed.in(trajectory);
        String told = "\n" + notices.stream().map(notice -> "\n> " + notice + "\n").collect(Collectors.joining());
        String before = head.strip() + told;
        String answered = closed(before + indented(rest));
        String body = Addressed.told(answered, addressed);
        Parts parts = new Parts(head, answered.substring(before.length()), body.substring(answered.length()));
        return new Report(title, notices, body, Section.of(new Blocks(body)), findings(trajectory),
                Coverage.of(trajectory),
                account.usage(), account, addressed,
                trajectory.compared(), parts);
    }

    static IllegalArgumentException unanswered(ReportFacts facts) {
        return new IllegalArgumentException("analysis %s has no answer to report".formatted(facts.id()));
    }

    static List<CheckedFinding> findings(Trajectory trajectory) {
        Event.FindingsChecked checked = trajectory.findings();
        return checked == null ? List.of() : List.copyOf(checked.findings());
    }

    /** The question as a heading; below it as it was put, where that does not hold it all. */
    private static String head(String question) {
        String line = oneLine(question);
        String heading = "# " + AccountText.plain(line);
        return line.equals(question.strip())
                ? heading
                : heading + "\n\n" + question.strip().lines().map(words -> "> " + AccountText.plain(words))
                        .collect(Collectors.joining("\n"));
    }

    private static String oneLine(String question) {
        String line = question.replaceAll("\\s+", " ").strip();
        return line.length() <= MAX_TITLE ? line : line.substring(0, MAX_TITLE) + "…";
    }

    /** The whole report; its last heading is {@code ## Account}. */
    public String markdown() {
        return body + "\n" + accountMarkdown();
    }

    /** The whole report as a page for browsers, in which nothing that was written elsewhere acts. */
    public String html() {
        return Html.of(this);
    }

    String accountMarkdown() {
        return AccountText.of(account, coverage, findings);
    }

    private static List<String> notices(ReportFacts facts, Trajectory trajectory, Event.RunEnded ended, String answer) {
        List<String> notices = new ArrayList<>();
        String reason = ended.reason().replaceAll("\\s+", " ");
        switch (ended.status()) {
            case "COMPLETED" -> {
            }
            case "PARTIAL" ->
                notices.add("**Partial report.** The run was ended before it was complete: " + reason + ".");
            case "CANCELLED" -> notices.add("**Partial report.** The run was cancelled; this is what it had found.");
            default -> notices.add("**Partial report.** The run failed (" + reason + "); this is what it had found.");
        }
        Event.CheckedOut checkedOut = trajectory.checkedOut();
        if (checkedOut != null && SinceEarlier.unchanged(trajectory.earlier(), checkedOut.commit())) {
            notices.add(
                    "**Unchanged.** The repository is still at the commit of the earlier report. This is that report; "
                            + "no model was asked.");
        }
        boolean said = answer.lines().filter(line -> !line.isBlank()).limit(5).anyMatch(line -> line.contains(OFFLINE));
        if (isOffline(facts) && !said) {
            notices.add("**" + OFFLINE + ".** Fixed rules wrote this report.");
        }
        return notices;
    }

    private static boolean isOffline(ReportFacts facts) {
        return !facts.prices().isEmpty() && facts.charged(facts.prices().keySet()).map(Price::model)
                .allMatch(model -> model.startsWith("offline/"));
    }

    /** On lines of their own; indentation may mean code. */
    private static String indented(String rest) {
        if (rest.isBlank()) {
            return "";
        }
        int firstWord = rest.length() - rest.stripLeading().length();
        int itsLine = rest.lastIndexOf('\n', firstWord) + 1;
        return "\n" + rest.substring(itsLine).stripTrailing() + "\n";
    }

    /** Ends the code or HTML block that an answer left open: it would swallow the account. */
    static String closed(String body) {
        String fence = new Blocks(body).openFence();
        if (isClosed(body)) {
            return body;
        }
        return Stream.concat(Stream.ofNullable(fence), HTML_CLOSERS.stream()).map(closer -> body + closer + "\n")
                .filter(Report::isClosed).findFirst().orElse(body);
    }

    private static boolean isClosed(String body) {
        List<Blocks.Title> titles = new Blocks(body + "\n" + AccountText.HEADING + "\n").titles();
        return !titles.isEmpty() && titles.getLast().text().equals(AccountText.TITLE);
    }

    private static String nameOf(String repository) {
        String last = repository.substring(repository.replaceAll("/+$", "").lastIndexOf('/') + 1);
        return last.replaceAll("(?:\\.git)?/*$", "");
    }
}
