package dev.deeprepo.analysis;

import dev.deeprepo.checkout.CheckoutSettings;
import dev.deeprepo.checkout.InvalidRepository;
import dev.deeprepo.checkout.Ref;
import dev.deeprepo.checkout.RepositoryUrl;
import dev.deeprepo.checkout.Subdirectory;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a request must fulfil, and what stands for the fields it leaves out. */
@Component
class AdmissionRules {

    private final Models models;
    private final BudgetSettings budget;
    private final CheckoutSettings checkout;

    AdmissionRules(Models models, BudgetSettings budget, CheckoutSettings checkout) {
        this.models = models;
        this.budget = budget;
        this.checkout = checkout;
    }

    /**
     * The same request with every default filled in; only the models that its mode uses are looked at.
     *
     * @throws Refused naming the field that cannot be served
     */
    AnalysisRequest complete(AnalysisRequest request) {
        if (request.repository() == null || request.repository().isBlank()) {
            throw Refused.field(ErrorCode.INVALID_REQUEST, "repository", "repository is required: an https URL");
        }
        RepositoryUrl url = address(request, request.repository());
        ModelId root = model("rootModel", request.rootModel(), models::defaultRoot);
        Mode mode = request.mode() == null ? Mode.RLM : request.mode();
        String sub = mode == Mode.BASELINE ? null : lasting(model("subModel", request.subModel(), models::defaultSub));
        String baseline = mode == Mode.COMPARE
                ? lasting(model("baselineModel", request.baselineModel(), models::defaultBaseline))
                : null;
        return request.complete(url.canonical(), lasting(root), sub, baseline, budget);
    }

    /** The rules of {@code checkout} for all three fields that reach git. */
    private RepositoryUrl address(AnalysisRequest request, String repository) {
        try {
            RepositoryUrl url = RepositoryUrl.parse(repository, checkout);
            if (request.ref() != null) {
                Ref.parse(request.ref());
            }
            if (request.path() != null) {
                Subdirectory.parse(request.path());
            }
            return url;
        } catch (InvalidRepository e) {
            throw Refused.field(switch (e.field()) {
                case "ref" -> ErrorCode.REF_INVALID;
                case "path" -> ErrorCode.PATH_INVALID;
                default -> ErrorCode.REPOSITORY_REFUSED;
            }, e.field(), String.valueOf(e.getMessage()));
        }
    }

    private ModelId model(String field, @Nullable String name, Supplier<ModelId> otherwise) {
        try {
            return name == null ? otherwise.get() : models.resolve(name);
        } catch (ModelUnavailable e) {
            throw Refused.field(ErrorCode.of(e.reason()), field, String.valueOf(e.getMessage()));
        }
    }

    /** The name by which the run finds this model: an alias may change meanwhile, and a prefix is not in the id. */
    private String lasting(ModelId model) {
        try {
            if (models.resolve(model.name()).equals(model)) {
                return model.name();
            }
        } catch (ModelUnavailable e) {
            // known only by its provider
        }
        return "openai:" + model.name();
    }
}
