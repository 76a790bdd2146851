package dev.deeprepo.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.deeprepo.checkout.Glyphs;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.journal.Instructions;
import dev.deeprepo.journal.Trajectory;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/**
 * The checked findings of a report as SARIF 2.1.0, the format in which code hosts and editors take them.
 *
 * <p>A claim has no severity that anything could be trusted to have measured: one that holds is a {@code note}, one whose
 * place or quote is not in the code is for {@code review}. The fingerprint follows the quoted code, not its line.
 *
 * @see <a href="https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html">the standard</a>
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Sarif(@JsonProperty("$schema") String schema, String version, List<Run> runs) {

    private static final String SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json";
    private static final String ROOT = "%SRCROOT%";
    private static final Rule HOLDS = new Rule("claim-that-holds", new Message(
            "The report says something of this place, and the place and the code it quotes are there."));
    private static final Rule FAILS = new Rule("claim-that-fails", new Message(
            "The report says something of this place, but the place or the code it quotes is not there."));

    private static final Rule ADDRESSES = new Rule("text-that-addresses-models", new Message(
            "By this service's rules, not by a model: the line, or the name, reads like an instruction to a model."));

    record Message(String text) {}

    record Rule(String id, Message shortDescription) {}

    record Driver(String name, List<Rule> rules) {}

    record Tool(Driver driver) {}

    record Details(String id, String guid) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Origin(String repositoryUri, @Nullable String revisionId, Artifact mappedTo) {}

    record Invocation(boolean executionSuccessful) {}

    record Run(Tool tool, Details automationDetails, List<Origin> versionControlProvenance,
            List<Invocation> invocations, List<Result> results) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Artifact(@Nullable String uri, String uriBaseId) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Region(int startLine, @Nullable Message snippet) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Place(Artifact artifactLocation, @Nullable Region region) {}

    record Location(Place physicalLocation) {}

    record Result(String ruleId, int ruleIndex, String kind, String level, Message message, List<Location> locations,
            Map<String, String> partialFingerprints) {}

    /**
     * Made from the journal alone, and without the answer, which is no part of it.
     *
     * @throws IllegalArgumentException when the run has not ended, or ended without an answer
     */
    public static Sarif of(ReportFacts run, Trajectory trajectory) {
        if (trajectory.ended() == null || trajectory.ended().answer() == null) {
            throw Report.unanswered(run);
        }
        Event.CheckedOut checkedOut = trajectory.checkedOut();
        Origin origin = new Origin(run.repository(), checkedOut == null ? null : checkedOut.commit(),
                new Artifact(null, ROOT));
        return new Sarif(SCHEMA, "2.1.0",
                List.of(new Run(new Tool(new Driver("deeprepo", List.of(HOLDS, FAILS, ADDRESSES))),
                        new Details("deeprepo/" + run.id(), run.id().toString()), List.of(origin),
                        List.of(new Invocation(run.status().equals("COMPLETED"))),
                        Stream.concat(Report.findings(trajectory).stream().map(Sarif::result),
                                addressed(checkedOut == null ? null : checkedOut.instructions()))
                                .toList())));
    }

    private static Stream<Result> addressed(@Nullable Instructions found) {
        return found == null
                ? Stream.empty()
                : found.listed().stream().map(line -> new Result(ADDRESSES.id(), 2, "fail", "warning",
                        new Message(plain("%s: %s".formatted(line.rule(), line.quote()))),
                        List.of(new Location(new Place(new Artifact(uri(line.path()), ROOT),
                                line.line() == null ? null : new Region(line.line(), new Message(line.quote()))))),
                        Map.of("quotedCode/v1", fingerprint(line.path(), line.quote()))));
    }

    private static Result result(CheckedFinding finding) {
        Location location = new Location(new Place(new Artifact(uri(finding.path()), ROOT), region(finding)));
        Map<String, String> fingerprints = Map.of("quotedCode/v1", fingerprint(finding));
        return finding.holds()
                ? new Result(HOLDS.id(), 0, "fail", "note", new Message(plain(finding.claim())), List.of(location),
                        fingerprints)
                : new Result(FAILS.id(), 1, "review", "none",
                        new Message(plain("%s (%s)".formatted(finding.claim(), finding.problem()))), List.of(location),
                        fingerprints);
    }

    /** In a message brackets make a link, wherever it leads, unless they are escaped (section 3.11.6 of the standard). */
    private static String plain(String outside) {
        return outside.replaceAll("[\\\\\\[\\]]", "\\\\$0");
    }

    private static @Nullable Region region(CheckedFinding finding) {
        Integer line = finding.line();
        return line == null || line < 1
                ? null
                : new Region(line, finding.quote() == null ? null : new Message(finding.quote()));
    }

    /** A first segment with a colon would be taken for a scheme. */
    private static String uri(String path) {
        return UriUtils.encodePath(Glyphs.unescaped(path), StandardCharsets.UTF_8).replace(":", "%3A");
    }

    private static String fingerprint(CheckedFinding finding) {
        return fingerprint(finding.path(), Objects.requireNonNullElse(finding.quote(), finding.claim()));
    }

    private static String fingerprint(String path, String words) {
        String said = words.replaceAll("\\s+", " ").strip();
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                    .digest((path + "\n" + said).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
