package dev.deeprepo.metrics;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.EntryListener;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Usage;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.springframework.stereotype.Component;

/**
 * Meters of what model calls consume: tokens, money, calls, latency.
 *
 * <p>They hear only entries that this instance has just written, so a resumed run, whose recorded replies are read and
 * not written again, counts nothing twice. Over all instances and restarts, tokens, cost and answered calls add up to
 * the sums of the journal, which {@code /actuator/costs} shows.
 */
@Component
class CostMetrics implements EntryListener {

    private final MeterRegistry registry;
    private final Models models;

    CostMetrics(MeterRegistry registry, Models models) {
        this.registry = registry;
        this.models = models;
    }

    @Override
    public void written(List<Entry> entries) {
        for (Entry entry : entries) {
            if (entry.event() instanceof ModelReplied reply) {
                count(reply);
            }
        }
    }

    private void count(ModelReplied reply) {
        Tags call = Tags.of("role", reply.role().label(), "model", reply.model());
        Account account = reply.account();
        registry.counter("deeprepo.llm.calls", call.and("outcome", outcome(reply))).increment();
        registry.counter("deeprepo.llm.cost.usd", call).increment(account.cost().usd().doubleValue());
        if (reply.source() != ModelReplied.Source.MODEL) {
            return;
        }
        Tags exchange = Tags.of("role", reply.role().label(), "gen_ai.request.model", reply.model(),
                "gen_ai.provider.name", provider(reply.model()));
        Usage usage = account.usage();
        tokens(exchange, "input", usage.inputTokens());
        tokens(exchange, "output", usage.outputTokens());
        tokens(exchange, "cache_read", usage.cacheReadTokens());
        tokens(exchange, "cache_creation", usage.cacheWriteTokens());
        registry.timer("gen_ai.client.operation.duration", exchange).record(Duration.ofMillis(reply.millis()));
    }

    /** {@code answered}, {@code given_up}, or where an answer that was not bought came from. */
    private static String outcome(ModelReplied reply) {
        if (reply.error() != null) {
            return "given_up";
        }
        return reply.source() == ModelReplied.Source.MODEL
                ? "answered"
                : reply.source().name().toLowerCase(Locale.ROOT);
    }

    private void tokens(Tags exchange, String type, long tokens) {
        if (tokens > 0) {
            DistributionSummary.builder("gen_ai.client.token.usage").baseUnit("tokens")
                    .tags(exchange.and("gen_ai.token.type", type)).register(registry).record(tokens);
        }
    }

    /** A name that was called and yet does not resolve was asked for as {@code openai:name}. */
    private String provider(String model) {
        try {
            return models.resolve(model).provider().label();
        } catch (ModelUnavailable prefixed) {
            return Provider.OPENAI.label();
        }
    }
}
