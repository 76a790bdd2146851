package dev.deeprepo.llm;

import java.util.List;

/** The cells that the offline explorer runs for one kind of report, in their order. */
enum OfflineScript {
    CODE(List.of("Architecture Overview", "Bug & Issue Audit", "Code Quality Assessment",
            "Prioritized Development Plan"), Step.LOOK, Step.MANIFESTS, Step.IMPORTS, Step.STRUCTURE, Step.HOTSPOTS,
            Step.TESTMAP, Step.DELIVERY, new Step("rules", "The known dangerous patterns, as data."),
            new Step("risks", "Patterns and secrets, each with its line: what could hurt?"), Step.DIGESTS,
            new Step("architecture", "The first section: what it is and how its parts hang together."),
            new Step("audit", "The second section: what could hurt."),
            new Step("quality", "The third section: what is hard to change, and what catches mistakes."),
            new Step("report", "The findings become a plan, the sections the report.")),

    CONTEXT(List.of("Project Overview", "Architecture & Key Files", "Conventions & Patterns", "Build, Test & Run",
            "Domain Model & Data Flow", "Gotchas & Constraints", "Where to Change What"), Step.LOOK, Step.MANIFESTS,
            Step.IMPORTS, Step.STRUCTURE, Step.HOTSPOTS, Step.TESTMAP, Step.DELIVERY, Step.DIGESTS,
            new Step("commands", "Guides, task files and continuous integration: how is it built, tested and run?"),
            new Step("conventions", "What most files do, counted: what must new code look like?"),
            new Step("model", "Types, tables, routes and settings: what does it speak of, where does data go?"),
            new Step("bible", "All that was found, in the order in which one who changes the project needs it.")),

    CONTENT(List.of("Content Inventory", "Topics & Structure", "Quality & Consistency", "Gaps",
            "Prioritized Editorial Plan"), Step.LOOK,
            new Step("documents", "Each document taken apart: titles, headings, words, links. What is there?"),
            new Step("proofread", "All documents compared: what would a reader stumble over?"),
            new Step("summaries", "The documents that matter most, each described by the sub model: what do they say?"),
            new Step("library", "All that was found, in the order in which an editor needs it.")),

    QUESTION(List.of("Answer", "Evidence", "What It Rests On"), Step.LOOK,
            new Step("question", "Where do the words of the question stand, in the files and in the earlier report?"));

    /** A file of {@code resources/offline}, and why it is run. */
    record Step(String file, String reasoning) {

        private static final Step LOOK = new Step("look", "Sizes, languages and the README's own words: what is this?");
        private static final Step MANIFESTS = new Step("manifests",
                "Each manifest, read by the rules of its tool: what does it depend on?");
        private static final Step IMPORTS = new Step("imports", "Who imports whom, and who imports in a circle?");
        private static final Step STRUCTURE = new Step("structure",
                "Modules, the ties between them, entry points: how is it built?");
        private static final Step HOTSPOTS = new Step("hotspots",
                "Branches counted per file and function: where does change hurt most?");
        private static final Step TESTMAP = new Step("testmap",
                "Tests and the files they know: which code has none?");
        private static final Step DELIVERY = new Step("delivery",
                "Continuous integration and containers: how is it built and shipped?");
        private static final Step DIGESTS = new Step("digests",
                "The files that matter most, each described by the sub model: what do they do?");
    }

    private final List<String> headings;
    private final List<Step> steps;

    OfflineScript(List<String> headings, Step... steps) {
        this.headings = headings;
        this.steps = List.of(steps);
    }

    /** The one for the report that a task asks for in its first words. */
    static OfflineScript of(String task) {
        String words = task.stripLeading();
        return words.startsWith("Answer a question")
                ? QUESTION
                : words.startsWith("Write the project bible")
                        ? CONTEXT
                        : words.startsWith("Review the document library") ? CONTENT : CODE;
    }

    /** The report's sections. */
    List<String> headings() {
        return headings;
    }

    List<Step> steps() {
        return steps;
    }
}
