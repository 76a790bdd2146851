package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Event.ModelFellBack;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.llm.LanguageModel;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The models of one role in a run. One is asked until a call to it is given up for a rate limit or an outage; then the
 * next takes over, for that call and all that follow. Calls that were under way to the old one go on, and those that
 * fail too ask whoever it is by then.
 *
 * <p>What a call comes to follows from the journal alone: a failure that somebody takes over from never ends a call, any
 * other always does. So a resumed run knows from the last reply of a call whether to hand it back or to go on asking.
 */
final class Relay {

    /** A model that can be asked. */
    record Runner(ModelId id, LanguageModel model, Price price) {

        /** Its name in the journal. */
        String name() {
            return id.name();
        }
    }

    private final Attempt attempt;
    private final Role role;
    private final List<Runner> runners;
    private Runner current;

    /** @param adapters the adapter that serves a model */
    Relay(Attempt attempt, Role role, Candidates candidates, Function<ModelId, LanguageModel> adapters) {
        this.attempt = attempt;
        this.role = role;
        this.runners = candidates.all().map(id -> new Runner(id, adapters.apply(id), attempt.price(id))).toList();
        ModelFellBack newest = attempt.recording().calls().fellBack(role);
        this.current = newest == null ? runners.getFirst() : named(newest.to());
    }

    List<Runner> all() {
        return runners;
    }

    Runner first() {
        return runners.getFirst();
    }

    /** Who is asked now. */
    synchronized Runner current() {
        return current;
    }

    /**
     * Takes the reply of a call from the recording, or asks: whoever is current, then the next for as long as somebody
     * takes over.
     *
     * @param fits whether a model can read the call at all; one that cannot does not take over
     * @param hash of the call, as it would be asked of the model with that name
     * @param recorded reads the reply that ended the call, which may be a failure
     * @throws ReplayDiverged when something else is on record
     */
    <T> T ask(CallKey key, Predicate<Runner> fits, UnaryOperator<String> hash, Function<ModelReplied, T> recorded,
            Function<Runner, T> ask) {
        RecordedCalls calls = attempt.recording().calls();
        ModelReplied reply = calls.reply(key,
                model -> knows(model) || calls.isInherited(key) ? hash.apply(model) : "");
        if (reply != null && ends(reply, fits)) {
            return recorded.apply(reply);
        }
        Runner runner = reply == null
                ? current()
                : successor(named(reply.model()), calls.failure(reply), fits);
        while (true) {
            try {
                return ask.apply(runner);
            } catch (ModelException e) {
                if (!isTakenOver(runner, e, fits)) {
                    throw e;
                }
                runner = successor(runner, e, fits);
            }
        }
    }

    /** Whether a reply on record is the last of its call. */
    boolean ends(ModelReplied reply, Predicate<Runner> fits) {
        return attempt.recording().calls().isInherited(reply.key()) || reply.error() == null
                || reply.source() != ModelReplied.Source.MODEL || reply.refused()
                || !isTakenOver(named(reply.model()), attempt.recording().calls().failure(reply), fits);
    }

    private boolean isTakenOver(Runner failed, ModelException failure, Predicate<Runner> fits) {
        return after(failed).anyMatch(fits) && switch (failure.kind()) {
            case RATE_LIMITED, TRANSIENT -> true;
            case PERMANENT, CANCELLED -> false;
        };
    }

    /** Who is asked in place of one that failed: its next, unless another call came to that before. */
    private synchronized Runner successor(Runner failed, ModelException failure, Predicate<Runner> fits) {
        if (current.equals(failed)) {
            Runner next = after(failed).filter(fits).findFirst().orElseThrow();
            // Written together with what it is asked, and before that.
            var _ = attempt.journal().submit(new ModelFellBack(role, failed.name(), next.name(),
                    String.valueOf(failure.getMessage())));
            current = next;
            attempt.warnOf(next.id);
        }
        return current;
    }

    private Stream<Runner> after(Runner runner) {
        return runners.stream().skip(runners.indexOf(runner) + 1L);
    }

    private boolean knows(String model) {
        return runners.stream().anyMatch(runner -> runner.name().equals(model));
    }

    private Runner named(String model) {
        return runners.stream().filter(runner -> runner.name().equals(model)).findFirst()
                .orElseThrow(() -> new ReplayDiverged("the recording has the %s model %s, which this run does not know"
                        .formatted(role.label(), model)));
    }
}
