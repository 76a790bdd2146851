package dev.deeprepo.checkout;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up when the installed git can do what a checkout needs. */
final class GitHealthIndicator implements HealthIndicator {

    private final Git git;

    GitHealthIndicator(Git git) {
        this.git = git;
    }

    @Override
    public Health health() {
        GitVersion version = new GitVersion(git.version());
        String problem = version.problem();
        return problem == null
                ? Health.up().withDetail("version", String.valueOf(version.text())).build()
                : Health.down().withDetail("reason", problem).build();
    }
}
