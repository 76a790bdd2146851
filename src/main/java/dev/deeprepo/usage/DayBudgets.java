package dev.deeprepo.usage;

import java.time.LocalDate;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** What may be spent in a day: by all runs of this instance, and of that by the runs of each owner. Thread-safe. */
public final class DayBudgets {

    private final DayBudget all;
    private final @Nullable Cost each;
    private final BiFunction<String, LocalDate, Cost> onRecord;
    private final Map<String, DayBudget> byOwner = new ConcurrentHashMap<>();

    /**
     * @param all of all owners together
     * @param each of one owner
     * @param onRecord what an owner has spent on a day, as far as it is on record
     */
    public DayBudgets(DayBudget all, OwnerAllowance each, BiFunction<String, LocalDate, Cost> onRecord) {
        this.all = all;
        this.each = each.perDay();
        this.onRecord = onRecord;
    }

    /** What the runs of this owner may spend. */
    public DayBudget of(String owner) {
        return each == null
                ? all
                : byOwner.computeIfAbsent(owner, name -> all.share(each, day -> onRecord.apply(name, day)));
    }
}
