package dev.deeprepo.llm;

/** Hears of failed attempts as they happen, before the wait for the next. Must not block for long. */
@FunctionalInterface
public interface AttemptListener {

    AttemptListener NONE = attempt -> {};

    void attempted(FailedAttempt attempt);
}
