package dev.deeprepo.llm;

/** One model behind one wire format. Implementations are thread-safe; retry and throttling happen inside. */
public interface LanguageModel {

    /**
     * Asks the model and waits for its whole answer.
     *
     * @throws ModelException when the call is given up
     */
    Completion complete(ModelCall call);
}
