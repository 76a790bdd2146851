package dev.deeprepo.metrics;

import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.EntryListener;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.llm.ModelUnavailable;
import dev.deeprepo.llm.Models;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Usage;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
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

    private final Models models;
    private final MeterProvider<Counter> calls;
    private final MeterProvider<Counter> cost;
    private final MeterProvider<DistributionSummary> tokens;
    private final MeterProvider<Timer> duration;

    CostMetrics(MeterRegistry registry, Models models) {
        this.models = models;
        this.calls = Counter.builder("deeprepo.llm.calls").description("Calls of models, by what came of them")
                .withRegistry(registry);
        this.cost = Counter.builder("deeprepo.llm.cost.usd").description("US dollars that calls of models cost")
                .withRegistry(registry);
        this.tokens = DistributionSummary.builder("gen_ai.client.token.usage").baseUnit("tokens")
                .description("Tokens of replies that were bought").withRegistry(registry);
        this.duration = Timer.builder("gen_ai.client.operation.duration")
                .description("Time that calls of models took, all attempts and waits included").withRegistry(registry);
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
        calls.withTags(call.and("outcome", outcome(reply))).increment();
        cost.withTags(call).increment(account.cost().usd().doubleValue());
        if (reply.source() != ModelReplied.Source.MODEL || reply.refused()) {
            return;
        }
        Tags exchange = Tags.of("role", reply.role().label(), "gen_ai.request.model", reply.model(),
                "gen_ai.provider.name", provider(reply.model()));
        Usage usage = account.usage();
        count(exchange, "input", usage.inputTokens());
        count(exchange, "output", usage.outputTokens());
        count(exchange, "cache_read", usage.cacheReadTokens());
        count(exchange, "cache_creation", usage.cacheWriteTokens());
        duration.withTags(exchange).record(Duration.ofMillis(reply.millis()));
    }

    /**
     * {@code answered}, {@code given_up}, {@code refused} (by the budget, so nobody was asked), or where an answer that was
     * not bought came from.
     */
    private static String outcome(ModelReplied reply) {
        if (reply.error() != null) {
            return reply.refused() ? "refused" : "given_up";
        }
        return reply.source() == ModelReplied.Source.MODEL
                ? "answered"
                : reply.source().name().toLowerCase(Locale.ROOT);
    }

    private void count(Tags exchange, String type, long number) {
        if (number > 0) {
            tokens.withTags(exchange.and("gen_ai.token.type", type)).record(number);
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
