package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.JournalWriter.Pending;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.repl.HostFunctions;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.BudgetExceeded;
import dev.deeprepo.usage.Left;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The sub model's side of a run: answers what the root's Python asks, from the recording where it can, else by buying.
 *
 * <p>A cell whose call was once refused by the budget gets no more calls: the refusal is on record at one place, so a
 * resumed run refuses the same, and code that asks in an endless loop fills no journal.
 */
final class SubModel {

    /** What Java-side limits keep a batch to. */
    static final int MAX_BATCH = 2_000;

    private static final int MAX_TOKENS = 4_096;

    /** Tokens that a character comes to at most. */
    private static final long MOST_TOKENS = 3;

    /** Characters that a token has at most in a text worth counting exactly. */
    private static final int MOST_CHARACTERS = 12;

    private final Relay models;
    private final String system = Prompts.subSystem();
    private final long systemTokens = Tokens.estimate(system);
    private final Recording recording;
    private final Buyer buyer;
    private final Findings findings;
    private final FanOut fanOut;
    private final int maxFailures;
    private final AtomicInteger failures;

    /** @param maxFailures given-up calls after which no more are made */
    SubModel(Relay models, Recording recording, Buyer buyer, Findings findings, Cancellation stop,
            int concurrency, int maxFailures) {
        this.models = models;
        this.findings = findings;
        this.recording = recording;
        this.buyer = buyer;
        this.fanOut = new FanOut(concurrency, stop);
        this.maxFailures = maxFailures;
        this.failures = new AtomicInteger(recording.calls().failures(reply -> models.ends(reply, _ -> true)));
    }

    /**
     * The functions that one cell calls.
     *
     * @param left what the run had left when the cell began: its own calls are taken off, so a replay hears the same
     * @param finished whether the cell only rebuilds variables and must not buy
     */
    HostFunctions forCell(Recording.CellKey cell, Left left, boolean finished) {
        return new Calls(cell, left, finished);
    }

    /** What {@code budget()} says. */
    static Map<String, @Nullable Object> forPython(Left left) {
        Map<String, @Nullable Object> words = new LinkedHashMap<>();
        words.put("turns", left.turns());
        words.put("cost_usd", left.cost().usd());
        words.put("sub_calls", left.subCalls());
        words.put("tokens", left.tokens());
        words.put("seconds", Math.max(0, left.time().toSeconds()));
        return words;
    }

    /**
     * Why a prompt cannot be asked at all; null when it fits the windows of all models that may come to be asked, or nobody
     * knows. Whoever is asked at the time makes no difference, so a replay refuses the same.
     */
    private @Nullable String tooLong(String prompt) {
        return models.all().stream().map(model -> tooLong(prompt, model.price())).filter(Objects::nonNull).findFirst()
                .orElse(null);
    }

    private @Nullable String tooLong(String prompt, Price price) {
        Long window = price.window();
        if (window == null) {
            return null;
        }
        long room = window - Buyer.capped(price, MAX_TOKENS) - systemTokens;
        Long maxInput = price.maxInput();
        room = maxInput == null ? room : Math.min(room, maxInput - systemTokens);
        if (room <= 0 || prompt.length() * MOST_TOKENS <= room || Tokens.estimate(prompt) <= room) {
            return null;
        }
        long counted = prompt.length() / MOST_CHARACTERS > room ? Tokens.estimate(prompt) : Tokens.count(prompt);
        return counted <= room
                ? null
                : "the prompt has about %,d tokens, and %s reads %,d at most: split it at file or section borders into %d parts or more, ask each, and merge the answers"
                        .formatted(counted, price.model(), room, counted / room + 1);
    }

    /** Throws what ended the sub-calls of the newest cell, if anything did; whatever the kernel made of it. */
    void check() {
        fanOut.check();
    }

    /**
     * One slot of an answer: a text, or why there is none.
     *
     * @param written to be awaited before the text is used; null when it is durable already
     */
    private record Slot(String text, @Nullable String error, boolean refused, @Nullable Pending written) {

        private Slot(String text, @Nullable String error, boolean refused) {
            this(text, error, refused, null);
        }

        private String forPython() {
            return error == null ? text : "[ERROR " + error + "]";
        }
    }

    private final class Calls implements HostFunctions {

        private final Recording.CellKey cell;
        private final Left atStart;
        private final boolean finished;
        private final AtomicReference<Account> taken = new AtomicReference<>(Account.EMPTY);
        /** The first refusal, which stands for all later ones: only it is on record, so a replay tells the same. */
        private final AtomicReference<@Nullable Slot> refusal = new AtomicReference<>();

        private Calls(Recording.CellKey cell, Left atStart, boolean finished) {
            this.cell = cell;
            this.atStart = atStart;
            this.finished = finished;
            ModelReplied refused = recording.refusal(cell);
            if (refused != null) {
                refusal.set(new Slot("", refused.error(), true));
            }
        }

