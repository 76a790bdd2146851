package dev.deeprepo.llm;

import dev.deeprepo.llm.LlmSettings.Endpoint;
import org.springframework.retry.annotation.Retryable;

/** Any model behind OpenAI's chat completions: OpenRouter, OpenAI, or a compatible server. */
class ChatCompletionsModel implements LanguageModel {

    private final ProviderClient client;
    private final Provider provider;
    private final Endpoint endpoint;
    private final WireFormat format;

    ChatCompletionsModel(ProviderClient client, Provider provider, Endpoint endpoint, WireFormat format) {
        this.client = client;
        this.provider = provider;
        this.endpoint = endpoint;
        this.format = format;
    }

    @Override
    @Retryable(interceptor = "modelRetryInterceptor")
    public Completion complete(ModelCall call) {
        return client.exchange(call, provider, endpoint.uri("/chat/completions"), headers -> {
            if (endpoint.apiKey() != null) {
                headers.setBearerAuth(endpoint.apiKey());
            }
        }, format);
    }
}
