package dev.deeprepo.journal;

import dev.deeprepo.journal.Event.CheckedFinding;
import java.util.List;

/**
 * The findings of the earlier report that hold and quote code were looked up at the new commit, and set beside those of
 * the new report.
 *
 * @param gone the quoted code is no longer there
 * @param still the quoted code is still there, whether or not the new report names it
 * @param fresh only the new report has it
 */
public record FindingsCompared(List<CheckedFinding> gone, List<CheckedFinding> still,
        List<CheckedFinding> fresh) implements Event {}
