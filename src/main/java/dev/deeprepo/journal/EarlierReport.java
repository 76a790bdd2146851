package dev.deeprepo.journal;

import dev.deeprepo.journal.Event.CheckedFinding;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The run builds on the report of another, which is kept here because that one may be deleted.
 *
 * @param commit it is on
 * @param status how that analysis ended, as {@code reason} in {@link Event.RunEnded}
 * @param report its body in Markdown
 * @param findings what was checked of it
 * @param question what this run is to answer; null when it is the same request at a newer commit
 */
public record EarlierReport(AnalysisId analysis, String commit, String status, String reason, String report,
        List<CheckedFinding> findings, @Nullable String question) implements Event {}
