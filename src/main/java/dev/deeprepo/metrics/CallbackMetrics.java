package dev.deeprepo.metrics;

import dev.deeprepo.webhook.DeliveryListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Counts attempts at telling receivers of ends: {@code deeprepo.webhook.attempts} = delivered + retried + given up. */
@Component
class CallbackMetrics implements DeliveryListener {

    private final MeterRegistry registry;

    CallbackMetrics(MeterRegistry registry) {
        this.registry = registry;
        Stream.of(Result.values()).forEach(this::counter); // so that each begins at 0
    }

    @Override
    public void attempted(Result result) {
        counter(result).increment();
    }

    private Counter counter(Result result) {
        return Counter.builder("deeprepo.webhook.attempts")
                .description("Requests that tell a receiver of the end of an analysis")
                .tag("result", result.name().toLowerCase(Locale.ROOT)).register(registry);
    }
}
