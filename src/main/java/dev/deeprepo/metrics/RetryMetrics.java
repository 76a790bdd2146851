package dev.deeprepo.metrics;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.EntryListener;
import dev.deeprepo.journal.Event.AttemptFailed;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.springframework.stereotype.Component;

/**
 * Meters of failed attempts at model calls. {@code deeprepo.llm.retries} counts every failed attempt, by what came of
 * it: kind {@code retry}, another attempt followed; kind {@code given_up}, none did. So
 *
 * <pre>retries = failed attempts − given up
 * attempts = answered calls + failed attempts</pre>
 *
 * <p>Its reason is the kind of failure, {@code rate_limited}, {@code transient}, {@code permanent} or
 * {@code cancelled}. {@code deeprepo.llm.retry.wait} times the waits before retries.
 */
@Component
class RetryMetrics implements EntryListener {

    private final MeterProvider<Counter> retries;
    private final MeterProvider<Timer> waits;

    RetryMetrics(MeterRegistry registry) {
        this.retries = Counter.builder("deeprepo.llm.retries")
                .description("Failed attempts at calls of models, by whether another followed or the call was given up")
                .withRegistry(registry);
        this.waits = Timer.builder("deeprepo.llm.retry.wait").description("Waits before further attempts")
                .withRegistry(registry);
    }

    @Override
    public void written(List<Entry> entries) {
        for (Entry entry : entries) {
            if (entry.event() instanceof AttemptFailed failed) {
                count(failed);
            }
        }
    }

    private void count(AttemptFailed failed) {
        Tags tags = Tags.of("role", failed.role().label(), "model", failed.model(), "reason",
                failed.kind().toLowerCase(Locale.ROOT));
        Duration wait = failed.delay();
        retries.withTags(tags.and("kind", wait == null ? "given_up" : "retry")).increment();
        if (wait != null) {
            waits.withTags(tags).record(wait);
        }
    }
}
