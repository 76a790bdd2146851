package dev.deeprepo.checkout;

import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
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
    Checkout checkout(CheckoutSettings settings, CheckoutDirectory directory) {
        return new GitCheckout(settings, directory);
    }

    @Bean
    GitHealthIndicator gitHealthIndicator(CheckoutDirectory directory) {
        return new GitHealthIndicator(new Git(directory.home()));
    }
}
