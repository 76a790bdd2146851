package dev.deeprepo.llm;

import java.util.List;

/** The models that this instance can call. */
public interface Models {

    /**
     * Resolves an alias ({@code sonnet}) or a model's own name.
     *
     * @throws ModelUnavailable when nobody serves that name, or its provider has no key here
     */
    ModelId resolve(String nameOrAlias);

    /** The adapter that serves a resolved model. */
    LanguageModel of(ModelId model);

    /** The models used when a request names none; they follow the keys that exist. */
    ModelId defaultRoot();

    ModelId defaultSub();

    /** The baseline of a comparison. */
    ModelId defaultBaseline();

    /** All models known by name: those with an alias or a price, and the offline ones. Any other may work too. */
    List<ListedModel> list();
}
