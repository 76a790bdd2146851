package dev.deeprepo.report;

import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.journal.Withheld;
import dev.deeprepo.usage.Price;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The section {@code ## Account} of a report. */
final class AccountText {

    static final String TITLE = "Account";
    static final String HEADING = "## " + TITLE;

    private static final int MAX_LISTED = 50;

    private final StringBuilder text = new StringBuilder(HEADING).append("\n\n");

    private AccountText() {}

    static String of(RunAccount account, Coverage coverage, List<CheckedFinding> findings) {
        AccountText section = new AccountText();
        section.comparison(account.comparison());
        section.run(account);
        section.usage(account);
        section.work(account);
        section.coverage(coverage);
        section.baseline(account.packed());
        section.findings(account.checked(), findings);
        section.warnings(account.warnings());
        return section.text.toString();
    }

    private void run(RunAccount account) {
        ReportFacts run = account.run();
        item("Analysis", "%s, %s (%s)".formatted(code(run.id().toString()), run.status(), code(account.reason())));
        ReportFacts.Parent parent = run.parent();
        if (parent != null) {
            item("Parent", "%s, of which this is a %s%s".formatted(code(parent.id().toString()),
                    parent.relation().name().toLowerCase(Locale.ROOT),
                    parent.turn() == null ? "" : " from turn " + parent.turn() + " on"));
        }
        Event.ModeChosen chosen = account.chosen();
        item("Mode", run.mode() + (chosen == null
                ? ""
                : ", which chose %s because %s; expected to cost %s, the other %s".formatted(chosen.mode(),
                        plain(chosen.reason()), chosen.estimate(), chosen.otherEstimate())));
        String detail = account.detail();
        if (detail != null) {
            item("Ended by", plain(detail));
        }
        String ref = run.ref();
        String commit = account.commit();
        item("Repository", code(run.repository()) + (ref == null ? "" : ", ref " + code(ref))
                + (commit == null ? "" : ", commit " + code(commit)));
        item("Accepted", "%s, started %s, finished %s".formatted(time(run.createdAt()), time(run.startedAt()),
                time(run.finishedAt())));
        Instant finished = run.finishedAt();
        item("Took", duration(account.running()) + " of work"
                + (finished == null ? "" : ", " + duration(Duration.between(run.createdAt(), finished)) + " in all"));
        run.prices().forEach((role, price) -> {
            item("Model, " + role.label(), price(price));
            run.fallbacks().getOrDefault(role, List.of())
                    .forEach(next -> item("Model, " + role.label() + ", took over", price(next)));
        });
        text.append('\n');
    }

    private void comparison(@Nullable Sides sides) {
        if (sides == null) {
            return;
        }
        text.append("| | RLM | Baseline |\n|---|---:|---:|\n");
        row("Model", sides, side -> side.models().stream().map(AccountText::code).collect(Collectors.joining(", ")));
        row("Cost", sides, side -> side.costUsd().toString());
        row("Time", sides, side -> duration(side.took()));
        row("Calls", sides, side -> "%,d".formatted(side.calls()));
        row("Input tokens", sides, side -> "%,d".formatted(side.inputTokens()));
        row("Output tokens", sides, side -> "%,d".formatted(side.outputTokens()));
        row("Files a model read", sides, side -> "%,d".formatted(side.filesSeen()));
        row("Places named, that hold", sides, side -> "%,d, %,d".formatted(side.places(), side.hold()));
        text.append('\n');
    }

    private void row(String name, Sides sides, Function<Sides.Side, String> value) {
        text.append("| %s | %s | %s |\n".formatted(name, value.apply(sides.rlm()), value.apply(sides.baseline())));
    }

    private void baseline(RunAccount.@Nullable Packed packed) {
        if (packed == null) {
            return;
        }
        int all = packed.files().size() + packed.leftOut().size();
        item("Baseline", "%,d of %,d files in its prompt, %,d of at most %,d tokens as counted".formatted(
                packed.files().size(), all, packed.tokens(), packed.room())
                + (packed.leftOut().isEmpty() ? "" : "; no room (%s) for:".formatted(packed.limit())));
        packed.leftOut().stream().limit(MAX_LISTED)
                .forEach(path -> text.append("  - ").append(code(path)).append('\n'));
        if (packed.leftOut().size() > MAX_LISTED) {
            text.append("  - and %,d more\n".formatted(packed.leftOut().size() - MAX_LISTED));
        }
    }

    private void usage(RunAccount account) {
        text.append(
                "| Role | Calls | Cache hits | Input tokens | read from cache | written to cache | Output tokens | Cost |\n")
                .append("|---|---:|---:|---:|---:|---:|---:|---:|\n");
        account.usage().forEach((role, used) -> text.append("| %s | %,d | %,d | %,d | %,d | %,d | %,d | %s |\n"
                .formatted(role, used.calls(), used.cacheHits(), used.inputTokens(), used.cacheReadTokens(),
                        used.cacheWriteTokens(), used.outputTokens(), used.costUsd())));
        text.append('\n');
    }

    private void work(RunAccount account) {
        item("Turns", String.valueOf(account.turns()));
        RunAccount.Consumed inherited = account.inherited();
        if (inherited != null) {
            item("Inherited", "%,d replies that the parent paid %s for; they cost nothing here".formatted(
                    inherited.calls() + inherited.cacheHits(), inherited.costUsd()));
        }
        item("Retries", String.valueOf(account.retries()));
        item("Restarts", "%d of the run, %d of its Python".formatted(account.restarts(), account.kernelRestarts()));
        item("Uncertain calls", account.uncertainCalls()
                + (account.uncertainCalls() == 0 ? "" : " (asked before a crash; each may have been paid)"));
    }

    private void coverage(Coverage coverage) {
        item("Files", "%,d in the commit, %,d loaded, %,d in prompts, %,d cited".formatted(coverage.files(),
                coverage.loaded(), coverage.inPrompts(), coverage.cited()));
        if (!coverage.notLoaded().isEmpty()) {
            item("Not loaded", coverage.notLoaded().entrySet().stream()
                    .map(reason -> "%,d %s".formatted(reason.getValue(), plain(reason.getKey())))
                    .collect(Collectors.joining(", ")));
        }
        withheld(coverage.withheld());
    }

    private void withheld(@Nullable Withheld withheld) {
        if (withheld == null || withheld.secrets() == 0) {
            item("Secrets withheld from the models", withheld == null ? "none were looked for" : "none");
            return;
        }
        item("Secrets withheld from the models", "%,d in %,d files".formatted(withheld.secrets(), withheld.files()));
        withheld.most().forEach(file -> text.append("  - ").append(code(file.path())).append(": ")
                .append(file.kinds().entrySet().stream().map(kind -> "%,d %s".formatted(kind.getValue(), kind.getKey()))
                        .collect(Collectors.joining(", ")))
                .append('\n'));
        if (withheld.files() > withheld.most().size()) {
            text.append("  - and %,d more files\n".formatted(withheld.files() - withheld.most().size()));
        }
    }

    private void findings(RunAccount.@Nullable Checked checked, List<CheckedFinding> findings) {
        if (checked == null) {
            item("Findings", "not checked");
            return;
        }
        List<CheckedFinding> wrong = findings.stream().filter(finding -> !finding.holds()).toList();
        item("Findings", "%d places in the code checked, %d hold".formatted(checked.findings(), checked.hold())
                + (wrong.isEmpty() ? "" : "; these do not:"));
        wrong.stream().limit(MAX_LISTED).forEach(finding -> text.append("  - ").append(
                code(finding.line() == null ? finding.path() : finding.path() + ":" + finding.line())).append(": ")
                .append(plain(String.valueOf(finding.problem()))).append('\n'));
        if (wrong.size() > MAX_LISTED) {
            text.append("  - and %d more\n".formatted(wrong.size() - MAX_LISTED));
        }
    }

    private void warnings(List<Event.Warned> warnings) {
        item("Warnings", warnings.isEmpty() ? "none" : String.valueOf(warnings.size()));
        warnings.forEach(warning -> text.append("  - ").append(code(warning.code())).append(": ")
                .append(plain(warning.detail())).append('\n'));
    }

    private void item(String name, String value) {
        text.append("- ").append(name).append(": ").append(value).append('\n');
    }

    private static String price(Price price) {
        String dated = price.asOf() == null ? "" : ", as of " + price.asOf();
        boolean free = price.known() && price.tiers().stream()
                .allMatch(tier -> tier.input().signum() == 0 && tier.output().signum() == 0);
        if (free) {
            return code(price.model()) + ", free of charge" + dated;
        }
        return code(price.model()) + ", per million tokens: "
                + price.tiers().stream().map(AccountText::tier).collect(Collectors.joining("; ")) + dated
                + (price.known() ? "" : " (assumed: its price is not known)");
    }

    private static String tier(Price.Tier tier) {
        return (tier.upTo() == null ? "" : "prompts up to %,d: ".formatted(tier.upTo()))
                + "$%s in, $%s out".formatted(tier.input().toPlainString(), tier.output().toPlainString())
                + optional(tier.cacheRead(), " cache read") + optional(tier.cacheWrite(), " cache write");
    }

    private static String optional(@Nullable BigDecimal usd, String name) {
        return usd == null ? "" : ", $" + usd.toPlainString() + name;
    }

    private static String time(@Nullable Instant instant) {
        return instant == null ? "never" : instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String duration(Duration duration) {
        if (duration.toMinutes() == 0) {
            return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
        }
        return (duration.toHours() > 0 ? duration.toHours() + " h " : "")
                + "%d min %d s".formatted(duration.toMinutesPart(), duration.toSecondsPart());
    }

    /** Text from outside as a code span on one line, whatever backticks are in it. */
    static String code(String value) {
        String line = value.replaceAll("\\s+", " ").strip();
        String fence = "`";
        while (line.contains(fence)) {
            fence += "`";
        }
        String space = fence.length() > 1 || line.isEmpty() ? " " : "";
        return fence + space + line + space + fence;
    }

    /** Text from outside as words on one line: nothing in it is markup. */
    static String plain(String value) {
        return value.replaceAll("\\s+", " ").strip().replaceAll("([\\\\`*\\[\\]<>|#!])", "\\\\$1");
    }
}
