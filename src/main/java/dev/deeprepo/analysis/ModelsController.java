package dev.deeprepo.analysis;

import dev.deeprepo.llm.ListedModel;
import dev.deeprepo.llm.Models;
import dev.deeprepo.usage.Price;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The models that a request can name. */
@RestController
@Tag(name = "models")
class ModelsController {

    /**
     * What can be asked for.
     *
     * @param providers whether each has a key here
     */
    record Listing(Defaults defaults, Map<String, Boolean> providers, List<Row> models) {}

    record Defaults(String root, String sub) {}

    /** @param available whether its provider can be called from here */
    record Row(@Nullable String alias, String model, String provider, boolean available, Prices price) {

        static Row of(ListedModel listed) {
            return new Row(listed.alias(), listed.model(), listed.provider().label(), listed.hasKey(),
                    Prices.of(listed.price()));
        }
    }

    /** USD per million tokens, for prompts of ordinary length; {@code known} is false for a stand-in. */
    record Prices(boolean known, BigDecimal inputUsd, BigDecimal outputUsd, @Nullable Long window,
            @Nullable Integer maxOutputTokens) {

        static Prices of(Price price) {
            Price.Tier tier = price.tiers().getFirst();
            return new Prices(price.known(), tier.input(), tier.output(), price.window(), price.maxOutput());
        }
    }

    private final Models models;

    ModelsController(Models models) {
        this.models = models;
    }

    @GetMapping(path = "/models", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "listModels", summary = "Models, prices, which providers have a key, the defaults", description = "rootModel and subModel of a request take an alias or the name of any model of these providers, listed or not.")
    Listing list() {
        List<ListedModel> listed = models.list();
        Map<String, Boolean> providers = new LinkedHashMap<>();
        listed.forEach(model -> providers.merge(model.provider().label(), model.hasKey(), Boolean::logicalOr));
        return new Listing(new Defaults(models.defaultRoot().name(), models.defaultSub().name()), providers,
                listed.stream().map(Row::of).toList());
    }
}
