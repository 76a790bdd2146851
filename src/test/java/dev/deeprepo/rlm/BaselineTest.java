package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import dev.deeprepo.checkout.TextSnapshot;
import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.journal.Event.BaselinePacked;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelFellBack;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.InMemoryJournal;
import dev.deeprepo.journal.JournalWriter;
import dev.deeprepo.llm.Cancellation;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.FailedAttempt;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelCall;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.DayBudget;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

@SecondLane
class BaselineTest {

    private static final ModelId MODEL = new ModelId(Provider.OPENAI, "one-call");
    private static final Price PRICE = new Price("one-call", true,
            List.of(new Price.Tier(null, BigDecimal.TWO, BigDecimal.TEN, null, null)), 200_000L, null, 10_000, null,
            null);

    private final TextSnapshot repository = new TextSnapshot("demo").with(
            Map.of("main.py", "import util\nutil.go()\n", "util.py", "def go():\n    pass\n", "big.py",
                    "value = 12345\n".repeat(3000)))
            .entered("main.py");
    private final InMemoryJournal journal = new InMemoryJournal();
    private final AnalysisId id = AnalysisId.random();
    private int attempts;
    private Candidates models = Candidates.only(MODEL);
    private PriceList prices = new PriceList(List.of(PRICE));

    @Test
    void asksOnceWithAllCodeAndTheAnswerIsTheReport() {
        ScriptedModel model = new ScriptedModel(call -> ScriptedModel.text("# Report", Usage.of(30_000, 500)));

        Outcome outcome = play(model, "5");

        assertThat(outcome).isEqualTo(new Outcome.Completed("# Report"));
        ModelCall call = model.calls().getFirst();
        assertThat(call.role()).isEqualTo(Role.BASELINE);
        assertThat(call.stream()).isTrue();
        assertThat(call.tools()).isEmpty();
        assertThat(call.maxTokens()).isEqualTo(10_000);
        String prompt = ((Message.User) call.messages().getFirst()).text();
        assertThat(prompt).containsSubsequence("<file path=\"main.py\">\n1\timport util\n", "<file path=\"util.py\">",
                "<file path=\"big.py\">", "3000\tvalue = 12345", "Now write the report");
        ModelReplied reply = events(ModelReplied.class).getFirst();
        assertThat(reply.key()).isEqualTo(CallKey.baseline());
        assertThat(reply.cost()).isEqualTo(Cost.usd("0.065"));
    }

    /** What is recorded as the prompt's size is its size. */
    @Test
    void tokensOfThePromptAreCountedNotGuessed() {
        ScriptedModel model = new ScriptedModel(call -> ScriptedModel.text("# Report"));

        play(model, "5");

        ModelCall call = model.calls().getFirst();
        long sent = Tokens.count(call.system() + ((Message.User) call.messages().getFirst()).text());
        long recorded = events(BaselinePacked.class).getFirst().tokens();
        assertThat((double) recorded).isBetween(sent * 0.98, sent * 1.02);
    }

    @Test
    void whatTheMoneyDoesNotReachIsLeftOutAndTold() {
        ScriptedModel model = new ScriptedModel(call -> ScriptedModel.text("# Report"));

        Outcome outcome = play(model, "0.06");

        assertThat(outcome).isInstanceOf(Outcome.Completed.class);
        BaselinePacked packed = events(BaselinePacked.class).getFirst();
        assertThat(packed.files()).containsExactly("main.py", "util.py");
        assertThat(packed.leftOut()).containsExactly("big.py");
        assertThat(packed.limit()).isEqualTo("maxCostUsd");
        assertThat(events(Event.Warned.class)).extracting(Event.Warned::code).contains("baseline-incomplete");
        ModelAsked asked = events(ModelAsked.class).getFirst();
        assertThat(asked.reserved()).isLessThanOrEqualTo(Cost.usd("0.06"));
    }

