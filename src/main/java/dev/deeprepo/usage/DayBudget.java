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

    /** Reserves in one step what another reservation gives free; false when it does not fit, and nothing changes then. */
    synchronized boolean reserve(Cost worst, Cost instead) {
        boolean fits = worst.compareTo(left().plus(instead)) <= 0;
        reserved = fits ? reserved.minus(instead).plus(worst) : reserved;
        return fits;
    }

    /** Reserves as much of it as there is, and returns that. */
    synchronized Cost reserveUpTo(Cost wanted, Cost instead) {
        Cost part = wanted.equals(Cost.ZERO) ? wanted : wanted.min(left().plus(instead));
        reserved = reserved.minus(instead).plus(part);
        return part;
    }

    /** What was reserved comes free; what it really cost counts for the day on which that became known. */
    synchronized void settle(Cost worst, Cost cost) {
        reserved = reserved.minus(worst); // first: the record may not be readable
        if (most != null) {
            turnPage();
        }
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
