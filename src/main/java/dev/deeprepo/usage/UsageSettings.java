package dev.deeprepo.usage;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Prices from configuration. The rest of {@code deeprepo.models} belongs to the models' own settings, which also refuse
 * unknown keys.
 *
 * @param prices replace all rows that {@code prices.yml} has for the same model
 */
@ConfigurationProperties("deeprepo.models")
record UsageSettings(@DefaultValue List<PriceRow> prices) {}
