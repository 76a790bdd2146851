package dev.deeprepo.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.TextSnapshot;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.ChangedFile;
import dev.deeprepo.journal.ChangesFound;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.journal.FindingsCompared;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SinceEarlierTest {

    private static final TextSnapshot NOW = new TextSnapshot("shop").with("a.py", "import os\n\nrun(x)\n")
            .with("b/new.py", "drop(table)\n").with("c.py", "fresh(1)\n");

    @Test
    void aFindingIsTheCodeThatItQuotesWhereverItHasMoved() {
        FindingsCompared compared = compare(
                List.of(finding("a.py", 1, "run(x)", true), finding("a.py", 2, "gone(y)", true),
                        finding("b/old.py", 1, "drop(table)", true), finding("removed.py", 1, "run(x)", true),
                        finding("a.py", 9, "never()", false), finding("a.py", null, null, true)),
                List.of(finding("a.py", 3, "run( x )", true), finding("c.py", 1, "fresh(1)", true),
                        finding("c.py", 2, "wrong(1)", false)));

        assertThat(compared.still()).extracting(CheckedFinding::quote).containsExactly("run(x)", "drop(table)");
        assertThat(compared.gone()).extracting(CheckedFinding::path).containsExactly("a.py", "removed.py");
        assertThat(compared.fresh()).extracting(CheckedFinding::path).containsExactly("c.py");
    }

    private static FindingsCompared compare(List<CheckedFinding> before, List<CheckedFinding> now) {
        return SinceEarlier.compare(
                new EarlierReport(AnalysisId.random(), "from", "COMPLETED", "answer", "# Report", before, null),
                new ChangesFound("from", "to", List.of(new ChangedFile("b/new.py", "R", "b/old.py", 0, 0)), 0, null,
                        null),
                now, NOW);
    }

    private static CheckedFinding finding(String path, @Nullable Integer line, @Nullable String quote, boolean holds) {
        return new CheckedFinding(null, "a claim", path, line, quote, holds, holds ? null : "not there");
    }
}
