package dev.deeprepo.checkout;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** Up when the installed git can do what a checkout needs. */
final class GitHealthIndicator implements HealthIndicator {

    /** The oldest version that is tested; pinned addresses came with 2.37. */
    private static final String FLOOR = "2.39";

    private final Git git;

    GitHealthIndicator(Git git) {
        this.git = git;
    }

    @Override
    public Health health() {
        String version = git.version();
        if (version == null) {
            return Health.down().withDetail("reason", "no git on the PATH; install git " + FLOOR + " or newer").build();
        }
        boolean recent = Runtime.Version.parse(version.replaceAll("^(\\d+\\.\\d+).*", "$1"))
                .compareTo(Runtime.Version.parse(FLOOR)) >= 0;
        return recent
                ? Health.up().withDetail("version", version).build()
                : Health.down().withDetail("version", version)
                        .withDetail("reason", "git " + version + " is too old; install " + FLOOR + " or newer").build();
    }
}
