package dev.deeprepo.checkout;

import dev.deeprepo.egress.Guard;
import java.nio.file.Path;
import java.time.Clock;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
class CheckoutConfiguration {

    @Bean
    CheckoutDirectory checkoutDirectory(CheckoutSettings settings, @Value("${deeprepo.data-dir:./data}") Path dataDir) {
        Path directory = settings.directory();
        return new CheckoutDirectory(directory == null ? dataDir.resolve("checkouts") : directory);
    }

    @Bean
    KeptRepositories keptRepositories(CheckoutSettings settings, CheckoutDirectory directory,
            ObjectProvider<Clock> clock) {
        return new KeptRepositories(directory.kept(), settings.kept(), clock.getIfUnique(Clock::systemUTC));
    }

    @Bean
    CheckoutDisk checkoutDisk(CheckoutSettings settings, CheckoutDirectory directory, KeptRepositories kept) {
        return new CheckoutDisk(directory.home(), settings.minFreeDisk(), kept);
    }

    @Bean
    Checkout checkout(CheckoutSettings settings, CheckoutDirectory directory, CheckoutDisk disk,
            KeptRepositories kept) {
        new GitVersion(new Git(directory.home()).version()).require();
        return new GitCheckout(settings, directory, disk, kept, new Guard(settings.egress()));
    }

    /** Down while nothing is fetched for want of disk. */
    @Bean
    HealthIndicator checkoutDiskHealthIndicator(CheckoutDisk disk) {
        return () -> (disk.hasRoom() ? Health.up() : Health.down()).withDetail("free", disk.free())
                .withDetail("threshold", disk.minFree().toBytes()).build();
    }

    @Bean
    GitHealthIndicator gitHealthIndicator(CheckoutDirectory directory, ObjectProvider<Clock> clock) {
        return new GitHealthIndicator(new Git(directory.home())::version, clock.getIfUnique(Clock::systemUTC));
    }
}
