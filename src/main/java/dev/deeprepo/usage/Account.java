package dev.deeprepo.usage;

/**
 * What one role, or a whole run, has consumed so far.
 *
 * @param calls replies that were bought; failed attempts, duplicates and cache hits are not calls
 * @param cacheHits replies that came from our own cache or from an equal prompt of the same batch, at no cost
 */
public record Account(int calls, int cacheHits, Usage usage, Cost cost) {

    public static final Account EMPTY = new Account(0, 0, Usage.NONE, Cost.ZERO);

    public Account plus(Account other) {
        return new Account(calls + other.calls, cacheHits + other.cacheHits, usage.plus(other.usage),
                cost.plus(other.cost));
    }
}
