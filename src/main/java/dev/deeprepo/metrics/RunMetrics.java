package dev.deeprepo.metrics;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.EntryListener;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Journal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
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
            case Event.AttemptStarted event when event.attempt() > 1 && !isInvited(entry) ->
                counter("deeprepo.analysis.takeovers", "Runs taken over from a dead attempt", Tags.empty());
            case Event.CheckedOut _ -> checkedOut(entry);
            case Event.CellFinished event ->
                counter("deeprepo.repl.cells", "Cells that ran", Tags.of("outcome", lower(event.outcome())));
            case Event.KernelRestarted _ ->
                counter("deeprepo.repl.kernel.restarts", "Kernels that died and were replaced", Tags.empty());
            case Event.RunEnded event -> ended(entry, event);
            default -> {
                // counted elsewhere, or not at all
            }
        }
    }

    /** Whether the attempt before put the run aside, or somebody let it wait again: then it is no death that it tells of. */
    private boolean isInvited(Entry started) {
        return journal.read(started.id(), started.sequence() - 2, 1).stream().map(Entry::event)
                .anyMatch(before -> before instanceof Event.AttemptParked || before instanceof Event.Reopened);
    }

    private void checkedOut(Entry entry) {
        long after = Math.max(0, entry.sequence() - 1 - ENTRIES_BEFORE_CHECKED_OUT);
        journal.read(entry.id(), after, ENTRIES_BEFORE_CHECKED_OUT).stream()
                .filter(before -> before.event() instanceof Event.AttemptStarted
                        && before.attempt() == entry.attempt() && before.sequence() < entry.sequence())
                .findFirst().ifPresent(start -> timer("deeprepo.checkout.duration",
                        "Time to fetch a repository and read it", Tags.empty(), start.at(), entry.at()));
    }

    private void ended(Entry entry, Event.RunEnded event) {
        AnalysisId id = entry.id();
        List<Entry> first = journal.read(id, 0, 1);
        Tags tags = Tags.of("status", lower(event.status()), "mode",
                first.isEmpty() ? "unknown" : mode(first.getFirst()));
        Instant accepted = first.isEmpty() ? entry.at() : first.getFirst().at();
        counter("deeprepo.analyses", "Analyses that ended", tags);
        timer("deeprepo.analysis.duration", "Time from a request to the end of its analysis", tags, accepted,
                entry.at());
    }

    private void counter(String name, String description, Tags tags) {
        Counter.builder(name).description(description).tags(tags).register(registry).increment();
    }

    private void timer(String name, String description, Tags tags, Instant from, Instant to) {
        Timer.builder(name).description(description).tags(tags).register(registry).record(Duration.between(from, to));
    }

    private static String mode(Entry first) {
        return first.event() instanceof Event.Accepted accepted
                && accepted.request().get("mode") instanceof String mode ? lower(mode) : "unknown";
    }

    private static String lower(String word) {
        return word.toLowerCase(Locale.ROOT);
    }
}
