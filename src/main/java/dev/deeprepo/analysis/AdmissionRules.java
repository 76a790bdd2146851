package dev.deeprepo.analysis;

import dev.deeprepo.checkout.CheckoutSettings;
import dev.deeprepo.checkout.InvalidRepository;
import dev.deeprepo.checkout.Ref;
import dev.deeprepo.checkout.RepositoryUrl;
import dev.deeprepo.checkout.Subdirectory;
import dev.deeprepo.egress.ForbiddenAddress;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import dev.deeprepo.webhook.CallbackUrl;
import dev.deeprepo.webhook.WebhookSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a request must fulfil, and what stands for the fields it leaves out. */
@Component
class AdmissionRules {

    private static final int MAX_FALLBACKS = 5;
    private static final String OPENAI = "openai:";

    private final Models models;
    private final BudgetSettings budget;
    private final CheckoutSettings checkout;
    private final WebhookSettings webhook;

    AdmissionRules(Models models, BudgetSettings budget, CheckoutSettings checkout, WebhookSettings webhook) {
        this.models = models;
        this.budget = budget;
        this.checkout = checkout;
        this.webhook = webhook;
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
        return request.complete(url.canonical(), lasting(root), sub, baseline, fallbacks(request, lasting(root), sub),
                callback(request.callbackUrl()), budget);
    }

    /** Null when nobody takes over. @param sub null, as in the request, where the mode does not use it */
    private AnalysisRequest.@Nullable FallbackModels fallbacks(AnalysisRequest request, String root,
            @Nullable String sub) {
        AnalysisRequest.FallbackModels wanted = request.fallbackModels();
        if (wanted == null) {
            return null;
        }
        AnalysisRequest.FallbackModels used = new AnalysisRequest.FallbackModels(
                fallbacks("fallbackModels.root", root, wanted.root()),
                sub == null ? List.of() : fallbacks("fallbackModels.sub", sub, wanted.sub()));
        return used.isEmpty() ? null : used;
    }

    private List<String> fallbacks(String field, String first, @Nullable List<String> names) {
        List<String> all = new ArrayList<>(List.of(first));
        for (String name : names == null ? List.<String>of() : names) {
            String model = lasting(model(field, name, models::defaultRoot));
            if (all.stream().anyMatch(other -> plain(other).equals(plain(model)))) {
                throw Refused.field(ErrorCode.INVALID_REQUEST, field,
                        "%s: %s stands there twice, or is the model that it would take over from".formatted(field,
                                name));
            }
            all.add(model);
        }
        if (all.size() - 1 > MAX_FALLBACKS) {
            throw Refused.field(ErrorCode.INVALID_REQUEST, field,
                    "%s may list %d models, had %d".formatted(field, MAX_FALLBACKS, all.size() - 1));
        }
        return List.copyOf(all.subList(1, all.size()));
    }

    /** The name in the journal, where two models of one role must not have the same. */
    private static String plain(String lasting) {
        return lasting.startsWith(OPENAI) ? lasting.substring(OPENAI.length()) : lasting;
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

    private @Nullable String callback(@Nullable String url) {
        if (url == null) {
            return null;
        }
        if (!webhook.signs()) {
            throw Refused.field(ErrorCode.WEBHOOK_SECRET_MISSING, "callbackUrl",
                    "callbackUrl: this service has no secret to sign with, which its operator can set as"
                            + " DEEPREPO_WEBHOOK_SECRET; leave it out and poll, or read the event stream");
        }
        try {
            return CallbackUrl.parse(url, webhook.egress()).canonical();
        } catch (ForbiddenAddress e) {
            throw Refused.field(ErrorCode.CALLBACK_REFUSED, "callbackUrl", "callbackUrl " + e.getMessage());
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
        return OPENAI + model.name();
    }
}
