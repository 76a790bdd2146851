package dev.deeprepo.checkout;

import dev.deeprepo.egress.Guard;
import java.nio.file.Path;
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
    CheckoutDisk checkoutDisk(CheckoutSettings settings, CheckoutDirectory directory) {
        return new CheckoutDisk(directory.home(), settings.minFreeDisk());
    }

    @Bean
    Checkout checkout(CheckoutSettings settings, CheckoutDirectory directory, CheckoutDisk disk) {
        new GitVersion(new Git(directory.home()).version()).require();
        return new GitCheckout(settings, directory, disk, new Guard(settings.egress()));
    }

    /** Down while nothing is fetched for want of disk. */
    @Bean
    HealthIndicator checkoutDiskHealthIndicator(CheckoutDisk disk) {
        return () -> (disk.hasRoom() ? Health.up() : Health.down()).withDetail("free", disk.free())
                .withDetail("threshold", disk.minFree().toBytes()).build();
    }

    @Bean
    GitHealthIndicator gitHealthIndicator(CheckoutDirectory directory) {
        return new GitHealthIndicator(new Git(directory.home()));
    }
}
