package dev.deeprepo.security;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/** The paces of many callers, of whom those that asked last are remembered. Thread-safe. */
final class Paces {

    static final int REMEMBERED = 10_000;

    private final int perMinute;
    private final Clock clock;
    private final Map<String, Pace> paces = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Pace> eldest) {
            return size() > REMEMBERED;
        }
    };

    Paces(int perMinute, Clock clock) {
        this.perMinute = perMinute;
        this.clock = clock;
    }

    /** Takes a request of this caller, or says how long to wait for the next that is taken; zero = it is taken. */
    Duration take(String caller) {
        Pace pace;
        synchronized (paces) {
            pace = paces.computeIfAbsent(caller, _ -> new Pace(perMinute, clock));
        }
        return pace.take();
    }
}
