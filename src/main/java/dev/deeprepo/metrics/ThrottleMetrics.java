package dev.deeprepo.metrics;

import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.ThrottleListener;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.springframework.stereotype.Component;

/** The gauges of how many calls of a model may be in flight on this instance: {@code deeprepo.llm.throttle.limit}. */
@Component
class ThrottleMetrics implements ThrottleListener {

    private final MeterRegistry registry;
    private final Map<ModelId, Meter> gauges = new ConcurrentHashMap<>();

    ThrottleMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void opened(ModelId model, IntSupplier limit) {
        gauges.put(model, Gauge.builder("deeprepo.llm.throttle.limit", limit::getAsInt)
                .description("Calls of a model that may be in flight")
                .tags("gen_ai.provider.name", model.provider().label(), "model", model.name()).register(registry));
    }

    @Override
    public void forgotten(ModelId model) {
        Meter gauge = gauges.remove(model);
        if (gauge != null) {
            registry.remove(gauge);
        }
    }
}
