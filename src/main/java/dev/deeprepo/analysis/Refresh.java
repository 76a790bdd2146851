package dev.deeprepo.analysis;

import dev.deeprepo.checkout.Changes;
import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.checkout.CheckoutException.Reason;
import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.ChangedFile;
import dev.deeprepo.journal.ChangesFound;
import dev.deeprepo.journal.EarlierReport;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.journal.Event.RunEnded;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.report.SinceEarlier;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an analysis that is refreshed does beside any other: it looks for what has changed since the earlier report, and in
 * the end sets the findings of both side by side. Where nothing has changed there is nothing to do.
 */
final class Refresh {

    private final EarlierReport earlier;
    private final List<Entry> history;
    private final JournalWriter writer;
    private @Nullable ChangesFound changes;

    private Refresh(EarlierReport earlier, List<Entry> history, JournalWriter writer) {
        this.earlier = earlier;
        this.history = history;
        this.writer = writer;
        this.changes = AnalysisWorker.last(history, ChangesFound.class);
    }

    /** Null when the analysis is not one that is refreshed. */
    static @Nullable Refresh in(List<Entry> history, JournalWriter writer) {
        EarlierReport earlier = AnalysisWorker.last(history, EarlierReport.class);
        return earlier == null || earlier.question() != null ? null : new Refresh(earlier, history, writer);
    }

    /** Looks for changes; the end of the analysis when there are none, else null. */
    @Nullable
    RunEnded begin(Snapshot snapshot) {
        if (snapshot.commit().equals(earlier.commit())) {
            warn(new Warned("unchanged", "the repository is still at commit %s, so this is the report of analysis %s"
                    .formatted(earlier.commit(), earlier.analysis())));
            writer.append(new Event.FindingsChecked(earlier.findings()));
            boolean cancelled = earlier.status().equals("CANCELLED"); // that one, not this
            return new RunEnded(cancelled ? "PARTIAL" : earlier.status(), earlier.reason(), earlier.report(),
                    earlier.reason().equals("answer") ? null : "the earlier report ended by " + earlier.reason(),
                    false);
        }
        ChangesFound found = changes;
        if (found == null) {
            found = found(snapshot);
            writer.append(found);
            changes = found;
        } else if (found.problem() == null) {
            Changes again = snapshot.changesSince(earlier.commit()); // while the checkout's time lasts; the kernel gets them
            if (again.problem() != null) {
                throw new CheckoutException(Reason.UNREACHABLE,
                        "the diff that this run works with cannot be had now: " + again.problem(), null);
            }
        }
        if (found.problem() != null) {
            warn(new Warned("diff-unavailable", "the report was refreshed without a diff: " + found.problem()));
        }
        return null;
    }

    private ChangesFound found(Snapshot snapshot) {
        Changes now = snapshot.changesSince(earlier.commit());
        return new ChangesFound(earlier.commit(), snapshot.commit(),
                now.files().stream().map(file -> new ChangedFile(file.path(), file.status(), file.from(), file.added(),
                        file.removed())).toList(),
                now.more(), SnapshotRecord.instructions(now.instructions()), now.problem());
    }

    private void warn(Warned warned) {
        if (history.stream().noneMatch(entry -> entry.event().equals(warned))) {
            writer.append(warned);
        }
    }

    /** @param found in the new answer */
    void end(List<CheckedFinding> found, Snapshot snapshot) {
        writer.append(SinceEarlier.compare(earlier, Objects.requireNonNull(changes), found, snapshot));
    }
}
