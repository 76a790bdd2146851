package dev.deeprepo.analysis;

import dev.deeprepo.checkout.CheckoutDisk;
import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.DayBudgets;
import dev.deeprepo.usage.PriceList;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.springframework.stereotype.Component;

/** What this service can take on at the moment. */
@Component
class Capacity {

    private static final Duration DISK_WAIT = Duration.ofMinutes(1);

    private final JobQueue queue;
    private final CheckoutDisk disk;
    private final DayBudgets days;
    private final PriceList prices;
    private final Clock clock;

    Capacity(JobQueue queue, CheckoutDisk disk, DayBudgets days, PriceList prices, Clock clock) {
        this.queue = queue;
        this.disk = disk;
        this.days = days;
        this.prices = prices;
        this.clock = clock;
    }

    /** @throws Refused saying what there is no room for, and when there may be */
    void refuseWhatItCannotTake(String owner, AnalysisRequest complete) {
        queue.refuseWhenFull();
        refuseWhenTheDiskIsLow();
        refuseWhenTheDayIsSpent(owner, complete);
    }

    private void refuseWhenTheDiskIsLow() {
        try {
            disk.requireRoom();
        } catch (CheckoutException e) {
            throw Refused.forNow(ErrorCode.of(e.reason()), String.valueOf(e.getMessage()), DISK_WAIT);
        }
    }

    /** A run that may not buy a single reply need not begin; one whose models cost nothing may. */
    private void refuseWhenTheDayIsSpent(String owner, AnalysisRequest complete) {
        boolean free = Analysis.Models.of(complete, null).byRole().values().stream()
                .allMatch(model -> prices.of(model).costsNothing());
        if (!free && days.of(owner).left().equals(Cost.ZERO)) {
            Instant now = clock.instant();
            Instant tomorrow = now.truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS);
            throw Refused.forNow(ErrorCode.DAY_BUDGET_SPENT,
                    "what this service, or you, may spend in a day is spent; there is more from %s on"
                            .formatted(tomorrow),
                    Duration.between(now, tomorrow));
        }
    }
}
