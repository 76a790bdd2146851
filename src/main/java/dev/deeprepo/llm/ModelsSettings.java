package dev.deeprepo.llm;

import dev.deeprepo.usage.PriceRow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Which models there are by name.
 *
 * @param aliases short names, in addition to {@code opus sonnet haiku minimax}, or in their place
 * @param defaultRoot null = by the keys that exist
 * @param defaultSub null = by the keys that exist
 * @param defaultBaseline null = by the keys that exist
 * @param prices read by the price list; named here so that a misspelt key is refused
 */
@ConfigurationProperties(value = "deeprepo.models", ignoreUnknownFields = false)
record ModelsSettings(@DefaultValue Map<String, String> aliases, @Nullable String defaultRoot,
        @Nullable String defaultSub, @Nullable String defaultBaseline,
        @DefaultValue List<PriceRow> prices) {

    ModelsSettings {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("opus", "claude-opus-5-5");
        all.put("sonnet", "claude-sonnet-5-5");
        all.put("haiku", "claude-haiku-5-5");
        all.put("minimax", "minimax/minimax-m2.5");
        all.putAll(aliases);
        aliases = all;
    }
}
