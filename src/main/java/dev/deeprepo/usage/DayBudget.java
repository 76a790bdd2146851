package dev.deeprepo.usage;

import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The money that runs of this instance may spend in one day, of UTC: all of them, or some as a share of it. Thread-safe. */
public final class DayBudget {

    /** No limit. */
    public static final DayBudget NONE = new DayBudget(null, Clock.systemUTC(), _ -> Cost.ZERO);

    private static final Cost BOUNDLESS = Cost.usd("1e12");

    private final @Nullable DayBudget whole;
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
        this(null, most, clock, onRecord);
    }

    private DayBudget(@Nullable DayBudget whole, @Nullable Cost most, Clock clock,
            Function<LocalDate, Cost> onRecord) {
        this.whole = whole;
        this.most = most;
        this.clock = clock;
        this.onRecord = onRecord;
    }

    /** What some of the runs may spend of this, and not more; a share is locked before its whole. */
    DayBudget share(Cost most, Function<LocalDate, Cost> onRecord) {
        return new DayBudget(this, most, clock, onRecord);
    }

    /** What is neither spent nor reserved. */
    public synchronized Cost left() {
        return whole == null ? ownLeft() : ownLeft().min(whole.left());
    }

    private Cost ownLeft() {
        if (most == null) {
            return BOUNDLESS;
        }
        turnPage();
        return most.minus(spent.plus(reserved));
    }

    /** Reserves in one step what another reservation gives free; false when it does not fit, and nothing changes then. */
    synchronized boolean reserve(Cost worst, Cost instead) {
        boolean fits = worst.compareTo(ownLeft().plus(instead)) <= 0
                && (whole == null || whole.reserve(worst, instead));
        reserved = fits ? reserved.minus(instead).plus(worst) : reserved;
        return fits;
    }

    /** Reserves as much of it as there is, and returns that. */
    synchronized Cost reserveUpTo(Cost wanted, Cost instead) {
        Cost own = wanted.equals(Cost.ZERO) ? wanted : wanted.min(ownLeft().plus(instead));
        Cost part = whole == null ? own : whole.reserveUpTo(own, instead);
        reserved = reserved.minus(instead).plus(part);
        return part;
    }

    /** What was reserved comes free; what it really cost counts for the day on which that became known. */
    synchronized void settle(Cost worst, Cost cost) {
        reserved = reserved.minus(worst); // first: the record may not be readable
        try {
            if (whole != null) {
                whole.settle(worst, cost);
            }
        } finally {
            if (most != null) {
                turnPage();
            }
            spent = spent.plus(cost);
        }
    }

    private void turnPage() {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (!today.equals(day)) {
            spent = onRecord.apply(today);
            day = today;
        }
    }
}
