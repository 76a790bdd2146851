package dev.deeprepo.report;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.usage.Role;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Looks up, at the pinned commit, every place in the code that an answer names.
 *
 * <p>A claim is a sentence that names a file ({@code `src/App.java`}), mostly with a line ({@code src/App.java:12},
 * {@code App.java#L12}, {@code `App.java` (line 12)}). It quotes the code that stands in backticks beside the place or in
 * the block right below it. What is found always counts; what is not found counts only where the form leaves no doubt that
 * a quote was meant, because advice ("use {@code x} instead") is written in backticks too. So a finding that "does not
 * hold" is one to look at, and names that merely look like paths are left alone.
 */
public final class QuoteCheck {

    private static final int MAX_FINDINGS = 500;
    /** Claims looked at, those that only repeat others included. */
    private static final int MAX_CLAIMS = 2_000;
    private static final int MIN_QUOTE = 3;
    /** Lines by which a named line may miss its quote. */
    private static final int TOLERANCE = 3;

    /** What may stand between a place and its quote. */
    private static final Pattern TO_QUOTE = Pattern
            .compile(
                    "[^\\p{L}\\p{N}`]{0,12}(?:(?:says|reads|contains|has|holds|states|quote|code|line)\\b[^\\p{L}\\p{N}`]{0,6})?");
    /** What may stand between a quote and its place. */
    private static final Pattern TO_PLACE = Pattern.compile("\\s{0,2}(?:\\(|(?:in|at|from)\\s{1,2})[(*_\\[]{0,3}");
    /** A name, or a call without its arguments: speaks of code rather than quotes it. */
    private static final Pattern NAME = Pattern.compile("[@\\w.$:#/-]*(?:\\(\\))?");
    /** Words of one who says how the code ought to be; what is quoted then need not be there. */
    private static final Pattern ADVICE = Pattern.compile(
            "(?i)\\b(?:should|could|would|must|instead|replac\\w*|us(?:e|ing)|fix\\w*|chang\\w*|suggest\\w*|recommend\\w*"
                    + "|consider\\w*|rewrit\\w*|example|better|propos\\w*|e\\.g|like|such as|add\\w*|todo|pattern"
                    + "|corrected|safer|expected|output|before|after)\\b");
    /** Words of one who speaks of a file that is not there. */
    private static final Pattern ABSENCE = Pattern.compile(
            "(?i)\\b(?:creat\\w*|introduc\\w*|new|renam\\w*|mov\\w*|split\\w*|extract\\w*|generat\\w*|missing|absent|no"
                    + "|not|without|lacks?)\\b");
    /** Languages of blocks that show something else than a file's own text, unless the file is of that kind. */
    private static final Set<String> NO_QUOTES = Set.of("diff", "patch", "mermaid", "text", "txt", "plaintext",
            "console",
            "output", "bash", "sh", "shell", "json", "yaml", "yml", "http", "markdown", "md");

    private final @Nullable Role by;
    private final Sources sources;
    private final List<CheckedFinding> findings = new ArrayList<>();
    private int claims;
    private final Set<List<Object>> seen = new HashSet<>();

    private QuoteCheck(@Nullable Role by, Snapshot snapshot) {
        this.by = by;
        sources = new Sources(snapshot);
    }

    /**
     * Checks the first 500 claims of an answer written in Markdown. No Markdown makes it fail.
     *
     * @param by which side of a comparison gave the answer; null = there is only one
     */
    public static List<CheckedFinding> check(@Nullable Role by, String answer, Snapshot snapshot) {
        QuoteCheck check = new QuoteCheck(by, snapshot);
        List<Blocks.Leaf> leaves = new Blocks(answer).leaves();
        for (int i = 0; i < leaves.size(); i++) {
            if (leaves.get(i) instanceof Blocks.Prose words) {
                Blocks.Leaf next = i + 1 < leaves.size() ? leaves.get(i + 1) : null;
                check.read(words.text(), next instanceof Blocks.Code code ? code : null);
            }
        }
        return check.findings;
    }

    private void read(String text, Blocks.@Nullable Code below) {
        for (Prose prose : Prose.of(text)) {
            List<Place> places = places(prose);
            for (int i = 0; i < places.size() && findings.size() < MAX_FINDINGS && claims++ < MAX_CLAIMS; i++) {
                boolean last = i == places.size() - 1;
                int end = last ? prose.length() : places.get(i + 1).mention().start();
                claim(prose, places.get(i), end, last ? below : null);
            }
        }
    }

    /** A mention that means a file; {@code files} is empty when that file ought to be there and is not. */
    private record Place(Prose.Mention mention, List<String> files, boolean advice) {}

    private List<Place> places(Prose prose) {
        List<Place> places = new ArrayList<>();
        for (Prose.Mention mention : prose.mentions()) {
            List<String> files = sources.resolve(mention.path());
            String words = prose.words(mention.start(), mention.end());
            boolean advice = ADVICE.matcher(words).find();
            if (!files.isEmpty() || sources.isMissing(mention, advice || ABSENCE.matcher(words).find())) {
                places.add(new Place(mention, files, advice));
            }
        }
        return places;
    }

    /** @param end where the words on this place end */
    private void claim(Prose prose, Place place, int end, Blocks.@Nullable Code below) {
        Prose.Mention mention = place.mention();
        String direct = directQuote(prose, mention, end);
        if (direct != null && codeLike(direct)) {
            Verdict verdict = look(place, direct);
            if (verdict.problem() == null || !place.advice()) {
                add(prose, mention, verdict, direct);
                return;
            }
        }
        if (below != null) {
            Verdict verdict = look(place, below.text());
            if (verdict.problem() == null || mention.from() != null && quotes(prose, below, verdict.path())) {
                add(prose, mention, verdict, below.text().strip());
                return;
            }
        }
        String quote = longestFound(prose, place, end);
        add(prose, mention, look(place, quote), quote);
    }

    private @Nullable String directQuote(Prose prose, Prose.Mention mention, int end) {
        String before = null;
        for (Prose.Span span : prose.spans()) {
            if (span.start() >= mention.end() && span.start() < end) {
                return TO_QUOTE.matcher(prose.between(mention.end(), span.start())).matches() ? span.code() : before;
            }
            if (span.end() <= mention.start()) {
                boolean touches = TO_PLACE.matcher(prose.between(span.end(), mention.start())).matches();
                before = touches ? span.code() : null;
            }
        }
        return before;
    }

    private @Nullable String longestFound(Prose prose, Place place, int end) {
        String longest = null;
        for (Prose.Span span : prose.spans()) {
            boolean inReach = span.start() >= place.mention().end() && span.end() <= end;
            boolean longer = longest == null || span.code().length() > longest.length();
            if (inReach && longer && SourceText.weight(span.code()) >= MIN_QUOTE
                    && look(place, span.code()).problem() == null) {
                longest = span.code();
            }
        }
        return longest;
    }

    private static boolean codeLike(String quote) {
        return SourceText.weight(quote) >= MIN_QUOTE && !NAME.matcher(quote.strip()).matches();
    }

    private static boolean quotes(Prose prose, Blocks.Code below, String path) {
        String info = below.info().strip().toLowerCase(Locale.ROOT);
        boolean ofThatKind = !NO_QUOTES.contains(info) || path.endsWith("." + info);
        return ofThatKind && SourceText.weight(below.text()) >= MIN_QUOTE
                && !ADVICE.matcher(prose.words(prose.length(), prose.length())).find();
    }

    /** @param problem null = it is as claimed */
    private record Verdict(String path, @Nullable String problem) {}

    /** Of several files that may be meant, one for which the claim holds; else the first. */
    private Verdict look(Place place, @Nullable String quote) {
        Verdict first = null;
        for (String path : place.files()) {
            Verdict verdict = new Verdict(path, problem(path, place.mention(), quote));
            if (verdict.problem() == null) {
                return verdict;
            }
            first = first == null ? verdict : first;
        }
        return first == null ? new Verdict(place.mention().path(), "no such file at this commit") : first;
    }

    private @Nullable String problem(String path, Prose.Mention mention, @Nullable String quote) {
        String reason = sources.notLoaded(path);
        Integer from = mention.from();
        if (reason != null) {
            return from == null && quote == null
                    ? null
                    : "the file was not loaded (%s), so this cannot be checked"
                            .formatted(reason);
        }
        if (from == null && quote == null) {
            return null;
        }
        SourceText text = sources.text(path);
        int first = from == null ? 1 : from;
        int last = from == null ? text.lines() : Math.max(first, mention.to() == null ? first : mention.to());
        if (first < 1 || first > Math.max(1, text.lines())) {
            return "the file has %d lines, there is no line %d".formatted(text.lines(), first);
        }
        if (quote == null) {
            return null;
        }
        int found = text.find(quote, first);
        if (found == 0) {
            return "the quoted code is not in this file";
        }
        return found >= first - TOLERANCE && found <= last + TOLERANCE
                ? null
                : "the quoted code stands at line %d".formatted(found);
    }

    private void add(Prose prose, Prose.Mention mention, Verdict verdict, @Nullable String quote) {
        Integer line = mention.from();
        if (seen.add(List.of(verdict.path(), line == null ? 0 : line, quote == null ? "" : quote))) {
            findings.add(
                    new CheckedFinding(by, prose.sentence(mention.start(), mention.end()), verdict.path(), line, quote,
                            verdict.problem() == null, verdict.problem()));
        }
    }
}