        @Override
        public String llmQuery(int call, String prompt) {
            return llmBatch(call, List.of(prompt)).getFirst();
        }

        @Override
        public List<String> llmBatch(int call, List<String> prompts) {
            if (prompts.size() > MAX_BATCH) {
                String error = "[ERROR a batch holds at most %d prompts, this one had %d: split it]".formatted(
                        MAX_BATCH,
                        prompts.size());
                return prompts.stream().map(prompt -> error).toList();
            }
            Map<String, Integer> firsts = new HashMap<>();
            List<Integer> toAsk = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                if (firsts.putIfAbsent(prompts.get(i), i) == null) {
                    toAsk.add(i);
                }
            }
            AtomicReferenceArray<@Nullable Slot> slots = new AtomicReferenceArray<>(prompts.size());
            fanOut.run(toAsk, i -> {
                Slot slot = ask(key(call, i), prompts.get(i));
                findings.answered(key(call, i), slot.text);
                slots.set(i, slot);
                return slot.written;
            });
            List<String> answers = new ArrayList<>(prompts.size());
            for (int i = 0; i < prompts.size(); i++) {
                int first = firsts.getOrDefault(prompts.get(i), i);
                Slot slot = slots.get(first);
                if (slot == null) {
                    throw new Stopped();
                }
                if (first != i) {
                    duplicate(key(call, i), prompts.get(i), slot);
                }
                answers.add(slot.forPython());
            }
            return answers;
        }

        @Override
        public Map<String, @Nullable Object> left() {
            return forPython(atStart.after(taken.get()));
        }

        private CallKey key(int call, int position) {
            return new CallKey(cell.turn(), cell.cell(), call, position);
        }

        private Slot ask(CallKey key, String prompt) {
            if (prompt.isBlank()) {
                return new Slot("", "the prompt is empty", true);
            }
            try {
                return models.ask(key, _ -> true, model -> Conversation.hash(model, prompt), this::read,
                        model -> ask(key, prompt, model));
            } catch (ModelException e) {
                endIfKeyRefused(e);
                failures.incrementAndGet();
                return new Slot("", e.getMessage(), false);
            }
        }

        private Slot read(ModelReplied recorded) {
            if (recorded.error() != null) {
                endIfKeyRefused(recording.calls().failure(recorded));
            }
            taken.accumulateAndGet(recorded.account(), Account::plus);
            return new Slot(recorded.text(), recorded.error(), recorded.refused());
        }

        private Slot ask(CallKey key, String prompt, Relay.Runner model) {
            String tooLong = tooLong(prompt);
            if (tooLong != null) {
                return new Slot("", tooLong, true);
            }
            Slot refused = refusal.get();
            if (refused != null) {
                return refused;
            }
            if (finished) {
                throw new ReplayDiverged("%s asked for a sub-call (call %d, position %d) that is not on record"
                        .formatted(cell, key.call(), key.position()));
            }
            return buy(key, prompt, model);
        }

        private Slot buy(CallKey key, String prompt, Relay.Runner model) {
            try {
                if (failures.get() >= maxFailures) {
                    throw new BudgetExceeded(BudgetExceeded.Limit.maxSubCalls,
                            "%d sub-calls of this run have failed".formatted(failures.get()));
                }
                int maxTokens = Buyer.capped(model.price(), MAX_TOKENS);
                long input = systemTokens + Tokens.estimate(prompt) + Conversation.FRAME;
                Buyer.Bought bought = buyer.buy(new Buyer.Order(key, Role.SUB, model.model(), model.price(),
                        system, List.of(new Message.User(prompt)), List.of(), maxTokens, prompt,
                        Conversation.hash(model.name(), prompt), input, false));
                taken.accumulateAndGet(bought.account(), Account::plus);
                return new Slot(bought.completion().text(), null, false, bought.written());
            } catch (BudgetExceeded e) {
                Slot slot = new Slot("",
                        ModelReplied.REFUSAL + "%s: %s; this cell gets no more replies, conclude from what you have"
                                .formatted(e.limit(), e.getMessage()),
                        true);
                Slot first = refusal.compareAndExchange(null, slot);
                if (first != null) {
                    return first;
                }
                buyer.refused(key, Role.SUB, model.name(), String.valueOf(slot.error));
                return slot;
            }
        }

        /** A key that is refused once is refused for every call of the run. */
        private static void endIfKeyRefused(ModelException failure) {
            Integer status = failure.status();
            if (status != null && status == 401) {
                throw failure;
            }
        }

        private void duplicate(CallKey key, String prompt, Slot slot) {
            boolean recorded = recording.calls().reply(key, model -> Conversation.hash(model, prompt)) != null;
            if (!recorded && !finished && !slot.refused) {
                buyer.duplicated(key, models.current().name(), slot.text, slot.error);
            }
        }
    }
}