    @Test
    void noMoneyForAnyFileBuysNothing() {
        ScriptedModel model = ScriptedModel.inOrder();

        assertThat(play(model, "0.001")).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.code()).isEqualTo("maxCostUsd"));
        assertThat(model.calls()).isEmpty();
        assertThat(events(BaselinePacked.class)).isEmpty();
    }

    @Test
    void aRecordedAnswerIsNotBoughtAgain() {
        play(new ScriptedModel(call -> ScriptedModel.text("# Report")), "5");
        ScriptedModel second = ScriptedModel.inOrder();

        assertThat(play(second, "5")).isEqualTo(new Outcome.Completed("# Report"));
        assertThat(second.calls()).isEmpty();
        assertThat(events(BaselinePacked.class)).hasSize(1);
    }

    @Test
    void aCallThatWasUnderWayIsAskedAgainWithTheSamePromptAndStaysReserved() {
        play(new ScriptedModel(call -> ScriptedModel.text("# Lost")), "5");
        List<Entry> upToTheAsk = journal.readAll(id).stream()
                .filter(entry -> !(entry.event() instanceof ModelReplied)).toList();
        InMemoryJournal cut = new InMemoryJournal();
        try (JournalWriter writer = cut.writer(id, 1)) {
            upToTheAsk.forEach(entry -> writer.append(entry.event()));
        }
        ScriptedModel model = new ScriptedModel(call -> ScriptedModel.text("# Report"));

        Outcome outcome = play(cut, 2, model, "5");

        assertThat(outcome).isEqualTo(new Outcome.Completed("# Report"));
        assertThat(cut.readAll(id)).map(Entry::event).filteredOn(ModelAsked.class::isInstance).hasSize(2)
                .extracting(event -> ((ModelAsked) event).promptHash()).containsOnly(
                        events(ModelAsked.class).getFirst().promptHash());
        assertThat(cut.readAll(id)).map(Entry::event).filteredOn(Event.Warned.class::isInstance)
                .extracting(event -> ((Event.Warned) event).code()).contains("call-uncertain");
    }

    @Test
    void anAnswerThatWasCutIsPartialAndARefusalIsNone() {
        assertThat(play(answering("# Hal", StopReason.LENGTH), "5")).isEqualTo(new Outcome.Partial("# Hal",
                Outcome.ANSWER_CUT, "the baseline's answer was cut off at its token limit"));
        assertThat(fresh().play(answering("I cannot", StopReason.REFUSAL), "5")).isInstanceOf(Outcome.Failed.class);
        assertThat(fresh().play(answering(" ", StopReason.END), "5")).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.code()).isEqualTo(Outcome.MODEL_FAILED));
    }

    @Test
    void aFenceAroundTheWholeAnswerIsTakenOff() {
        assertThat(play(answering("```markdown\n# Report\n\nText.\n```", StopReason.END), "5"))
                .isEqualTo(new Outcome.Completed("# Report\n\nText."));
    }

    @Test
    void aCallThatIsGivenUpFailsTheRunAlsoWhenItIsResumed() {
        ScriptedModel down = new ScriptedModel(call -> {
            throw new ModelException.Permanent("HTTP 400: no", 400, null);
        });

        assertThat(play(down, "5")).isInstanceOf(Outcome.Failed.class);
        assertThat(play(ScriptedModel.inOrder(), "5")).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.detail()).contains("HTTP 400"));
    }

    private static ScriptedModel answering(String text, StopReason reason) {
        return new ScriptedModel(call -> new Completion(new Message.Assistant(text, List.of(), null), reason,
                Usage.of(100, 10), null, null));
    }

    /** The window of the first that could take over is too small for what is packed, so the one after it does. */
    @Test
    void aModelWhoseWindowHoldsThePromptTakesOver() {
        models = new Candidates(MODEL, List.of(new ModelId(Provider.OPENAI, "narrow"),
                new ModelId(Provider.ANTHROPIC, "wide")));
        prices = new PriceList(List.of(PRICE, price("narrow", 20_000, 10_000), price("wide", 500_000, 4_000)));
        ScriptedModel model = new ScriptedModel(call -> {
            if (call.model().equals("one-call")) {
                call.listener().attempted(new FailedAttempt(4, ModelException.Kind.TRANSIENT, 503, null, "down"));
                throw new ModelException.Transient("503: down", 503, null, null);
            }
            return ScriptedModel.text("# Report");
        });

        assertThat(play(model, "5")).isEqualTo(new Outcome.Completed("# Report"));
        assertThat(model.calls()).extracting(ModelCall::model).containsExactly("one-call", "wide");
        assertThat(model.calls()).extracting(ModelCall::messages).containsOnly(model.calls().getFirst().messages());
        assertThat(model.calls().getLast().maxTokens()).isEqualTo(4_000);
        assertThat(events(ModelFellBack.class))
                .containsExactly(new ModelFellBack(Role.BASELINE, "one-call", "wide", "503: down"));

        List<Entry> whole = journal.readAll(id);
        for (int cut = 0; cut <= whole.size(); cut++) {
            InMemoryJournal cutOff = new InMemoryJournal();
            try (JournalWriter writer = cutOff.writer(id, 1)) {
                whole.subList(0, cut).forEach(entry -> writer.append(entry.event()));
            }
            int before = model.calls().size();
            assertThat(play(cutOff, 2, model, "5")).as("cut after %d", cut)
                    .isEqualTo(new Outcome.Completed("# Report"));
            long replied = whole.subList(0, cut).stream().filter(entry -> entry.event() instanceof ModelReplied)
                    .count();
            assertThat(model.calls().size() - before).as("asked after cut %d", cut).isEqualTo((int) (2 - replied));
        }
    }

    private static Price price(String model, long window, int maxOutput) {
        return new Price(model, true, PRICE.tiers(), window, null, maxOutput, null, null);
    }

    private static BaselineTest fresh() {
        return new BaselineTest();
    }

    private Outcome play(ScriptedModel model, String money) {
        return play(journal, ++attempts, model, money);
    }

    private Outcome play(InMemoryJournal journal, int attempt, ScriptedModel model, String money) {
        List<Entry> history = journal.readAll(id);
        try (JournalWriter writer = journal.writer(id, attempt)) {
            Budget budget = new Budget(20, Cost.usd(money), 500, null, Duration.ofMinutes(5));
            Task task = new Task("", repository,
                    new Brief(new Method.Baseline(models), Domain.CODE, null, budget, true),
                    writer, history, new Cancellation(), LiveText.NONE);
            Attempt part = new Attempt(task, prices, Clock.systemUTC(), Cancellation::await, DayBudget.NONE);
            return new Baseline(part, new Relay(part, Role.BASELINE, models, _ -> model), false).play();
        }
    }

    private <E extends Event> List<E> events(Class<E> kind) {
        return journal.readAll(id).stream().map(Entry::event).filter(kind::isInstance).map(kind::cast).toList();
    }
}
