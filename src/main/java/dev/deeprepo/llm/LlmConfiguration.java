package dev.deeprepo.llm;

import dev.deeprepo.usage.PriceList;
import io.micrometer.observation.ObservationRegistry;
import java.time.Clock;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.PropertySource;
import org.springframework.http.client.HttpComponentsClientHttpRequestFactory;
import org.springframework.retry.annotation.EnableRetry;
import org.springframework.retry.interceptor.RetryInterceptorBuilder;
import org.springframework.retry.interceptor.RetryOperationsInterceptor;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.web.client.RestClient;

/** Wires the providers: one pooled client below them, one retry around each. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({LlmSettings.class, ModelsSettings.class, RetrySettings.class})
@EnableRetry(proxyTargetClass = true)
@PropertySource("classpath:llm.properties")
class LlmConfiguration {

    /**
     * A connection that was in use a moment ago is not looked at again: each look is a read that waits a millisecond, and
     * in a fan-out every call would pay for it.
     */
    private static final TimeValue VALIDATE_AFTER = TimeValue.ofMilliseconds(20);

    /** Of one answer: characters in a line, lines. */
    private static final int MAX_HEADER = 32 * 1024;
    private static final int MAX_HEADERS = 200;

    @Bean
    Models models(ModelsSettings settings, LlmSettings llm, AnthropicModel anthropicModel,
            ChatCompletionsModel openRouterModel, ChatCompletionsModel openAiModel, PriceList prices) {
        Map<Provider, LanguageModel> adapters = new EnumMap<>(Provider.class);
        adapters.put(Provider.ANTHROPIC, anthropicModel);
        adapters.put(Provider.OPENROUTER, openRouterModel);
        adapters.put(Provider.OPENAI, openAiModel);
        adapters.put(Provider.OFFLINE, new OfflineModel());
        return new ProviderModels(settings, llm, adapters, prices);
    }

    @Bean
    AnthropicModel anthropicModel(ProviderClient client, LlmSettings settings) {
        return new AnthropicModel(client, settings.anthropic());
    }

    @Bean
    ChatCompletionsModel openRouterModel(ProviderClient client, LlmSettings settings) {
        return new ChatCompletionsModel(client, Provider.OPENROUTER, settings.openrouter(), new ChatFormat(false));
    }

    @Bean
    ChatCompletionsModel openAiModel(ProviderClient client, LlmSettings settings) {
        return new ChatCompletionsModel(client, Provider.OPENAI, settings.openai(), new ChatFormat(true));
    }

    @Bean
    RetryOperationsInterceptor modelRetryInterceptor(RetrySettings settings, ObjectProvider<Clock> clock,
            ObjectProvider<DoubleSupplier> chance, ObjectProvider<Pause> pause) {
        ModelRetry retry = new ModelRetry(settings, clock.getIfUnique(Clock::systemUTC),
                chance.getIfUnique(() -> () -> ThreadLocalRandom.current().nextDouble()),
                pause.getIfUnique(() -> Cancellation::await));
        RetryTemplate template = new RetryTemplate();
        template.setRetryPolicy(retry);
        template.setBackOffPolicy(retry);
        return RetryInterceptorBuilder.stateless().retryOperations(template).build();
    }

    @Bean
    ProviderClient providerClient(LlmSettings settings, CloseableHttpClient modelHttpClient,
            ObjectProvider<RestClient.Builder> restClient, ObjectProvider<Clock> clock, Throttles throttles) {
        // Unobserved: the meters of model calls come from the journal, and observing again is a fifth of a call's work.
        RestClient http = restClient.getIfAvailable(RestClient::builder).clone()
                .observationRegistry(ObservationRegistry.NOOP).requestFactory(new GuardedRequests(modelHttpClient))
                .build();
        Redaction redaction = new Redaction(Stream.of(settings.anthropic(), settings.openrouter(), settings.openai())
                .map(LlmSettings.Endpoint::apiKey).filter(Objects::nonNull).toList());
        return new ProviderClient(http, settings, clock.getIfUnique(Clock::systemUTC), redaction, throttles);
    }

    @Bean
    Throttles throttles(LlmSettings settings, RetrySettings retry, ObjectProvider<Clock> clock,
            ObjectProvider<Pause> pause, ObjectProvider<ThrottleListener> listener) {
        Pause wait = pause.getIfUnique(() -> Cancellation::await);
        return new Throttles(settings, retry, clock.getIfUnique(Clock::systemUTC),
                (delay, action) -> Thread.ofVirtual().name("throttle").start(() -> {
                    try {
                        wait.await(new Cancellation(), delay);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    action.run();
                }), listener.getIfUnique());
    }

    /** The retry is ours alone: nothing below resends, follows or waits by itself. */
    @Bean
    CloseableHttpClient modelHttpClient(LlmSettings settings) {
        return HttpClients.custom().disableAutomaticRetries().disableRedirectHandling().disableContentCompression()
                .disableCookieManagement().disableAuthCaching()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setConnectionFactory(ManagedHttpClientConnectionFactory.builder().http1Config(
                                Http1Config.custom().setMaxLineLength(MAX_HEADER).setMaxHeaderCount(MAX_HEADERS)
                                        .build())
                                .build())
                        .setMaxConnPerRoute(settings.maxConnections())
                        .setMaxConnTotal(2 * settings.maxConnections())
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(Timeout.of(settings.connectTimeout()))
                                .setValidateAfterInactivity(VALIDATE_AFTER)
                                .setIdleTimeout(Timeout.ofSeconds(20)).setTimeToLive(TimeValue.ofMinutes(5)).build())
                        .build())
                .build();
    }

    /** Makes each request known to the guard of its exchange, and gives it that guard's read timeout. */
    private static final class GuardedRequests extends HttpComponentsClientHttpRequestFactory {

        GuardedRequests(CloseableHttpClient client) {
            super(client);
        }

        @Override
        protected void postProcessHttpRequest(ClassicHttpRequest request) {
            if (request instanceof HttpUriRequestBase abortable) {
                Guard guard = Guard.CURRENT.get();
                abortable.setConfig(RequestConfig.custom().setConnectionRequestTimeout(Timeout.ofSeconds(10))
                        .setResponseTimeout(Timeout.of(guard.readTimeout())).setProtocolUpgradeEnabled(false)
                        .setExpectContinueEnabled(false).build());
                guard.watch(abortable);
            }
        }
    }
}
