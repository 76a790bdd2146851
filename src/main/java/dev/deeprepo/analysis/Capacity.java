package dev.deeprepo.analysis;

import dev.deeprepo.checkout.CheckoutDisk;
import dev.deeprepo.checkout.CheckoutException;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.DayBudget;
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
    private final DayBudget day;
    private final PriceList prices;
    private final Clock clock;

    Capacity(JobQueue queue, CheckoutDisk disk, DayBudget day, PriceList prices, Clock clock) {
        this.queue = queue;
        this.disk = disk;
        this.day = day;
        this.prices = prices;
        this.clock = clock;
    }

    /** @throws Refused saying what there is no room for, and when there may be */
    void refuseWhatItCannotTake(AnalysisRequest complete) {
        queue.refuseWhenFull();
        refuseWhenTheDiskIsLow();
        refuseWhenTheDayIsSpent(complete);
    }

    private void refuseWhenTheDiskIsLow() {
        try {
            disk.requireRoom();
        } catch (CheckoutException e) {
            throw Refused.forNow(ErrorCode.of(e.reason()), String.valueOf(e.getMessage()), DISK_WAIT);
        }
    }

    /** A run that may not buy a single reply need not begin; one whose models cost nothing may. */
    private void refuseWhenTheDayIsSpent(AnalysisRequest complete) {
        boolean free = Analysis.Models.of(complete, null).byRole().values().stream()
                .allMatch(model -> prices.of(model).costsNothing());
        if (!free && day.left().equals(Cost.ZERO)) {
            Instant now = clock.instant();
            Instant tomorrow = now.truncatedTo(ChronoUnit.DAYS).plus(1, ChronoUnit.DAYS);
            throw Refused.forNow(ErrorCode.DAY_BUDGET_SPENT,
                    "what this service may spend in a day is spent; it may again from %s on".formatted(tomorrow),
                    Duration.between(now, tomorrow));
        }
    }
}
