package dev.deeprepo.repl;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class ReplConfiguration {

    /** Probes beside the start of the rest; who needs the outcome earlier waits for it. */
    @Bean
    Kernels kernels(ReplSettings settings) {
        var kernels = new Kernels(settings);
        Thread.ofVirtual().name("sandbox-probe").start(kernels::sandbox);
        return kernels;
    }

    @Bean
    HealthIndicator sandboxHealthIndicator(Kernels kernels) {
        return () -> {
            Sandbox sandbox = kernels.sandbox();
            return (sandbox.fit() ? Health.up() : Health.down()).withDetail("mode", sandbox.mode())
                    .withDetail("detail", sandbox.detail()).withDetail("kernels", kernels.running()).build();
        };
    }
}
