package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.llm.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything that models are told, from the Markdown files in {@code prompts/}; {@code {{name}}} is filled in.
 *
 * <p>The frames {@code system.md}, {@code baseline-system.md} and {@code synthesis-system.md} hold what every report is made by; a domain's file holds
 * in parts what that domain decides; {@code report.md}, which all frames take in, is what they have in common.
 */
final class Prompts {

    private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)}}");

    private static final Map<Domain, Map<String, String>> DOMAINS = domains();
    private static final Map<String, String> QUESTION = sections("#", read("question.md"));
    private static final Map<String, String> SYSTEM = sections("#", read("system.md"));
    private static final Map<String, String> BASELINE_SYSTEM = sections("#", read("baseline-system.md"));
    private static final Map<String, String> SYNTHESIS_SYSTEM = sections("#", read("synthesis-system.md"));
    private static final String SUB_SYSTEM = read("sub-system.md");
    private static final String FIRST_MESSAGE = read("first-message.md");
    private static final String BASELINE_MESSAGE = read("baseline-message.md");
    private static final String SYNTHESIS_MESSAGE = read("synthesis-message.md");
    private static final String TOOL = read("execute-python.md");
    private static final Map<String, String> NUDGES = sections("##", read("nudges.md"));

    /** Characters of the file tree in the first message; the rest can be printed. */
    private static final int MAX_TREE = 20_000;

    /** Characters of the metadata where every token counts. */
    private static final int MAX_METADATA = 1_500;

    private static final String SCHEMA = """
            {"type":"object","properties":{\
            "code":{"type":"string","description":"Python to run"},\
            "reasoning":{"type":"string","description":"One sentence: what this step is to find out"}},\
            "required":["code"]}""";

    private Prompts() {}

    /** @param basis null, like everywhere below, when the run builds on nothing */
    static String system(Domain domain, @Nullable Basis basis, int maxTurns, int maxSubCalls, int concurrency) {
        return fill(framed(SYSTEM, parts(domain, basis)),
                Map.of("turns", String.valueOf(maxTurns), "sub-calls", String.valueOf(maxSubCalls), "concurrency",
                        String.valueOf(concurrency), "observation", "%,d".formatted(Observation.LIMIT), "batch",
                        "%,d".formatted(SubModel.MAX_BATCH)));
    }

    /** For a model that gets the files, each line with its number, in one message, and answers with the report. */
    static String baselineSystem(Domain domain) {
        return framed(BASELINE_SYSTEM, parts(domain, null));
    }

    /** For a model that gets what was found, and the files that fit beside it, and answers with the report. */
    static String synthesisSystem(Domain domain, @Nullable Basis basis) {
        return framed(SYNTHESIS_SYSTEM, parts(domain, basis));
    }

    /** What stands before the findings. */
    static String synthesisHead(Domain domain, Snapshot snapshot, @Nullable Basis basis) {
        return fill(SYNTHESIS_MESSAGE,
                Map.of("task", part(domain, basis, "task"), "basis", BasisText.of(basis, false), "name",
                        snapshot.name(),
                        "commit",
                        snapshot.commit(), "metadata", shortened(oneLineEach(snapshot.metadata()))))
                + "\n\n";
    }

    /** What stands after the files. */
    static String synthesisTail(Domain domain, @Nullable String focus, @Nullable Basis basis) {
        return tail(domain, focus, basis);
    }

    static String subSystem() {
        return SUB_SYSTEM;
    }

    static Tool tool() {
        return new Tool("execute_python", TOOL, SCHEMA);
    }

    /** What stands before the files in a baseline's prompt. */
    static String baselineHead(Domain domain, Snapshot snapshot, @Nullable Basis basis) {
        return fill(BASELINE_MESSAGE,
                Map.of("task", part(domain, null, "task"), "basis", BasisText.of(basis, false), "name", snapshot.name(),
                        "commit", snapshot.commit(), "metadata",
                        oneLineEach(snapshot.metadata()), "tree", excerpt(snapshot.fileTree())))
                + "\n\n";
    }

    /** What stands after them: at the end of a long prompt the task is best remembered. */
    static String baselineTail(Domain domain, @Nullable String focus) {
        return tail(domain, focus, null);
    }

    private static String tail(Domain domain, @Nullable String focus, @Nullable Basis basis) {
        String asked = asked(focus, basis);
        return "\n" + (asked.isEmpty() ? "" : asked + "\n\n")
                + nudge("baseline-task", Map.of("headings", part(domain, basis, "headings")));
    }

    /** What the caller wants to know; empty when nothing in particular. */
    private static String asked(@Nullable String focus, @Nullable Basis basis) {
        return focus == null || focus.isBlank()
                ? ""
                : nudge(basis != null && basis.asks() ? "question" : "focus", Map.of("question", focus.strip()));
    }

    /** Metadata and tree, never the contents of a file. */
    static String firstMessage(Domain domain, Snapshot snapshot, @Nullable String focus, @Nullable Basis basis,
            int maxTurns) {
        String asked = asked(focus, basis);
        return fill(FIRST_MESSAGE,
                Map.of("task", part(domain, basis, "task"), "basis", BasisText.of(basis, true), "name", snapshot.name(),
                        "commit", snapshot.commit(), "metadata",
                        oneLineEach(snapshot.metadata()), "tree", excerpt(snapshot.fileTree()), "turns",
                        String.valueOf(maxTurns), "focus", asked.isEmpty() ? "" : "\n" + asked + "\n"));
    }

    /** What a run that parts from another is told at the turn where it does. */
    static String forked(@Nullable String focus, int turn, int maxTurns) {
        return nudge("forked", Map.of("turns", String.valueOf(maxTurns), "left", String.valueOf(maxTurns - turn + 1),
                "focus", focus == null ? "" : "\n\n" + nudge("forked-focus", Map.of("question", focus))));
    }

    /** JSON with a line for each key: every turn reads it again, so it is not indented further. */
    private static String oneLineEach(Map<String, Object> metadata) {
        JsonMapper json = JsonMapper.shared();
        return metadata.entrySet().stream()
                .map(entry -> json.writeValueAsString(entry.getKey()) + ": "
                        + json.writeValueAsString(entry.getValue()))
                .collect(Collectors.joining(",\n", "{\n", "\n}"));
    }

    private static String shortened(String metadata) {
        return Observation.cut(metadata, metadata.length(), MAX_METADATA);
    }

    private static String excerpt(String tree) {
        int end = tree.length() <= MAX_TREE ? tree.length() : tree.lastIndexOf('\n', MAX_TREE);
        return end == tree.length()
                ? tree
                : "%s\n[… cut: `file_tree` has %,d characters, these are the first %,d …]"
                        .formatted(tree.substring(0, Math.max(0, end)), tree.length(), Math.max(0, end));
    }

    /** What ends the newest message before a turn: its number, and from three before the end on what to do about it. */
    static String countdown(int turn, int maxTurns) {
        int left = maxTurns - turn;
        String stage = left <= 0 ? "final" : left <= 1 ? "finalise" : left <= 3 ? "synthesise" : "plain";
        return nudge("countdown-" + stage,
                Map.of("turn", String.valueOf(turn), "turns", String.valueOf(maxTurns), "left", String.valueOf(left)));
    }

    /** A short text of {@code nudges.md}, by its heading. */
    static String nudge(String name, Map<String, String> values) {
        return fill(Objects.requireNonNull(NUDGES.get(name), name), values);
    }

    /** What a domain decides, and above that what a question does. */
    private static Map<String, String> parts(Domain domain, @Nullable Basis basis) {
        Map<String, String> parts = new HashMap<>(Objects.requireNonNull(DOMAINS.get(domain)));
        if (basis != null && basis.asks()) {
            parts.putAll(QUESTION);
        }
        return parts;
    }

    private static String part(Domain domain, @Nullable Basis basis, String name) {
        return Objects.requireNonNull(parts(domain, basis).get(name), name);
    }

    /** A frame with these parts in their places; what only a run knows is left to be filled in. */
    private static String framed(Map<String, String> frame, Map<String, String> parts) {
        Map<String, String> all = new HashMap<>(parts);
        all.putAll(frame);
        return framed("{{system}}", all);
    }

    private static String framed(String template, Map<String, String> parts) {
        return PLACE.matcher(template).replaceAll(place -> {
            String part = parts.get(place.group(1));
            return Matcher.quoteReplacement(part == null ? place.group() : framed(part, parts));
        });
    }

    private static Map<Domain, Map<String, String>> domains() {
        Map<Domain, Map<String, String>> domains = new EnumMap<>(Domain.class);
        for (Domain domain : Domain.values()) {
            Map<String, String> parts = sections("#", read(domain.name().toLowerCase(Locale.ROOT) + ".md"));
            parts.put("report", read("report.md"));
            domains.put(domain, parts);
        }
        return domains;
    }

    /** One pass, so that what is filled in is never taken for a place itself. */
    private static String fill(String template, Map<String, String> values) {
        return PLACE.matcher(template)
                .replaceAll(place -> Matcher.quoteReplacement(values.getOrDefault(place.group(1), place.group())));
    }

    /** What stands below each heading whose words are a name; other headings belong to the text. */
    private static Map<String, String> sections(String level, String text) {
        Map<String, String> sections = new LinkedHashMap<>();
        for (String section : text.split("(?m)^" + level + " (?=[a-z-]+$)", -1)) {
            int end = section.indexOf('\n');
            if (end > 0) {
                sections.put(section.substring(0, end), section.substring(end).strip());
            }
        }
        return sections;
    }

    private static String read(String name) {
        try (InputStream in = Prompts.class.getResourceAsStream("/prompts/" + name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
