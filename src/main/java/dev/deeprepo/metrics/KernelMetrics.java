package dev.deeprepo.metrics;

import dev.deeprepo.repl.Kernels;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.stereotype.Component;

/** The gauge of kernels that are alive on this instance: {@code deeprepo.repl.kernels}. */
@Component
class KernelMetrics implements MeterBinder {

    private final Kernels kernels;

    KernelMetrics(Kernels kernels) {
        this.kernels = kernels;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        Gauge.builder("deeprepo.repl.kernels", kernels, Kernels::running).description("Python kernels that are alive")
                .register(registry);
    }
}
