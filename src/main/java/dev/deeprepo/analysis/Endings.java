package dev.deeprepo.analysis;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.journal.Event.CheckedFinding;
import dev.deeprepo.journal.Event.RunEnded;
import dev.deeprepo.report.Comparison;
import dev.deeprepo.report.QuoteCheck;
import dev.deeprepo.rlm.Outcome;
import dev.deeprepo.usage.Role;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How an analysis ends: its last event, and what was checked of its answer.
 *
 * @param findings null when there is no answer to check
 */
record Endings(RunEnded event, @Nullable List<CheckedFinding> findings) {

    /** Whether a run broke off, so that the fault may lie with this instance rather than with the run. */
    static boolean brokeOff(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Completed _,Outcome.Partial _ -> false;
            case Outcome.Failed _,Outcome.Cancelled _ -> true;
            case Outcome.Compared both -> brokeOff(both.rlm()) || brokeOff(both.baseline());
        };
    }

    static Endings of(Outcome outcome, Snapshot snapshot) {
        return switch (outcome) {
            case Outcome.Compared both -> compared(both, snapshot);
            case Outcome.Completed _,Outcome.Partial _,Outcome.Failed _,Outcome.Cancelled _ ->
                of(null, outcome, snapshot);
        };
    }

    private static Endings of(@Nullable Role by, Outcome outcome, Snapshot snapshot) {
        RunEnded event = event(outcome);
        String answer = event.answer();
        return new Endings(event, answer == null ? null : QuoteCheck.check(by, answer, snapshot));
    }

    private static Endings compared(Outcome.Compared both, Snapshot snapshot) {
        Endings rlm = of(Role.ROOT, both.rlm(), snapshot);
        Endings baseline = of(Role.BASELINE, both.baseline(), snapshot);
        RunEnded worse = worse(rlm.event, baseline.event);
        if (rlm.findings == null && baseline.findings == null) {
            return new Endings(new RunEnded(worse.status(), worse.reason(), null, detail(rlm.event, baseline.event),
                    worse.retryable()), null);
        }
        String answer = Comparison.markdown(snapshot.name(), rlm.event.answer(), baseline.event.answer());
        List<CheckedFinding> findings = Stream.of(rlm, baseline)
                .flatMap(side -> side.findings == null ? Stream.empty() : side.findings.stream()).toList();
        String status = worse.status().equals("FAILED") ? "PARTIAL" : worse.status();
        return new Endings(new RunEnded(status, worse.reason(), answer, detail(rlm.event, baseline.event),
                worse.retryable()), findings);
    }

    /** The one that says how both ended: a cancelled one, else one that is not complete. */
    private static RunEnded worse(RunEnded rlm, RunEnded baseline) {
        return baseline.status().equals("CANCELLED") || rlm.status().equals("COMPLETED") ? baseline : rlm;
    }

    private static @Nullable String detail(RunEnded rlm, RunEnded baseline) {
        String details = Stream.concat(Stream.ofNullable(rlm.detail()).map(detail -> "RLM: " + detail),
                Stream.ofNullable(baseline.detail()).map(detail -> "baseline: " + detail))
                .reduce((a, b) -> a + "; " + b).orElse("");
        return details.isEmpty() ? null : details;
    }

    private static RunEnded event(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Completed completed -> new RunEnded("COMPLETED", "answer", completed.answer(), null, false);
            case Outcome.Partial partial ->
                new RunEnded("PARTIAL", partial.reason(), partial.answer(), partial.detail(), false);
            case Outcome.Failed failed -> new RunEnded("FAILED", ErrorCode.ofRun(failed.code()).code(), null,
                    failed.detail(), failed.retryable());
            case Outcome.Cancelled cancelled -> cancelled(cancelled.answer());
            case Outcome.Compared _ -> throw new IllegalArgumentException("a comparison of comparisons");
        };
    }

    static RunEnded cancelled(String answer) {
        return new RunEnded("CANCELLED", "cancelled", answer.isBlank() ? null : answer, "The analysis was cancelled.",
                false);
    }
}
