package dev.deeprepo.llm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The part of who writes a report from one prompt, played by rules: of the baseline, and of the last call of a run that
 * was cut short. It reads the files that the prompt holds, counts them, lets {@link OfflineDigest} describe the largest,
 * and lists the marks that their authors left; what a run had found by then is repeated below. The explorer, which has
 * the whole repository in its Python, finds far more.
 */
final class OfflineBaseline {

    private static final Pattern FILE = Pattern.compile("(?m)^<file path=\"([^\"\\n]+)\">\\n");
    private static final String END = "\n</file>\n";
    /** What a run had found stands between this and the first file. */
    private static final String FOUND = "\n\nWhat was found, if anything, and the files that had room beside it:\n";
    private static final Pattern NUMBER = Pattern.compile("(?m)^\\d+\\t");
    private static final Pattern MARK = Pattern.compile("(?:#|//|/\\*|\\*|--|<!--)\\s*(?:TODO|FIXME|XXX|HACK)\\b.*");
    private static final Pattern TOLD = Pattern.compile("purpose:|api:|topic:");
    private static final String UNREAD = "The rules that read a single prompt do not look for this; those that explore do.";
    private static final int DESCRIBED = 25;
    private static final int LISTED = 30;
    private static final int MAX_QUOTE = 160;

    private final OfflineDigest digest;

    OfflineBaseline(OfflineDigest digest) {
        this.digest = digest;
    }

    private record SourceFile(String path, String text) {

        long lines() {
            return text.lines().count();
        }

        String type() {
            String name = path.substring(path.lastIndexOf('/') + 1);
            return name.indexOf('.') < 0 ? name : name.substring(name.lastIndexOf('.') + 1);
        }
    }

    /** A report on the files in the prompt. */
    String report(String prompt) {
        OfflineScript script = OfflineScript.of(prompt);
        List<SourceFile> files = files(prompt);
        long lines = files.stream().mapToLong(SourceFile::lines).sum();
        List<String> bodies = bodies(script, files);
        StringBuilder report = new StringBuilder(
                "**No language model was used.** Fixed rules wrote this from the %,d files (%,d lines) that one prompt held.\n"
                        .formatted(files.size(), lines));
        for (int i = 0; i < bodies.size(); i++) {
            report.append("\n## ").append(script.headings().get(i)).append("\n\n").append(bodies.get(i)).append('\n');
        }
        String found = found(prompt);
        return found.isEmpty() ? report.toString() : report.append('\n').append(found).append('\n').toString();
    }

    /** What the cells of a run had found, in Markdown; empty when nothing, and for a baseline. */
    private static String found(String prompt) {
        int begin = prompt.indexOf(FOUND);
        if (begin < 0) {
            return "";
        }
        int from = begin + FOUND.length();
        Matcher file = FILE.matcher(prompt);
        int end = file.find(from) ? file.start() : prompt.lastIndexOf("\nThese were the files.");
        return prompt.substring(from, Math.max(end, from)).strip();
    }

    /** What these rules have to say below each heading. */
    private List<String> bodies(OfflineScript script, List<SourceFile> files) {
        String described = "The largest files, as their own %s tell:\n\n%s".formatted(
                script == OfflineScript.CONTENT ? "first sentences" : "comments and declarations",
                descriptions(script, files));
        List<String> found = marks(files);
        String marks = found.isEmpty()
                ? "These rules look for nothing but the marks of authors, and found none."
                : "Marks that the authors left, of unknown age:\n\n" + cut(found);
        String plan = found.isEmpty()
                ? "Nothing follows from these rules; those that explore look for more."
                : "- **P2**: settle or remove the %,d marks listed above.".formatted(found.size());
        String overview = types(files) + "\n\n" + described;
        return switch (script) {
            case CODE -> List.of(overview, marks, quality(files), plan);
            case CONTEXT -> List.of(types(files), described, UNREAD, UNREAD, UNREAD, marks, UNREAD);
            case CONTENT -> List.of(overview, UNREAD, marks, UNREAD, plan);
            case QUESTION -> List.of("Rules cannot answer a question.", described, UNREAD);
        };
    }

    private static List<SourceFile> files(String prompt) {
        List<SourceFile> files = new ArrayList<>();
        Matcher file = FILE.matcher(prompt);
        int at = 0;
        while (file.find(at)) {
            int end = prompt.indexOf(END, file.end() - 1);
            String numbered = end < file.end() ? "" : prompt.substring(file.end(), end + 1);
            files.add(new SourceFile(file.group(1).replace("&quot;", "\""), NUMBER.matcher(numbered).replaceAll("")));
            at = end < 0 ? prompt.length() : end + END.length();
        }
        return files;
    }

    private static String types(List<SourceFile> files) {
        Map<String, Long> lines = files.stream()
                .collect(Collectors.groupingBy(SourceFile::type, TreeMap::new,
                        Collectors.summingLong(SourceFile::lines)));
        return lines.entrySet().stream().sorted(Map.Entry.<String, Long>comparingByValue().reversed()).limit(LISTED)
                .map(type -> "- %s: %,d lines".formatted(code(type.getKey()), type.getValue()))
                .collect(Collectors.joining("\n"));
    }

    private String descriptions(OfflineScript script, List<SourceFile> files) {
        return files.stream().sorted(Comparator.comparingLong(SourceFile::lines).reversed()).limit(DESCRIBED)
                .map(file -> "- %s, %,d lines: %s".formatted(code(file.path()), file.lines(), described(script, file)))
                .collect(Collectors.joining("\n"));
    }

    private String described(OfflineScript script, SourceFile file) {
        String fence = "~~~~~~";
        String said = script == OfflineScript.CONTENT
                ? OfflineSummary.of(file.text())
                : digest.describe(fence + "\n" + file.text() + "\n" + fence + "\n");
        return said.lines().filter(line -> TOLD.matcher(line).lookingAt())
                .map(line -> words(line.substring(line.indexOf(':') + 1))).collect(Collectors.joining(" Declares "));
    }

    private static List<String> marks(List<SourceFile> files) {
        List<String> marks = new ArrayList<>();
        for (SourceFile file : files) {
            int number = 0;
            for (String line : file.text().lines().toList()) {
                number++;
                Matcher mark = MARK.matcher(line);
                if (line.length() < 1000 && mark.find()) {
                    String quote = mark.group();
                    marks.add("- **Low**: %s %s".formatted(code(file.path() + ":" + number),
                            code(quote.substring(0, Math.min(quote.length(), MAX_QUOTE)).strip())));
                }
            }
        }
        return marks;
    }

    private static String cut(List<String> items) {
        String shown = String.join("\n", items.subList(0, Math.min(LISTED, items.size())));
        return items.size() <= LISTED ? shown : shown + "\n- and %,d more".formatted(items.size() - LISTED);
    }

    private static String quality(List<SourceFile> files) {
        long tests = files.stream().filter(file -> file.path().toLowerCase(java.util.Locale.ROOT).contains("test"))
                .count();
        long large = files.stream().filter(file -> file.lines() > 1000).count();
        return "%,d of these files have `test` in their path; %,d have more than 1,000 lines.".formatted(tests, large);
    }

    private static String code(String text) {
        String fence = text.indexOf('`') < 0 ? "`" : "```";
        String pad = fence.length() == 1 ? "" : " ";
        return fence + pad + text + pad + fence;
    }

    /** Words of the repository, none of which is markup. */
    private static String words(String text) {
        return text.strip().replaceAll("([\\\\`*_\\[\\]<>|#~])", "\\\\$1");
    }
}
