package dev.deeprepo.rlm;

import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.CallWithdrawn;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.LanguageModel;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.Tool;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.BudgetExceeded;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Spending;
import dev.deeprepo.usage.Usage;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.json.JsonMapper;

/**
 * Buys replies, one order of steps for all roles: reserve, journal that it is asked, ask, journal the reply, settle,
 * hand it over. A call that is stopped under way gets no reply in the journal: nobody knows whether it was paid. What
 * was bought before, by this run or another, and is shared, is taken instead.
 */
final class Buyer {

    private static final Logger log = LoggerFactory.getLogger(Buyer.class);

    private static final JsonMapper JSON = JsonMapper.shared();

    /**
     * What to ask.
     *
     * @param prompt as journaled: of a sub-call; null for the others
     * @param maxTokens of the answer, as many as wanted
     * @param inputTokens tokens of system prompt and messages at most
     * @param last whether it may have what is held back
     */
    record Order(CallKey key, Role role, LanguageModel model, Price price, String system, List<Message> messages,
            List<Tool> tools, int maxTokens, @Nullable String prompt, String hash, long inputTokens,
            boolean last) {}

    /**
     * A reply that is paid for, now or long ago.
     *
     * @param account what it took now
     * @param written to be awaited before anybody uses the reply; the next call of the same worker, whose own entry stands
     *     behind it, need not wait for it apart
     */
    record Bought(Completion completion, Account account, JournalWriter.Pending written) {

        Completion use() {
            written.await();
            return completion;
        }
    }

    private final JournalWriter journal;
    private final LiveText live;
    private final Spending spending;
    private final Warnings warnings;
    private final Clock clock;
    private final Cancellation run;
    private final Cancellation stop;
    private final Cancellation patience = new Cancellation();
    private final @Nullable Sharing sharing;

    /** @param sharing where sub-calls look first; null = every reply is bought */
    Buyer(Task task, Spending spending, Warnings warnings, Clock clock, Cancellation stop,
            @Nullable Sharing sharing) {
        this.journal = task.journal();
        this.live = task.live();
        this.spending = spending;
        this.warnings = warnings;
        this.clock = clock;
        this.run = task.cancellation();
        this.stop = stop;
        this.sharing = sharing;
        stop.onCancel(() -> patience.cancel("it is stopped"));
        spending.onEnd(() -> patience.cancel("nothing more may be spent"));
    }

    /**
     * @throws BudgetExceeded when it is not affordable; then nothing is asked or journaled
     * @throws ModelException when the call was given up, which is journaled
     * @throws Stopped when the run was stopped meanwhile
     */
    Bought buy(Order order) {
        if (sharing == null || order.prompt == null || !Sharing.isOf(order.price.model())) {
            return purchase(order);
        }
        try (SharedReplies.Claim claim = sharing.claim(order.price.model(), order.system, order.prompt, stop)) {
            String known = claim.reply();
            if (known != null) {
                checkStop();
                sharing.countHit();
                return cached(order, known);
            }
            Bought bought = purchase(order);
            if (bought.completion.stopReason() == StopReason.END && !bought.completion.text().isBlank()) {
                claim.bought(bought.written);
            }
            return bought;
        }
    }

    private void checkStop() {
        if (stop.isCancelled()) {
            throw new Stopped();
        }
    }

    private Bought purchase(Order order) {
        Price price = order.price;
        Spending.Reservation reservation = order.last
                ? spending.reserveLast(order.role, price, order.inputTokens, order.maxTokens, this::checkStop)
                : spending.reserve(order.role, price, order.inputTokens, order.maxTokens, this::checkStop);
        try {
            if (!run.beginExchange()) {
                reservation.release();
                throw stopped();
            }
            try {
                return purchase(order, reservation);
            } finally {
                run.endExchange();
            }
        } finally {
            reservation.forfeit(); // unless it was settled or released: then nobody knows
        }
    }

    /** The run is about to be stopped, which other calls of it have to be waited for. */
    private Stopped stopped() {
        try {
            var _ = stop.await(Duration.ofDays(1));
        } catch (InterruptedException e) { // nobody interrupts this thread; if so, it stops a little earlier
            Thread.currentThread().interrupt();
        }
        return new Stopped();
    }

