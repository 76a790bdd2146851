package dev.deeprepo.analysis;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How much work one instance takes on.
 *
 * @param maxConcurrent runs at once on this instance
 * @param maxQueued analyses that may wait, over all instances; more are refused
 * @param heartbeat how often a worker shows that it lives; after four missed ones another instance takes over
 */
@ConfigurationProperties(value = "deeprepo.jobs", ignoreUnknownFields = false)
record JobsSettings(@DefaultValue("4") int maxConcurrent, @DefaultValue("100") int maxQueued,
        @DefaultValue("2s") Duration heartbeat) {

    JobsSettings {
        if (maxConcurrent < 1) {
            throw new IllegalArgumentException("deeprepo.jobs.max-concurrent must be at least 1, was " + maxConcurrent);
        }
        if (maxQueued < 1) {
            throw new IllegalArgumentException("deeprepo.jobs.max-queued must be at least 1, was " + maxQueued);
        }
        if (heartbeat.toMillis() < 100) {
            throw new IllegalArgumentException("deeprepo.jobs.heartbeat must be at least 100ms, was " + heartbeat);
        }
    }
}
