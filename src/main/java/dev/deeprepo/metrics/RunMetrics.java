package dev.deeprepo.metrics;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.EntryListener;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.springframework.stereotype.Component;

/**
 * Meters of the runs themselves: analyses and their duration from request to end, checkouts, cells, kernels that had to
 * be replaced, runs taken over from a dead attempt. What happened before the entry at hand, perhaps on another
 * instance, is looked up in the journal, so nothing is kept here that a crash could lose or a dead run leave behind.
 */
@Component
class RunMetrics implements EntryListener {

    /** A checkout is the first thing an attempt does; only warnings may stand between the two. */
    private static final int ENTRIES_BEFORE_CHECKED_OUT = 20;

    private final MeterRegistry registry;
    private final Journal journal;

    RunMetrics(MeterRegistry registry, Journal journal) {
        this.registry = registry;
        this.journal = journal;
    }

    @Override
    public void written(List<Entry> entries) {
        entries.forEach(this::count);
    }

    private void count(Entry entry) {
        switch (entry.event()) {
            case Event.AttemptStarted event when event.attempt() > 1 ->
                registry.counter("deeprepo.analysis.takeovers").increment();
            case Event.CheckedOut _ -> checkedOut(entry);
            case Event.CellFinished event ->
                registry.counter("deeprepo.repl.cells", "outcome", lower(event.outcome())).increment();
            case Event.KernelRestarted _ -> registry.counter("deeprepo.repl.kernel.restarts").increment();
            case Event.RunEnded event -> ended(entry, event);
            default -> {
                // counted elsewhere, or not at all
            }
        }
    }

    private void checkedOut(Entry entry) {
        long after = Math.max(0, entry.sequence() - 1 - ENTRIES_BEFORE_CHECKED_OUT);
        journal.read(entry.id(), after, ENTRIES_BEFORE_CHECKED_OUT).stream()
                .filter(before -> before.event() instanceof Event.AttemptStarted
                        && before.attempt() == entry.attempt() && before.sequence() < entry.sequence())
                .findFirst().ifPresent(start -> registry.timer("deeprepo.checkout.duration")
                        .record(Duration.between(start.at(), entry.at())));
    }

    private void ended(Entry entry, Event.RunEnded event) {
        AnalysisId id = entry.id();
        List<Entry> first = journal.read(id, 0, 1);
        Tags tags = Tags.of("status", lower(event.status()), "mode",
                first.isEmpty() ? "unknown" : mode(first.getFirst()));
        Instant accepted = first.isEmpty() ? entry.at() : first.getFirst().at();
        registry.counter("deeprepo.analyses", tags).increment();
        registry.timer("deeprepo.analysis.duration", tags).record(Duration.between(accepted, entry.at()));
    }

    private static String mode(Entry first) {
        return first.event() instanceof Event.Accepted accepted
                && accepted.request().get("mode") instanceof String mode ? lower(mode) : "unknown";
    }

    private static String lower(String word) {
        return word.toLowerCase(Locale.ROOT);
    }
}