    private Bought purchase(Order order, Spending.Reservation reservation) {
        Price price = order.price;
        int maxTokens = reservation.maxTokens();
        Entry question;
        try {
            question = journal.append(new ModelAsked(order.key, order.role, price.model(), order.prompt, order.hash,
                    order.inputTokens, maxTokens, reservation.worst(), false));
        } catch (RuntimeException e) {
            reservation.release(); // nothing was sent
            throw e;
        }
        Instant asked = clock.instant();
        CallJournal told = new CallJournal(journal, live, question, order, stop);
        Completion completion;
        try {
            completion = order.model.complete(
                    new ModelCall(journal.id().toString(), order.role, price.model(), order.system, order.messages,
                            order.tools, maxTokens, order.role != Role.SUB, told, stop,
                            patience));
        } catch (RuntimeException e) {
            told.check();
            if (stop.isCancelled() && e instanceof ModelException.Cancelled stopped && !stopped.sent()) {
                journal.append(new CallWithdrawn(order.key, order.role, price.model(), reservation.worst()));
                reservation.release();
            }
            ModelException failure = failureOf(e, price);
            journal.append(new ModelReplied(order.key, order.role, price.model(), "", null, Usage.NONE, Cost.ZERO,
                    reservation.worst(), since(asked), ModelReplied.Source.MODEL, String.valueOf(failure.getMessage()),
                    new ModelReplied.Failure(failure.kind().name(), failure.status())));
            reservation.release();
            throw failure;
        }
        told.check();
        String raw = null;
        if (order.role != Role.SUB) {
            // Goes on as it is on record: half a surrogate pair, as a cut reply may end with, cannot be stored.
            raw = new String(JSON.writeValueAsString(completion).getBytes(StandardCharsets.UTF_8),
                    StandardCharsets.UTF_8);
            completion = JSON.readValue(raw, Completion.class);
        }
        boolean uncounted = uncounted(order, completion);
        Usage usage = uncounted ? Usage.of(order.inputTokens, maxTokens) : completion.usage();
        Cost reported = completion.reportedCost();
        Cost counted = uncounted ? reservation.worst() : price.cost(usage);
        // Who cannot count is not believed that it is cheap.
        Cost cost = reported == null || uncounted && reported.compareTo(counted) < 0 ? counted : reported;
        // Queued before it is settled: whatever the money that comes free is spent on stands behind this in the journal.
        JournalWriter.Pending written = journal.submit(new ModelReplied(order.key, order.role, price.model(),
                completion.text(), raw, usage, cost, reservation.worst(), since(asked), ModelReplied.Source.MODEL, null,
                null));
        reservation.settle(usage, cost);
        if (cost.compareTo(reservation.worst()) > 0) {
            warnings.once(new Warned("reservation-exceeded",
                    "a reply of %s cost %s where at most %s was expected: it is counted in full, and no call was begun after it"
                            .formatted(price.model(), cost, reservation.worst())));
        }
        return new Bought(completion, new Account(1, 0, usage, cost), written);
    }

    /** Output tokens to ask for: as many as wanted, if the model can give them. */
    static int capped(Price price, int maxTokens) {
        Integer most = price.maxOutput();
        return most == null ? maxTokens : Math.min(maxTokens, most);
    }

    /** A reply of the root or the baseline as it was journaled. */
    static Completion read(ModelReplied reply) {
        return JSON.readValue(reply.raw(), Completion.class);
    }

    /** Journals that the budget refused a call, so that a resumed run meets the same refusal. */
    void refused(CallKey key, Role role, String model, String error) {
        journal.append(ModelReplied.unasked(key, role, model, "", ModelReplied.Source.MODEL, error));
    }

    /** Journals that an equal prompt of the same batch was answered. */
    void duplicated(CallKey key, String model, String text, @Nullable String error) {
        journal.append(ModelReplied.unasked(key, Role.SUB, model, text, ModelReplied.Source.DUPLICATE, error));
    }

    /**
     * Journals that the cache answers. The question stands in front, so that it can be read, and a resumed run notices when
     * it comes to another one; nothing is reserved, since nothing is sent.
     */
    private Bought cached(Order order, String text) {
        String model = order.price.model();
        var _ = journal.submit(new ModelAsked(order.key, order.role, model, order.prompt, order.hash,
                order.inputTokens, order.maxTokens, Cost.ZERO, true));
        JournalWriter.Pending written = journal.submit(ModelReplied.unasked(order.key, order.role, model, text,
                ModelReplied.Source.CACHE, null));
        return new Bought(new Completion(new Message.Assistant(text, List.of(), null), StopReason.END, Usage.NONE,
                Cost.ZERO, null), Account.EMPTY, written);
    }

    private long since(Instant asked) {
        return Duration.between(asked, clock.instant()).toMillis();
    }

    /** Whether the provider sent no token counts that can be true; the call is then counted at the most it can be. */
    private boolean uncounted(Order order, Completion completion) {
        boolean said = !completion.text().isBlank() || !completion.message().toolCalls().isEmpty();
        boolean missing = Sharing.isOf(order.price.model()) && (completion.usage().inputTokens() == 0
                || completion.usage().outputTokens() == 0 && said);
        if (missing) {
            warnings.once(new Warned("usage-missing",
                    "%s sent no token counts that can be true: its replies are counted at the most tokens that they can have"
                            .formatted(order.price.model())));
        }
        return missing;
    }

    /** What a call is given up for. @throws Stopped when it was not, but ended with its run */
    private ModelException failureOf(RuntimeException e, Price price) {
        if (stop.isCancelled()) {
            throw new Stopped();
        }
        if (e instanceof ModelException failure) {
            if (failure.kind() != ModelException.Kind.CANCELLED) {
                return failure;
            }
            BudgetExceeded ended = spending.ended();
            if (ended == null) {
                throw new Stopped();
            }
            return new ModelException.Permanent("not waited for any longer: " + ended.getMessage(), null, e);
        }
        log.error("A call to {} broke in our own code; it counts as failed for good", price.model(), e);
        return new ModelException.Permanent("the call failed inside the service: " + e.getClass().getSimpleName(),
                null, e);
    }
}
