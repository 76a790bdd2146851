package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.util.unit.DataSize;

class CheckoutConfigurationTest {

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(CheckoutSettings.class)
    @Import(CheckoutConfiguration.class)
    static class Application {}

    @Test
    void defaultsAreThoseOfAPublicService(@TempDir Path dataDir) {
        new ApplicationContextRunner().withUserConfiguration(Application.class)
                .withPropertyValues("deeprepo.data-dir=" + dataDir).run(context -> {
                    assertThat(context).hasSingleBean(Checkout.class).hasBean("gitHealthIndicator");
                    assertThat(context.getBean(CheckoutSettings.class)).isEqualTo(new CheckoutSettings(50_000,
                            DataSize.ofMegabytes(200), DataSize.ofKilobytes(500), DataSize.ofGigabytes(1),
                            Duration.ofMinutes(5), Set.of("https"), false, null));
                    assertThat(dataDir.resolve("checkouts")).isNotEmptyDirectory();
                });
        assertThat(dataDir.resolve("checkouts")).isEmptyDirectory();
    }

    @Test
    void refusesUnknownKeysAndSchemes() {
        for (String wrong : new String[]{"deeprepo.checkout.max-fles=1", "deeprepo.checkout.allowed-schemes=https,file",
                "deeprepo.checkout.timeout=0s", "deeprepo.checkout.max-files=0"}) {
            new ApplicationContextRunner().withUserConfiguration(Application.class).withPropertyValues(wrong)
                    .run(context -> assertThat(context).hasFailed());
        }
    }
}
