package dev.deeprepo.llm;

import dev.deeprepo.llm.ModelException.Cancelled;
import dev.deeprepo.llm.ModelException.Kind;
import dev.deeprepo.llm.ModelException.Passing;
import dev.deeprepo.llm.ModelException.Permanent;
import dev.deeprepo.llm.ModelException.RateLimited;
import dev.deeprepo.llm.ModelException.Transient;
import dev.deeprepo.llm.RetrySettings.Backoff;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.retry.RetryContext;
import org.springframework.retry.RetryPolicy;
import org.springframework.retry.backoff.BackOffContext;
import org.springframework.retry.backoff.BackOffPolicy;
import org.springframework.retry.context.RetryContextSupport;
import org.springframework.retry.interceptor.RetryOperationsInterceptor;
import org.springframework.retry.support.Args;
import org.springframework.retry.support.RetrySynchronizationManager;

/**
 * The one place that decides about retries. Each failed attempt is judged once, in {@link #registerThrowable}: by its
 * class, the steps that its class has left, what the provider asked for, and the deadline over all attempts. The
 * verdict, a delay or none, is kept in the retry's context, where the template asks for it twice: whether to go on, and
 * how long to wait. Steps are counted per class: 429, 500, 429 takes linear step 1, exponential step 1, linear step 2.
 */
final class ModelRetry implements RetryPolicy, BackOffPolicy {

    private static final Logger log = LoggerFactory.getLogger(ModelRetry.class);

    private final transient RetrySettings settings;
    private final transient Clock clock;
    private final transient DoubleSupplier chance;
    private final transient Pause pause;

    ModelRetry(RetrySettings settings, Clock clock, DoubleSupplier chance, Pause pause) {
        this.settings = settings;
        this.clock = clock;
        this.chance = chance;
        this.pause = pause;
    }

    /** Time that the call under way on this thread has left, all its attempts together; empty outside of a retry. */
    static Optional<Duration> timeLeft() {
        return RetrySynchronizationManager.getContext() instanceof Attempts attempts
                ? Optional.of(attempts.timeLeft())
                : Optional.empty();
    }

    /** Time that the call under way on this thread spent in a queue: it moves the deadline. */
    static void excuse(Duration queued) {
        if (queued.isPositive() && RetrySynchronizationManager.getContext() instanceof Attempts attempts) {
            attempts.excused = attempts.excused.plus(queued);
        }
    }

    @Override
    public RetryContext open(@Nullable RetryContext parent) {
        return new Attempts(parent);
    }

    @Override
    public boolean canRetry(RetryContext context) {
        return context.getLastThrowable() == null || ((Attempts) context).delay != null;
    }

    @Override
    public void registerThrowable(RetryContext context, Throwable thrown) {
        Attempts attempts = (Attempts) context;
        attempts.delay = null;
        if (!(thrown instanceof ModelException failure)) {
            attempts.registerThrowable(thrown);
            return;
        }
        attempts.failures.merge(failure.kind(), 1, Integer::sum);
        int number = attempts.getRetryCount() + 1;
        Verdict verdict = judge(attempts, failure);
        String cause = String.valueOf(failure.getMessage());
        ModelCall call = attempts.call();
        try {
            call.listener()
                    .attempted(new FailedAttempt(number, failure.kind(), failure.status(), verdict.delay, cause));
        } catch (RuntimeException refused) {
            // The run no longer owns its journal, or cannot write it: nothing more may be bought.
            attempts.registerThrowable(refused);
            return;
        }
        if (verdict.delay == null) {
            attempts.registerThrowable(givenUp(failure, number, verdict.why));
        } else {
            log.info("{} ({}): attempt {} of {} failed, the next in {} ms: {}", call.model(), call.role().label(),
                    number, number + verdict.stepsLeft, verdict.delay.toMillis(), cause);
            attempts.delay = verdict.delay;
            attempts.registerThrowable(failure);
        }
    }

    @Override
    public void close(RetryContext context) {}

    @Override
    public BackOffContext start(RetryContext context) {
        return (Attempts) context;
    }

    @Override
    public void backOff(BackOffContext context) {
        Attempts attempts = (Attempts) context;
        Cancellation patience = attempts.call().patience();
        try {
            Duration delay = attempts.delay;
            if (delay != null && pause.await(patience, delay)) {
                throw new Cancelled("cancelled while waiting for the next attempt: " + patience.reason(),
                        false);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Cancelled("interrupted while waiting for the next attempt", false);
        }
    }

    private Verdict judge(Attempts attempts, ModelException failure) {
        RetrySettings rules = attempts.rules();
        return switch (failure) {
            case RateLimited limited when limited.again() ->
                judge(attempts, limited, rules.rateLimit().backoff(), limited.retryAfter());
            case Transient passing when passing.again() ->
                judge(attempts, passing, rules.otherwise().backoff(), passing.retryAfter());
            case Passing _,Permanent _,Cancelled _ -> Verdict.stop("");
        };
    }

    private Verdict judge(Attempts attempts, ModelException failure, Backoff backoff, @Nullable Duration asked) {
        RetrySettings rules = attempts.rules();
        int step = attempts.failures.getOrDefault(failure.kind(), 0);
        if (attempts.call().patience().isCancelled()) {
            return Verdict.stop("; the run waits no longer: " + attempts.call().patience().reason());
        }
        if (step > backoff.retries()) {
            return Verdict.stop("");
        }
        if (asked != null && asked.compareTo(rules.maxRetryAfter()) > 0) {
            return Verdict.stop("; the provider asks to wait %d s, at most %d s are allowed".formatted(
                    asked.toSeconds(), rules.maxRetryAfter().toSeconds()));
        }
        // In whole milliseconds, as they are on record.
        Duration delay = (asked == null ? backoff.delay(step, chance.getAsDouble()) : asked)
                .truncatedTo(ChronoUnit.MILLIS);
        if (delay.compareTo(attempts.timeLeft()) >= 0) {
            return Verdict.stop("; the %d s for all attempts are over".formatted(
                    rules.totalDeadline().toSeconds()));
        }
        return new Verdict(delay, backoff.retries() - step + 1, "");
    }

    private static ModelException givenUp(ModelException last, int attempts, String why) {
        String message = "%s (given up after %d attempt%s%s)".formatted(last.getMessage(), attempts,
                attempts == 1 ? "" : "s", why);
        return last.saying(message);
    }

    /** What came of a failed attempt: the delay before the next; null = no next, and why beyond the failure itself. */
    private record Verdict(@Nullable Duration delay, int stepsLeft, String why) {

        static Verdict stop(String why) {
            return new Verdict(null, 0, why);
        }
    }

    /** The attempts at one call so far. */
    private final class Attempts extends RetryContextSupport implements BackOffContext {

        private final transient Map<Kind, Integer> failures = new EnumMap<>(Kind.class);
        private final transient Instant began = clock.instant();
        private transient Duration excused = Duration.ZERO;
        private transient @Nullable Duration delay;

        Attempts(@Nullable RetryContext parent) {
            super(parent);
        }

        /** Those of the model that is called. */
        RetrySettings rules() {
            return settings.of(call().model());
        }

        Duration timeLeft() {
            Duration left = rules().totalDeadline().plus(excused).minus(Duration.between(began, clock.instant()));
            return left.isNegative() ? Duration.ZERO : left;
        }

        ModelCall call() {
            if (getAttribute(RetryOperationsInterceptor.METHOD_ARGS) instanceof Args args
                    && args.getArgs()[0] instanceof ModelCall call) {
                return call;
            }
            throw new IllegalStateException("retried method without a ModelCall");
        }
    }
}
