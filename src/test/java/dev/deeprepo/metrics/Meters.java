package dev.deeprepo.metrics;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.EntryListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The meters of model calls as the service keeps them, fed by the journal that this is a listener of. */
public final class Meters implements EntryListener {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<EntryListener> metrics = List.of(new CostMetrics(registry, MetersTest.models()),
            new RetryMetrics(registry));

    @Override
    public void written(List<Entry> entries) {
        metrics.forEach(listener -> listener.written(entries));
    }

    /** What all counters of that name and with these tags come to. */
    public double count(String name, String... tags) {
        return registry.find(name).tags(tags).counters().stream().mapToDouble(Counter::count).sum();
    }

    public double millis(String timer, String... tags) {
        return registry.find(timer).tags(tags).timers().stream()
                .mapToDouble(one -> one.totalTime(TimeUnit.MILLISECONDS)).sum();
    }

    public double total(String summary, String... tags) {
        return registry.find(summary).tags(tags).summaries().stream().mapToDouble(DistributionSummary::totalAmount)
                .sum();
    }
}
