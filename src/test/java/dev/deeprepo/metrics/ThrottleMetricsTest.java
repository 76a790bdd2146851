package dev.deeprepo.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ThrottleMetricsTest {

    @Test
    void aGaugeFollowsItsModelsLimitUntilTheModelIsForgotten() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        ThrottleMetrics metrics = new ThrottleMetrics(registry);
        ModelId model = new ModelId(Provider.ANTHROPIC, "claude-sonnet-5-5");
        AtomicInteger limit = new AtomicInteger(50);
        metrics.opened(model, limit::get);
        limit.set(7);

        assertThat(registry.get("deeprepo.llm.throttle.limit").tags("gen_ai.provider.name", "anthropic", "model",
                "claude-sonnet-5-5").gauge().value()).isEqualTo(7);

        metrics.forgotten(model);

        assertThat(registry.getMeters()).isEmpty();
    }
}
