package dev.deeprepo.llm;

import dev.deeprepo.llm.LlmSettings.Endpoint;
import dev.deeprepo.llm.ModelUnavailable.Reason;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds the provider of a model by the form of its name. */
final class ProviderModels implements Models {

    private static final List<String> OFFLINE = List.of("offline/explorer", "offline/digest");
    private static final Pattern OPENAI_NAME = Pattern.compile("gpt-.+|o[1-9].*");

    private final ModelsSettings settings;
    private final Map<Provider, Endpoint> endpoints;
    private final Map<Provider, LanguageModel> adapters;
    private final PriceList prices;
    private final ModelId defaultRoot;
    private final ModelId defaultSub;
    private final ModelId defaultBaseline;

    ProviderModels(ModelsSettings settings, LlmSettings llm, Map<Provider, LanguageModel> adapters, PriceList prices) {
        this.settings = settings;
        this.endpoints = Map.of(Provider.ANTHROPIC, llm.anthropic(), Provider.OPENROUTER, llm.openrouter(),
                Provider.OPENAI, llm.openai());
        this.adapters = Map.copyOf(adapters);
        this.prices = prices;
        this.defaultRoot = resolve(orByKeys(settings.defaultRoot(), "claude-sonnet-5-5", "minimax/minimax-m2.5",
                "gpt-6-sol", "offline/explorer"));
        String cheapest = llm.openrouter().hasKey() ? "minimax/minimax-m2.5" : "claude-haiku-5-5";
        this.defaultSub = resolve(orByKeys(settings.defaultSub(), cheapest, "minimax/minimax-m2.5", "gpt-6-luna",
                "offline/digest"));
        this.defaultBaseline = resolve(orByKeys(settings.defaultBaseline(), "claude-opus-5-5", "minimax/minimax-m2.5",
                "gpt-6-sol", "offline/explorer"));
    }

    private String orByKeys(@Nullable String configured, String anthropic, String openrouter, String openai,
            String none) {
        if (configured != null && !configured.isBlank()) {
            return configured;
        }
        if (hasKey(Provider.ANTHROPIC)) {
            return anthropic;
        }
        if (hasKey(Provider.OPENROUTER)) {
            return openrouter;
        }
        return hasKey(Provider.OPENAI) ? openai : none;
    }

    @Override
    public ModelId resolve(String nameOrAlias) {
        ModelId model = find(nameOrAlias);
        if (model == null) {
            throw new ModelUnavailable(Reason.UNKNOWN,
                    ("no provider serves '%s': name an alias (%s), claude-…, gpt-…, a name with a '/' for OpenRouter, "
                            + "or openai:… for a compatible server").formatted(nameOrAlias,
                                    String.join(", ", settings.aliases().keySet())));
        }
        if (!isReachable(model.provider())) {
            throw new ModelUnavailable(Reason.KEY_MISSING, "%s is served by %s, and %s_API_KEY is not set"
                    .formatted(model, model.provider().label(), model.provider().name()));
        }
        return model;
    }

    private @Nullable ModelId find(String nameOrAlias) {
        String given = nameOrAlias.strip();
        String name = settings.aliases().getOrDefault(given, given);
        if (name.startsWith("offline/")) {
            return OFFLINE.contains(name) ? new ModelId(Provider.OFFLINE, name) : null;
        }
        if (name.startsWith("openai:")) {
            String served = name.substring("openai:".length());
            return served.isBlank() ? null : new ModelId(Provider.OPENAI, served);
        }
        if (name.chars().anyMatch(c -> c <= ' ')) {
            return null;
        }
        if (name.contains("/")) {
            return new ModelId(Provider.OPENROUTER, name);
        }
        if (name.startsWith("claude-")) {
            return new ModelId(Provider.ANTHROPIC, name);
        }
        return OPENAI_NAME.matcher(name).matches() ? new ModelId(Provider.OPENAI, name) : null;
    }

    private boolean hasKey(Provider provider) {
        Endpoint endpoint = endpoints.get(provider);
        return endpoint != null && endpoint.hasKey();
    }

    private boolean isReachable(Provider provider) {
        Endpoint endpoint = endpoints.get(provider);
        return endpoint == null || endpoint.hasKey() || provider == Provider.OPENAI && endpoint.isLoopback();
    }

    @Override
    public LanguageModel of(ModelId model) {
        LanguageModel adapter = adapters.get(model.provider());
        if (adapter == null) {
            throw new IllegalStateException("no adapter for " + model.provider());
        }
        return adapter;
    }

    @Override
    public ModelId defaultRoot() {
        return defaultRoot;
    }

    @Override
    public ModelId defaultSub() {
        return defaultSub;
    }

    @Override
    public ModelId defaultBaseline() {
        return defaultBaseline;
    }

    @Override
    public List<ListedModel> list() {
        List<ListedModel> list = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        settings.aliases().forEach((alias, name) -> {
            ModelId model = find(alias);
            if (model != null) {
                list.add(row(alias, model));
                names.add(model.name());
            }
        });
        Set<String> others = new LinkedHashSet<>(prices.all().stream().map(Price::model).toList());
        others.addAll(OFFLINE);
        others.removeAll(names);
        others.forEach(name -> {
            ModelId model = find(name);
            if (model != null) {
                list.add(row(null, model));
                names.add(name);
            }
        });
        for (ModelId model : new LinkedHashSet<>(List.of(defaultRoot, defaultSub, defaultBaseline))) {
            if (names.add(model.name())) {
                list.add(row(null, model));
            }
        }
        return list;
    }

    private ListedModel row(@Nullable String alias, ModelId model) {
        return new ListedModel(alias, model.name(), model.provider(), isReachable(model.provider()),
                prices.of(model.name()), model.equals(defaultRoot), model.equals(defaultSub),
                model.equals(defaultBaseline));
    }
}
