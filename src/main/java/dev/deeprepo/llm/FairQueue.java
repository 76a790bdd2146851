package dev.deeprepo.llm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for a model: the urgent first, and among equals the runs in turn, each in its own order, however many it
 * has waiting. Not thread-safe.
 */
final class FairQueue<T> {

    private final SequencedMap<String, Deque<T>> urgent = new LinkedHashMap<>();
    private final SequencedMap<String, Deque<T>> others = new LinkedHashMap<>();

    void add(String run, boolean isUrgent, T waiting) {
        (isUrgent ? urgent : others).computeIfAbsent(run, _ -> new ArrayDeque<>()).add(waiting);
    }

    /** Whose turn it is; null when nobody waits. */
    @Nullable
    T first() {
        Map.Entry<String, Deque<T>> next = next().firstEntry();
        return next == null ? null : next.getValue().peekFirst();
    }

    /** Takes the first away, whose run goes to the end of the line. */
    void removeFirst() {
        SequencedMap<String, Deque<T>> runs = next();
        Map.Entry<String, Deque<T>> entry = runs.pollFirstEntry();
        if (entry != null) {
            entry.getValue().removeFirst();
            if (!entry.getValue().isEmpty()) {
                runs.put(entry.getKey(), entry.getValue());
            }
        }
    }

    private SequencedMap<String, Deque<T>> next() {
        return urgent.isEmpty() ? others : urgent;
    }
}
