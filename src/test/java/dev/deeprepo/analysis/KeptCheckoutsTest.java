package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.checkout.Checkout;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.scheduling.config.FixedDelayTask;
import org.springframework.scheduling.config.ScheduledTask;
import org.springframework.scheduling.config.ScheduledTaskHolder;

/** When they are looked for; which ones are kept says {@link AnalysesContract}. */
@ExtendWith(TestService.Shared.class)
class KeptCheckoutsTest {

    private final TestService service;

    KeptCheckoutsTest(TestService service) {
        this.service = service;
    }

    @Test
    void areLookedForEveryTenMinutes() {
        Set<UUID> kept = ((ScriptedCheckout) service.bean(Checkout.class)).kept;
        kept.add(UUID.randomUUID());

        FixedDelayTask look = (FixedDelayTask) service.beans(ScheduledTaskHolder.class).stream()
                .flatMap(holder -> holder.getScheduledTasks().stream()).map(ScheduledTask::getTask)
                .filter(task -> task.toString().equals(KeptCheckouts.class.getName() + ".tidy")).findAny()
                .orElseThrow();
        assertThat(look.getInitialDelayDuration()).isEqualTo(Duration.ofMinutes(10));
        assertThat(look.getIntervalDuration()).isEqualTo(Duration.ofMinutes(10));
        look.getRunnable().run();

        assertThat(kept).isEmpty();
    }
}
