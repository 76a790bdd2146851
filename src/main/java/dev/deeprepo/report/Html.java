package dev.deeprepo.report;

import dev.deeprepo.journal.Event.CheckedFinding;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.HtmlUtils;

/**
 * A report as a page: how the run ended, the answer, which of the places that it names were found in the code, and the
 * account. What the service wrote is framed, which nothing in an answer can be. It has no script; its style sheet, {@code /report.css}, is the one thing that it loads.
 */
final class Html {

    /** What shows the rest of a line in another order, or breaks it. */
    private static final Pattern UNSEEN = Pattern
            .compile("[\\x{061C}\\x{200E}\\x{200F}\\x{202A}-\\x{202E}\\x{2066}-\\x{2069}\\x{2028}\\x{2029}]");
    /** A longer list of places is folded at first. */
    private static final int UNFOLDED = 20;

    private static final String PAGE = """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>%s</title>
            <link rel="stylesheet" href="../../report.css">
            </head>
            <body>
            <header>
            <strong class="status %s">%s</strong>
            <span class="source">%s</span>
            <nav><a href="report?download=MARKDOWN">Markdown</a> <a href="report?download=JSON">JSON</a> \
            <a href="report?download=SARIF">SARIF</a></nav>
            </header>
            <main>
            %s
            </main>
            %s<section class="service">
            %s
            </section>
            <footer class="service">
            %s
            </footer>
            </body>
            </html>
            """;
    private static final String PLACES = """
            <h2>Checked in the code</h2>
            <details%s>
            <summary>%,d places named, %,d hold</summary>
            <table>
            <thead><tr><th></th><th>Place</th><th>What is said of it</th></tr></thead>
            <tbody>
            %s
            </tbody>
            </table>
            </details>""";

    private Html() {}

    static String of(Report report) {
        RunAccount account = report.account();
        String status = account.run().status();
        String page = PAGE.formatted(text(report.title()), text(status.toLowerCase(Locale.ROOT)), text(status),
                source(account),
                SafeHtml.of(report.parts().head()) + aside(report.notices())
                        + SafeHtml.of(report.parts().answer()),
                added(report.parts().added()), places(account.checked(), report.findings()),
                SafeHtml.of(report.accountMarkdown()));
        return UNSEEN.matcher(page).replaceAll("\uFFFD"); // at last, since Markdown can write a character by its number
    }

    private static String aside(List<String> notices) {
        return notices.isEmpty()
                ? ""
                : "<aside class=\"service\">\n%s</aside>\n".formatted(
                        notices.stream().map(SafeHtml::of).collect(Collectors.joining()));
    }

    private static String added(String sections) {
        return sections.isBlank()
                ? ""
                : "<section class=\"service\">\n%s</section>\n".formatted(SafeHtml.of(sections));
    }

    private static String source(RunAccount account) {
        String commit = account.commit();
        return text(account.run().repository()) + (commit == null ? "" : " at <code>%s</code>".formatted(text(commit)));
    }

    private static String places(RunAccount.@Nullable Checked checked, List<CheckedFinding> findings) {
        if (checked == null) {
            return "<p>Nothing in this report was looked up in the code.</p>";
        }
        return findings.isEmpty()
                ? "<p>This report names no place in the code that could be looked up.</p>"
                : PLACES.formatted(findings.size() > UNFOLDED ? "" : " open", checked.findings(), checked.hold(),
                        findings.stream().map(Html::row).collect(Collectors.joining("\n")));
    }

    private static String row(CheckedFinding finding) {
        String mark = finding.holds()
                ? "<td class=\"holds\" title=\"it is there\">✓</td>"
                : "<td class=\"fails\" title=\"it is not there\">✗</td>";
        String side = finding.by() == null ? "" : finding.by().label() + ": ";
        String place = finding.line() == null ? finding.path() : finding.path() + ":" + finding.line();
        String problem = finding.holds()
                ? ""
                : " <strong>%s.</strong>".formatted(text(Objects.requireNonNullElse(finding.problem(), "not found")));
        return "<tr>%s<td>%s<code>%s</code></td><td>%s%s</td></tr>".formatted(mark, text(side), text(place),
                SafeHtml.of(finding.claim()), problem);
    }

    private static String text(String outside) {
        return HtmlUtils.htmlEscape(outside, StandardCharsets.UTF_8.name());
    }
}
