package dev.deeprepo.analysis;

import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import dev.deeprepo.rlm.Brief;
import dev.deeprepo.rlm.Candidates;
import dev.deeprepo.rlm.Method;
import java.util.List;
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
            case BASELINE -> new Method.Baseline(root(request));
            case COMPARE -> new Method.Compare(rlm(request),
                    new Method.Baseline(Candidates.only(model(request.baselineModel()))));
            case AUTO -> new Method.Auto(rlm(request), new Method.Baseline(root(request)));
        };
    }

    Method.Rlm rlm(AnalysisRequest request) {
        AnalysisRequest.FallbackModels others = request.fallbackModels();
        return new Method.Rlm(root(request), candidates(request.subModel(), others == null ? null : others.sub()));
    }

    private Candidates root(AnalysisRequest request) {
        AnalysisRequest.FallbackModels others = request.fallbackModels();
        return candidates(request.rootModel(), others == null ? null : others.root());
    }

    private Candidates candidates(@Nullable String first, @Nullable List<String> others) {
        return new Candidates(model(first), others == null ? List.of() : others.stream().map(this::model).toList());
    }

    private ModelId model(@Nullable String name) {
        return models.resolve(Objects.requireNonNull(name));
    }
}
