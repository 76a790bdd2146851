package dev.deeprepo.checkout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.util.unit.DataSize;

@ExtendWith(OutputCaptureExtension.class)
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
                            DataSize.ofGigabytes(1),
                            Duration.ofMinutes(5), Set.of("https"), false, List.of(), null, Map.of(), null,
                            LocalCheckout.KEPT, true, null));
                    assertThat(dataDir.resolve("checkouts")).isNotEmptyDirectory();
                });
        assertThat(dataDir.resolve("checkouts/kept")).isEmptyDirectory();
        assertThat(dataDir.resolve("checkouts")).isDirectoryNotContaining(path -> !path.endsWith("kept"));
    }

    /** Spring prints the value of a setting that it could not use. */
    @ParameterizedTest
    @ValueSource(strings = {"deeprepo.checkout.tokens[github.com/x]", "deeprepo.checkout.tokens[localhost]",
            "deeprepo.checkout.token[github.com]", "deeprepo.checkout.max-files=0,deeprepo.checkout.tokens[github.com]",
            "deeprepo.checkout.tokens"})
    void aTokenThatStopsTheStartIsNotPrinted(String setting, @TempDir Path dataDir, CapturedOutput output) {
        String[] arguments = ("deeprepo.data-dir=" + dataDir + "," + setting + "=canary-4f1d8a").split(",");
        assertThatException()
                .isThrownBy(() -> new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
                        .run(Stream.of(arguments).map("--"::concat).toArray(String[]::new)).close());
        assertThat(output.getAll()).contains("APPLICATION FAILED TO START").contains("deeprepo.checkout")
                .doesNotContain("canary");
    }

    @Test
    void secretRulesThatCannotBeUsedStopTheStartInTwoLines(@TempDir Path dataDir, CapturedOutput output) {
        String[] arguments = {"--deeprepo.data-dir=" + dataDir, "--deeprepo.checkout.secret-rules=none.toml"};
        assertThatException().isThrownBy(
                () -> new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE).run(arguments)
                        .close());
        assertThat(output.getAll()).contains("APPLICATION FAILED TO START",
                "deeprepo.checkout.secret-rules (none.toml) cannot be read as a text file");
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
