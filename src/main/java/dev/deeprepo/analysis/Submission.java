package dev.deeprepo.analysis;

import dev.deeprepo.journal.Event;
import dev.deeprepo.report.ReportFacts.Parent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes an analysis.
 *
 * @param request complete
 * @param parent null when it comes out of no other
 * @param commit the one that it is bound to; null = whatever its ref leads to
 * @param inherited what its journal begins with, after the request
 */
record Submission(AnalysisRequest request, @Nullable Parent parent, @Nullable String commit, List<Event> inherited) {

    Submission withoutCallback() {
        return new Submission(request.withoutCallback(), parent, commit, inherited);
    }

    static Submission of(AnalysisRequest request) {
        return new Submission(request, null, null, List.of());
    }
}
