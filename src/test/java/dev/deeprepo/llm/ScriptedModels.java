package dev.deeprepo.llm;

import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import java.util.List;

/**
 * Two scripted models: {@code root-model} of Anthropic and {@code sub/model} of OpenRouter. OpenAI's {@code model-2} to
 * {@code model-7} are there to be named, the first as {@code two} too. Every other name is unknown, except {@code keyless},
 * whose provider has no key.
 */
public final class ScriptedModels implements Models {

    public static final ModelId ROOT = new ModelId(Provider.ANTHROPIC, "root-model");
    public static final ModelId SUB = new ModelId(Provider.OPENROUTER, "sub/model");

    private final LanguageModel root;
    private final LanguageModel sub;

    public ScriptedModels(LanguageModel root, LanguageModel sub) {
        this.root = root;
        this.sub = sub;
    }

    @Override
    public ModelId resolve(String nameOrAlias) {
        return switch (nameOrAlias) {
            case "root-model" -> ROOT;
            case "sub/model" -> SUB;
            case "two" -> resolve("model-2");
            case "model-2", "model-3", "model-4", "model-5", "model-6", "model-7" ->
                new ModelId(Provider.OPENAI, nameOrAlias);
            case "keyless" -> throw new ModelUnavailable(ModelUnavailable.Reason.KEY_MISSING,
                    "keyless needs OPENAI_API_KEY, which is not set");
            default -> throw new ModelUnavailable(ModelUnavailable.Reason.UNKNOWN,
                    "no provider serves '" + nameOrAlias + "'");
        };
    }

    @Override
    public LanguageModel of(ModelId model) {
        return model.equals(ROOT) ? root : sub;
    }

    @Override
    public ModelId defaultRoot() {
        return ROOT;
    }

    @Override
    public ModelId defaultSub() {
        return SUB;
    }

    @Override
    public ModelId defaultBaseline() {
        return ROOT;
    }

    @Override
    public List<ListedModel> list() {
        PriceList prices = new PriceList(List.<Price>of());
        return List.of(
                new ListedModel(null, ROOT.name(), ROOT.provider(), true, prices.of(ROOT.name()), true, false, true),
                new ListedModel(null, SUB.name(), SUB.provider(), true, prices.of(SUB.name()), false, true, false));
    }
}
