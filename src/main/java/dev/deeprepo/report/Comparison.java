package dev.deeprepo.report;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Two reports on the same repository as one text: each below a heading of its own, with its headings one rank lower. */
public final class Comparison {

    private static final String NONE = "This one gave no report; the account says why.";

    private Comparison() {}

    /** @param rlm null, like {@code baseline}, when it gave no report */
    public static String markdown(String name, @Nullable String rlm, @Nullable String baseline) {
        return "# %s: RLM and baseline side by side\n\n## RLM\n\n%s\n\n## Baseline\n\n%s\n".formatted(name, side(rlm),
                side(baseline));
    }

    private static String side(@Nullable String answer) {
        return answer == null || answer.isBlank() ? NONE : lowered(Report.closed(answer.strip() + "\n")).strip();
    }

    /** Its title goes, every other heading sinks below the one that it now stands under. */
    private static String lowered(String markdown) {
        List<Blocks.Title> titles = new Blocks(markdown).titles();
        StringBuilder text = new StringBuilder(markdown);
        for (Blocks.Title title : titles.reversed()) {
            boolean first = title.equals(titles.getFirst()) && title.level() == 1
                    && markdown.substring(0, title.start()).isBlank();
            int level = Math.min(6, Math.max(2, title.level()) + 1);
            text.replace(title.start(), title.end(), first ? "" : heading(level, markdown, title));
        }
        return text.toString();
    }

    /** The heading's own line where it has one, so that its markup stays; else its words. */
    private static String heading(int level, String markdown, Blocks.Title title) {
        String line = markdown.substring(title.start(), title.end());
        String words = line.startsWith("#")
                ? line.replaceFirst("^#+\\s*", "").replaceFirst("\\s+#+\\s*$", "")
                : title.text();
        return "#".repeat(level) + " " + words.strip();
    }
}
