package dev.deeprepo.usage;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ClassPathResource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The price list: {@code prices.yml}, and what configuration adds to it or replaces. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(UsageSettings.class)
class UsageConfiguration {

    @Bean
    PriceList priceList(UsageSettings settings) throws IOException {
        List<Price> prices = new ArrayList<>(PriceRow.toPrices(builtIn()));
        prices.addAll(PriceRow.toPrices(settings.prices()));
        return new PriceList(prices);
    }

    private static List<PriceRow> builtIn() throws IOException {
        try (InputStream yaml = new ClassPathResource("prices.yml").getInputStream()) {
            return YAMLMapper.shared().readValue(yaml, new TypeReference<List<PriceRow>>() {
            });
        }
    }
}
