package dev.deeprepo.llm;

import dev.deeprepo.llm.LlmSettings.Endpoint;
import org.springframework.retry.annotation.Retryable;

/** Claude, through Anthropic's Messages API. */
class AnthropicModel implements LanguageModel {

    private final ProviderClient client;
    private final Endpoint endpoint;
    private final WireFormat format = new AnthropicFormat();

    AnthropicModel(ProviderClient client, Endpoint endpoint) {
        this.client = client;
        this.endpoint = endpoint;
    }

    @Override
    @Retryable(interceptor = "modelRetryInterceptor")
    public Completion complete(ModelCall call) {
        return client.exchange(call, Provider.ANTHROPIC, endpoint.uri("/v1/messages"), headers -> {
            headers.set("anthropic-version", "2023-06-01");
            if (endpoint.apiKey() != null) {
                headers.set("x-api-key", endpoint.apiKey());
            }
        }, format);
    }
}
