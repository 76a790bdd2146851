package dev.deeprepo.llm;

import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.DoubleSupplier;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** The real adapters, proxied and wired as in the service, whose waits move a clock instead of taking time. */
public final class Providers implements AutoCloseable {

    static final Instant START = Instant.parse("2026-11-22T12:00:00Z");

    private final AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext();
    private volatile Instant now = START;
    /** The waits before retries. */
    public final List<Duration> waits = new CopyOnWriteArrayList<>();
    /** What decides about jitter, from [0, 1). */
    volatile double chance = 0.5;
    final List<FailedAttempt> failures = new CopyOnWriteArrayList<>();

    private Providers(boolean realWaits, String base, String... properties) {
        TestPropertyValues.of(properties)
                .and("ANTHROPIC_BASE_URL=" + base, "OPENROUTER_BASE_URL=" + base + "/", "OPENAI_BASE_URL=" + base,
                        "ANTHROPIC_API_KEY=sk-ant-secret-key", "OPENROUTER_API_KEY=or-secret-key",
                        "OPENAI_API_KEY=oa-secret-key")
                .applyTo(context);
        context.registerBean(PriceList.class, () -> new PriceList(List.of()));
        context.register(LlmConfiguration.class);
        if (!realWaits) {
            context.registerBean(Clock.class, () -> ((InstantSource) () -> now).withZone(ZoneOffset.UTC));
            context.registerBean(DoubleSupplier.class, () -> () -> chance);
            context.registerBean(Pause.class, () -> (cancellation, duration) -> {
                waits.add(duration);
                now = now.plus(duration);
                return cancellation.isCancelled();
            });
        }
        context.refresh();
    }

    public static Providers at(String base, String... properties) {
        return new Providers(false, base, properties);
    }

    public static Providers withRealWaitsAt(String base, String... properties) {
        return new Providers(true, base, properties);
    }

    /** Forgets what was, a while later: at a full hour. */
    public void later() {
        now = now.truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS);
        waits.clear();
        failures.clear();
    }

    public Clock clock() {
        return context.getBean(Clock.class);
    }

    public LanguageModel anthropic() {
        return context.getBean("anthropicModel", LanguageModel.class);
    }

    public LanguageModel openRouter() {
        return context.getBean("openRouterModel", LanguageModel.class);
    }

    LanguageModel openAi() {
        return context.getBean("openAiModel", LanguageModel.class);
    }

    Models models() {
        return context.getBean(Models.class);
    }

    /** A sub-call of one prompt. */
    ModelCall sub(String prompt) {
        return sub(prompt, new Cancellation());
    }

    ModelCall sub(String prompt, Cancellation cancellation) {
        return new ModelCall("run", Role.SUB, "some/model", null, List.of(new Message.User(prompt)), List.of(), 4096,
                false,
                failures::add, cancellation);
    }

    /** A root call, streamed or not. */
    ModelCall root(boolean stream, String model, Message... messages) {
        return root(stream, model, new Cancellation(), messages);
    }

    ModelCall root(boolean stream, String model, Cancellation cancellation, Message... messages) {
        return new ModelCall("run", Role.ROOT, model, "You explore.", List.of(messages),
                List.of(new Tool("execute_python", "Runs Python.",
                        "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"}},\"required\":[\"code\"]}")),
                16_384, stream, failures::add, cancellation);
    }

    @Override
    public void close() {
        context.close();
    }
}
