package dev.deeprepo.rlm;

import dev.deeprepo.checkout.Snapshot;
import dev.deeprepo.checkout.TextSnapshot;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Forked;
import dev.deeprepo.journal.InMemoryJournal;
import dev.deeprepo.journal.Journal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.LanguageModel;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.llm.ToolCall;
import dev.deeprepo.repl.Repl;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.DayBudget;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Everything around a run: a journal, scripted models, a scripted kernel. One stage is one analysis. */
final class Stage {

    /** A repository of one file. */
    static final Snapshot FILES = new TextSnapshot("demo").with("src/app.py", "SECRET_CONTENT = 1");

    AnalysisId id = AnalysisId.random();
    Journal journal = new InMemoryJournal();
    final Cancellation cancellation = new Cancellation();
    LiveText live = LiveText.NONE;
    final ScriptedRepl repl = new ScriptedRepl();
    Budget budget = new Budget(20, Cost.usd("5"), 500, null, Duration.ofMinutes(5));
    Function<BooleanSupplier, Repl> opener = _ -> repl;
    Clock clock = Clock.systemUTC();
    Attempt.Timer timer = Cancellation::await;
    PriceList prices = new PriceList(List.of());
    int concurrency = 16;
    DayBudget day = DayBudget.NONE;
    /** Where sub-calls look first; null = every reply is bought. */
    @Nullable
    SharedReplies shared;
    String owner = "";
    ModelId subModel = new ModelId(Provider.OPENROUTER, "sub/model");
    ModelId rootModel = new ModelId(Provider.ANTHROPIC, "root-model");
    /** Served by the same scripts, which see by the call whom they play. */
    List<ModelId> rootFallbacks = List.of();
    List<ModelId> subFallbacks = List.of();
    LanguageModel root = new ScriptedModel(call -> {
        throw new AssertionError("the root model is not to be asked");
    });
    LanguageModel sub = new ScriptedModel(call -> ScriptedModel.text("re " + prompt(call)));
    private int attempt;
    private @Nullable Class<? extends Event> refused;

    /** Begins with what an earlier attempt wrote. */
    Stage after(List<Entry> entries) {
        JournalWriter earlier = journal.writer(id, ++attempt);
        entries.forEach(entry -> earlier.append(entry.event()));
        earlier.close();
        return this;
    }

    /** Time goes on as this clock does. */
    Stage at(SettableClock set) {
        clock = set;
        timer = set::await;
        return this;
    }

    /** Begins as a fork of another stage's run. */
    Stage forkOf(Stage parent, int turn, @Nullable String focus) {
        List<Event> inherited = new ArrayList<>(Inheritance.of(parent.entries(), turn));
        inherited.add(new Forked(parent.id, turn, focus));
        return inheriting(inherited);
    }

    /** Begins with what came with the request. */
    Stage inheriting(List<Event> inherited) {
        journal.begin(id, new Event.Accepted(Map.of()), inherited);
        return this;
    }

    /** Goes on with what another stage of the same analysis had written up to an entry. */
    Stage cut(Stage whole, int entries) {
        List<Event> before = whole.entries().subList(0, entries).stream().filter(Entry::inherited).skip(1)
                .map(Entry::event).toList();
        return inheriting(before).after(whole.entries().subList(0, entries).stream().skip(before.size() + 1L).toList());
    }

    /** The run is over, as a failure. */
    Stage end() {
        try (JournalWriter writer = journal.writer(id, attempt)) {
            writer.append(new Event.RunEnded("FAILED", Outcome.MODEL_FAILED, null, null, true));
        }
        return this;
    }

    /** It is to go on all the same. */
    Stage reopen() {
        journal.reopen(id, attempt, new Event.Reopened("FAILED", Outcome.MODEL_FAILED));
        repl.closed = false; // another attempt has another kernel
        return this;
    }

    /** Makes the journal fail at events of one kind. */
    Stage refuse(Class<? extends Event> kind) {
        refused = kind;
        return this;
    }

    private JournalWriter writer() {
        JournalWriter writer = journal.writer(id, ++attempt);
        Class<? extends Event> kind = refused;
        return kind == null ? writer : new JournalWriter() {
            @Override
            public AnalysisId id() {
                return id;
            }

            @Override
            public Pending submit(Event event) {
                if (kind.isInstance(event)) {
                    throw new IllegalStateException("the journal refuses " + kind.getSimpleName());
                }
                return writer.submit(event);
            }

            @Override
            public void confirm() {
                writer.confirm();
            }

            @Override
            public void close() {
                writer.close();
            }
        };
    }

    Outcome run() {
        List<Entry> history = journal.readAll(id);
        try (JournalWriter writer = writer()) {
            Method.Rlm models = new Method.Rlm(
                    new Candidates(rootModel, rootFallbacks),
                    new Candidates(subModel, subFallbacks));
            Task task = new Task("", FILES, new Brief(models, Domain.CODE, null, budget, true), writer, history,
                    cancellation, live);
            Attempt part = new Attempt(task, prices, clock, timer, day);
            Sharing sharing = shared == null
                    ? null
                    : new Sharing(shared, owner, part.recording().calls().cacheHits(), budget.maxSubCalls());
            return new Run(part, new Relay(part, Role.ROOT, models.root(), _ -> root),
                    new Relay(part, Role.SUB, models.sub(), _ -> sub), opener, concurrency, sharing).play();
        }
    }

    /** A root that gives a reply for each turn; the turn is the number of replies it has given, plus one. */
    Stage root(Completion... turns) {
        root = new ScriptedModel(call -> turns[turn(call) - 1]);
        return this;
    }

    static int turn(ModelCall call) {
        return 1 + (int) call.messages().stream().filter(Message.Assistant.class::isInstance).count();
    }

    static String prompt(ModelCall call) {
        return ((Message.User) call.messages().getLast()).text();
    }

    /** A reply that runs these cells. */
    static Completion cells(String... code) {
        return ScriptedModel.tools("", Stream.iterate(0, i -> i < code.length, i -> i + 1)
                .map(i -> new ToolCall("call_" + i, "execute_python",
                        JsonMapper.shared().writeValueAsString(Map.of("code", code[i], "reasoning", "because"))))
                .toArray(ToolCall[]::new));
    }

    static void awaitAll(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts", e);
        }
    }

    /** What a model answers that only a cancellation ends. */
    static Completion untilCancelled(ModelCall call) {
        try {
            call.cancellation().await(Duration.ofSeconds(30));
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts", e);
        }
        throw new ModelException.Cancelled("cancelled");
    }

    List<Entry> entries() {
        return journal.readAll(id);
    }

    <E extends Event> List<E> events(Class<E> kind) {
        return entries().stream().map(Entry::event).filter(kind::isInstance).map(kind::cast).toList();
    }

    List<ModelCall> rootCalls() {
        return ((ScriptedModel) root).calls();
    }

    List<ModelCall> subCalls() {
        return ((ScriptedModel) sub).calls();
    }

    /** What the root model was told last in its n-th call. */
    String told(int call) {
        return switch (rootCalls().get(call - 1).messages().getLast()) {
            case Message.User user -> user.text();
            case Message.ToolResults results -> results.results().getLast().text();
            case Message.Assistant assistant -> throw new AssertionError(assistant);
        };
    }
}
