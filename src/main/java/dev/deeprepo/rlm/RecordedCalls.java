package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Event.CallWithdrawn;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelFellBack;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Spending;
import dev.deeprepo.usage.Usage;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The model calls that earlier attempts at a run left behind: replies to hand back, and what they cost. Of one call
 * several models may have been asked, each of them more than once; each has one reply at most.
 */
final class RecordedCalls {

    private final Map<CallKey, List<Asked>> asked = new LinkedHashMap<>();
    /** By model, in the order of the replies: a call that one model was given up for is asked of the next. */
    private final Map<CallKey, SequencedMap<String, ModelReplied>> replied = new HashMap<>();
    private final Map<Role, ModelFellBack> fellBack = new EnumMap<>(Role.class);

    /** Sent and not answered: it may have been paid. */
    private final List<Asked> uncertain = new ArrayList<>();
    private final List<Paid> paid = new ArrayList<>();
    private final Set<CallKey> inherited = new HashSet<>();

    private record Asked(long sequence, ModelAsked event) {}

    private record Paid(ModelReplied reply, long reservedTokens) {}

    void asked(long sequence, ModelAsked event) {
        Asked call = new Asked(sequence, event);
        asked.computeIfAbsent(event.key(), key -> new ArrayList<>()).add(call);
        if (!event.cached()) {
            uncertain.add(call);
        }
    }

    /** @param elsewhere whether another run paid for it, the one that this is a fork of */
    void replied(ModelReplied event, boolean elsewhere) {
        boolean bought = event.source() == ModelReplied.Source.MODEL && !event.refused();
        ModelAsked ask = bought ? settled(event.key(), event.model()) : null;
        if (elsewhere) {
            inherited.add(event.key());
        } else {
            paid.add(new Paid(event, ask == null ? 0 : ask.inputTokens() + ask.maxTokens()));
        }
        replied.computeIfAbsent(event.key(), key -> new LinkedHashMap<>()).putLast(event.model(), event);
    }

    /** The newest ask of the call was not sent, or was refused. */
    void withdrawn(CallWithdrawn event) {
        var _ = settled(event.key(), event.model());
    }

    /** Takes the newest ask off those that are uncertain; whoever asked before it was lost, and stays so. */
    private @Nullable ModelAsked settled(CallKey key, String model) {
        for (Asked call : uncertain.reversed()) {
            if (call.event.key().equals(key) && call.event.model().equals(model)) {
                uncertain.remove(call);
                return call.event;
            }
        }
        return null;
    }

    void fellBack(ModelFellBack event) {
        fellBack.put(event.role(), event);
    }

    /**
     * The run is tried again: calls that were given up are asked anew, unless what they came to was used, and so is the one
     * for the report; whoever was the first model is asked first. What was paid stays paid.
     *
     * @param used whether a cell has ended with what the call came to
     */
    void reopen(Predicate<CallKey> used) {
        Set<CallKey> again = replied.entrySet().stream()
                .filter(call -> call.getKey().equals(CallKey.synthesis(call.getKey().turn()))
                        || call.getValue().lastEntry().getValue().error() != null)
                .map(Map.Entry::getKey).filter(key -> !used.test(key)).collect(Collectors.toSet());
        replied.keySet().removeAll(again);
        asked.keySet().removeAll(again);
        asked.keySet().removeIf(key -> key.equals(CallKey.synthesis(key.turn()))); // it may be another prompt now
        fellBack.clear();
    }

    /** Whether a call was made by the run that this one is a fork of. */
    boolean isInherited(CallKey key) {
        return inherited.contains(key);
    }

    /** How the newest model of a role came to be asked; null while it is the first. */
    @Nullable
    ModelFellBack fellBack(Role role) {
        return fellBack.get(role);
    }

    /**
     * The newest reply on record; null when there is none.
     *
     * @param hash of the prompt, as it would be asked of the model with that name
     * @throws ReplayDiverged when something else was asked in its place
     */
    @Nullable
    ModelReplied reply(CallKey key, UnaryOperator<String> hash) {
        for (Asked before : asked.getOrDefault(key, List.of())) {
            String promptHash = hash.apply(before.event.model());
            if (!before.event.promptHash().equals(promptHash)) {
                throw new ReplayDiverged("%s asks for something else than entry %d has on record: hash %.12s, was %.12s"
                        .formatted(name(key), before.sequence, promptHash, before.event.promptHash()));
            }
        }
        SequencedMap<String, ModelReplied> replies = replied.get(key);
        return replies == null ? null : replies.lastEntry().getValue();
    }

    private Stream<ModelReplied> replies() {
        return replied.values().stream().flatMap(byModel -> byModel.values().stream());
    }

    /** The failure that a recorded given-up call ended with. */
    ModelException failure(ModelReplied reply) {
        String error = String.valueOf(reply.error());
        ModelReplied.Failure failure = reply.failure();
        if (failure == null) {
            return new ModelException.Permanent(error, null, null);
        }
        return switch (ModelException.Kind.valueOf(failure.kind())) {
            case RATE_LIMITED -> new ModelException.RateLimited(error, failure.status(), null);
            case TRANSIENT -> new ModelException.Transient(error, failure.status(), null, null);
            case PERMANENT, CANCELLED -> new ModelException.Permanent(error, failure.status(), null);
        };
    }

    /** Sub-calls that were asked and given up. @param ends whether a reply is the last of its call */
    int failures(Predicate<ModelReplied> ends) {
        return (int) replies().filter(reply -> reply.role() == Role.SUB && reply.error() != null
                && reply.source() == ModelReplied.Source.MODEL && !reply.refused() && !isInherited(reply.key())
                && ends.test(reply)).count();
    }

    /** Replies that came from the cache. */
    int cacheHits() {
        return (int) replies().filter(reply -> reply.source() == ModelReplied.Source.CACHE).count();
    }

    /** The whole reply of a root or a baseline. @throws ModelException when the call was given up instead */
    Completion completion(ModelReplied reply) {
        if (reply.error() != null) {
            throw failure(reply);
        }
        return Buyer.read(reply);
    }

    /** Counts what is on record; what is uncertain counts as if the worst had been paid for it. */
    void chargeTo(Spending spending) {
        paid.forEach(each -> spending.record(each.reply.role(), each.reply.account(), each.reply.reserved(),
                each.reservedTokens));
        for (Asked lost : uncertain) {
            ModelAsked event = lost.event;
            spending.record(event.role(), new Account(1, 0, Usage.of(event.inputTokens(), event.maxTokens()),
                    event.reserved()), event.reserved(), event.inputTokens() + event.maxTokens());
        }
    }

    /** One warning for each call that was under way when an attempt ended. */
    List<Warned> uncertainCalls() {
        return uncertain.stream().map(lost -> new Warned("call-uncertain",
                "%s to %s (entry %d) was under way when an earlier attempt ended: it may have been paid, up to %s stay reserved for it"
                        .formatted(name(lost.event.key()), lost.event.model(), lost.sequence, lost.event.reserved())))
                .toList();
    }

    private static String name(CallKey key) {
        if (key.equals(CallKey.baseline())) {
            return "the baseline's call";
        }
        if (key.equals(CallKey.synthesis(key.turn()))) {
            return "the call for the report in the place of turn %d".formatted(key.turn());
        }
        return key.cell() < 0
                ? "the root call of turn %d".formatted(key.turn())
                : "the sub-call of turn %d, cell %d, call %d, position %d".formatted(key.turn(), key.cell(), key.call(),
                        key.position());
    }
}
