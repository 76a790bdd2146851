package dev.deeprepo.analysis;

import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import dev.deeprepo.rlm.Brief;
import dev.deeprepo.rlm.Method;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A complete request as a run understands it. */
final class Briefing {

    private final Models models;

    /** @param models asked by name; a key may have been taken away since the request was accepted */
    Briefing(Models models) {
        this.models = models;
    }

    /** @throws ModelUnavailable naming the key that is missing by now */
    Brief of(AnalysisRequest request) {
        Method method = method(request);
        boolean cache = !Boolean.FALSE.equals(request.cache()) && !(method instanceof Method.Compare);
        return new Brief(method, Objects.requireNonNull(request.domain()), request.focus(), request.budget(), cache);
    }

    private Method method(AnalysisRequest request) {
        return switch (Objects.requireNonNull(request.mode())) {
            case RLM -> rlm(request);
            case BASELINE -> new Method.Baseline(model(request.rootModel()));
            case COMPARE -> new Method.Compare(rlm(request), new Method.Baseline(model(request.baselineModel())));
            case AUTO -> new Method.Auto(rlm(request), new Method.Baseline(model(request.rootModel())));
        };
    }

    Method.Rlm rlm(AnalysisRequest request) {
        return new Method.Rlm(model(request.rootModel()), model(request.subModel()));
    }

    private ModelId model(@Nullable String name) {
        return models.resolve(Objects.requireNonNull(name));
    }
}
