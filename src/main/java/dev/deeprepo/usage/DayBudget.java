package dev.deeprepo.usage;

import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The money that all runs of this instance may spend in one day, of UTC. Thread-safe. */
public final class DayBudget {

    /** No limit. */
    public static final DayBudget NONE = new DayBudget(null, Clock.systemUTC(), _ -> Cost.ZERO);

    private static final Cost BOUNDLESS = Cost.usd("1e12");

    private final @Nullable Cost most;
    private final Clock clock;
    private final Function<LocalDate, Cost> onRecord;
    private @Nullable LocalDate day;
    private Cost spent = Cost.ZERO;
    private Cost reserved = Cost.ZERO;

    /**
     * @param most null = no limit
     * @param onRecord what was spent on a day, as far as it is on record: asked once a day, before the first call
     */
    public DayBudget(@Nullable Cost most, Clock clock, Function<LocalDate, Cost> onRecord) {
        this.most = most;
        this.clock = clock;
        this.onRecord = onRecord;
    }

    /** What is neither spent nor reserved. */
    public synchronized Cost left() {
        if (most == null) {
            return BOUNDLESS;
        }
        turnPage();
        return most.minus(spent.plus(reserved));
    }

    /** False when it does not fit; nothing is reserved then. */
    synchronized boolean reserve(Cost worst) {
        boolean fits = worst.compareTo(left()) <= 0;
        reserved = fits ? reserved.plus(worst) : reserved;
        return fits;
    }

    /** What was reserved comes free; what it really cost counts for the day on which that became known. */
    synchronized void settle(Cost worst, Cost cost) {
        if (most != null) {
            turnPage();
        }
        reserved = reserved.minus(worst);
        spent = spent.plus(cost);
    }

    private void turnPage() {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (!today.equals(day)) {
            spent = onRecord.apply(today);
            day = today;
        }
    }
}
