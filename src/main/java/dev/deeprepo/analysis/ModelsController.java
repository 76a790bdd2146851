package dev.deeprepo.analysis;

import dev.deeprepo.llm.ListedModel;
import dev.deeprepo.llm.LlmSettings;
import dev.deeprepo.llm.Models;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The models that a request can name. */
@RestController
@Tag(name = "models")
class ModelsController {

    /** What can be asked for. */
    @Schema(name = "ModelList")
    record Listing(Defaults defaults, Map<String, Access> providers, List<Row> models) {}

    /**
     * How a provider stands here.
     *
     * @param reachable whether its models can be called: with its key, or without one offline and on this machine
     */
    @Schema(name = "ProviderAccess")
    record Access(boolean hasKey, boolean reachable) {}

    /** The models of a request that names none. */
    @Schema(name = "DefaultModels")
    record Defaults(String root, String sub, String baseline) {}

    /**
     * A model.
     *
     * @param available whether its provider can be called from here
     * @param defaultFor the roles that it plays in requests that name no model
     */
    @Schema(name = "ModelInfo")
    record Row(@Nullable String alias, String model, String provider, boolean available, List<String> defaultFor,
            Prices price) {

        static Row of(ListedModel listed) {
            return new Row(listed.alias(), listed.model(), listed.provider().label(), listed.hasKey(),
                    roles(listed), Prices.of(listed.price()));
        }
    }

    private static List<String> roles(ListedModel listed) {
        return Stream.of(listed.defaultRoot() ? Role.ROOT : null, listed.defaultSub() ? Role.SUB : null,
                listed.defaultBaseline() ? Role.BASELINE : null).filter(Objects::nonNull).map(Role::label).toList();
    }

    /**
     * What a model charges, in USD per million tokens.
     *
     * @param known false for a stand-in
     * @param tiers ascending by length of prompt; the first that holds the whole prompt applies to all tokens
     */
    @Schema(name = "ModelPrice")
    record Prices(boolean known, List<Tier> tiers, @Nullable Long window,
            @Nullable Long maxInputTokens, @Nullable Integer maxOutputTokens,
            @Nullable LocalDate asOf, @Nullable String source) {

        static Prices of(Price price) {
            return new Prices(price.known(), price.tiers().stream().map(Tier::of).toList(), price.window(),
                    price.maxInput(),
                    price.maxOutput(), price.asOf(), price.source());
        }
    }

    /**
     * Prices up to one length of prompt.
     *
     * @param upToTokens of input; null = all that are left
     */
    @Schema(name = "PriceTier")
    record Tier(@Nullable Long upToTokens, BigDecimal inputUsd, BigDecimal outputUsd, BigDecimal cacheReadUsd,
            BigDecimal cacheWriteUsd) {

        static Tier of(Price.Tier tier) {
            return new Tier(tier.upTo(), tier.input(), tier.output(),
                    Objects.requireNonNullElse(tier.cacheRead(), tier.input()),
                    Objects.requireNonNullElse(tier.cacheWrite(), tier.input()));
        }
    }

    private final Models models;
    private final LlmSettings settings;

    ModelsController(Models models, LlmSettings settings) {
        this.models = models;
        this.settings = settings;
    }

    @GetMapping(path = "/models", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "listModels", summary = "Models, prices, which providers have a key, the defaults", description = "rootModel, subModel and baselineModel of a request take an alias or the name of any model of these providers, listed or not.")
    @ApiResponse(responseCode = "200", description = "What a request can name here")
    Listing list() {
        List<ListedModel> listed = models.list();
        Map<String, Access> providers = new LinkedHashMap<>();
        listed.forEach(model -> providers.put(model.provider().label(),
                new Access(hasKey(model.provider()), model.hasKey())));
        return new Listing(new Defaults(models.defaultRoot().name(), models.defaultSub().name(),
                models.defaultBaseline().name()), providers,
                listed.stream().map(Row::of).toList());
    }

    private boolean hasKey(Provider provider) {
        return switch (provider) {
            case ANTHROPIC -> settings.anthropic().apiKey() != null;
            case OPENROUTER -> settings.openrouter().apiKey() != null;
            case OPENAI -> settings.openai().apiKey() != null;
            case OFFLINE -> false;
        };
    }
}
