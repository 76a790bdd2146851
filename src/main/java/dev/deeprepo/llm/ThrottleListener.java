package dev.deeprepo.llm;

import java.util.function.IntSupplier;

/** Hears which models are throttled: those that were called, as long as they are remembered. Must not block for long. */
public interface ThrottleListener {

    /** @param limit how many calls of it may be in flight just now */
    void opened(ModelId model, IntSupplier limit);

    void forgotten(ModelId model);
}
