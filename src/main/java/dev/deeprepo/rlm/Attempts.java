package dev.deeprepo.rlm;

import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.usage.DayBudgets;
import dev.deeprepo.usage.PriceList;
import java.time.Clock;
import org.springframework.stereotype.Component;

/** Begins attempts: what all of them share is what money buys, what there is of it today, and the time. */
@Component
record Attempts(PriceList prices, DayBudgets days, Clock clock) {

    Attempt begin(Task task) {
        return new Attempt(task, prices, clock, Cancellation::await, days.of(task.owner()));
    }
}
