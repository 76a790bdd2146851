package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.ScriptedProvider;
import dev.deeprepo.ScriptedProvider.Answer;
import dev.deeprepo.ScriptedProvider.Request;
import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.CallKey;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.llm.Providers;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import dev.deeprepo.usage.PriceList;
import dev.deeprepo.usage.Usage;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 200 threads want sub-calls at once, each fifth call fails, and what the provider sees stays within the budget at every
 * instant: calls that it answered or may still answer, money that it charged or may still charge.
 */
@SecondLane
@Tag("slow")
class BudgetRaceTest {

    private static final int THREADS = 200;
    private static final int REPETITIONS = 100;
    private static final int WANTED = 4_096;
    private static final Price SUB = price("sub/model", "0.20", "1.10");

    private static ScriptedProvider provider;
    private static Providers providers;
    private static volatile Counter counter = new Counter(1);

    @BeforeAll
    static void open() throws IOException {
        provider = new ScriptedProvider(request -> counter.serve(request));
        providers = Providers.at(provider.chatCompletionsUrl());
    }

    @AfterAll
    static void close() {
        providers.close();
        provider.close();
    }

    /** The provider's side: what it has taken, and what that comes to at most. */
    private static final class Counter {

        private final CountDownLatch crowd;
        private int requests;
        private int open;
        private int answered;
        private int mostCalls;
        private Cost openCost = Cost.ZERO;
        private Cost charged = Cost.ZERO;
        private Cost mostCost = Cost.ZERO;
        private Cost smallest = Cost.usd("1");

        /** @param crowd calls that are under way before the first is answered */
        Counter(int crowd) {
            this.crowd = new CountDownLatch(crowd);
        }

        Answer serve(Request request) {
            long prompt = request.body().path("messages").valueStream()
                    .mapToLong(message -> Tokens.count(message.path("content").asString())).sum();
            int maxTokens = request.body().path("max_tokens").asInt();
            Cost worst = SUB.worst(prompt, maxTokens);
            int number = begin(worst, SUB.worst(prompt, 1_024));
            crowd.countDown();
            try {
                assertThat(crowd.await(10, TimeUnit.SECONDS)).as("as many at once as the budget bears").isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            int taken = 1 + Math.floorMod(number * 997, maxTokens);
            boolean fails = number % 5 == 0;
            end(worst, fails ? null : SUB.cost(Usage.of(prompt, taken)));
            return fails ? Answer.error(400) : Answer.text("yes").tokens(prompt, taken, 0, 0);
        }

        private synchronized int begin(Cost worst, Cost least) {
            open++;
            openCost = openCost.plus(worst);
            mostCalls = Math.max(mostCalls, open + answered);
            mostCost = mostCost.max(openCost.plus(charged));
            smallest = smallest.min(least);
            return ++requests;
        }

        private synchronized void end(Cost worst, @Nullable Cost cost) {
            open--;
            openCost = openCost.minus(worst);
            answered += cost == null ? 0 : 1;
            charged = cost == null ? charged : charged.plus(cost);
        }
    }

    @Test
    void theProviderNeverSeesACallMoreThanTheCap() {
        for (int i = 0; i < REPETITIONS; i++) {
            counter = new Counter(50);
            Stage stage = run(new Budget(20, Cost.usd("5"), 50, null, Duration.ofMinutes(5)));

            assertThat(counter.mostCalls).as("answered or under way, repetition %d", i).isEqualTo(50);
            assertThat(counter.answered).isEqualTo(50);
            assertThat(counter.requests).as("each fifth failed, and its place was taken").isEqualTo(62);
            assertThat(stage.told(2)).contains("[ERROR budget maxSubCalls: all 50 sub-calls of this run are used");
            assertJournal(stage, Cost.usd("5"), 50);
        }
    }

    @Test
    void theProviderNeverChargesMoreThanTheMoney() {
        Cost cap = Cost.usd("0.10");
        for (int i = 0; i < REPETITIONS; i++) {
            counter = new Counter(atOnce(cap));
            Stage stage = run(new Budget(20, cap, 500, null, Duration.ofMinutes(5)));

            assertThat(counter.mostCost).as("charged or may be charged, repetition %d", i).isLessThanOrEqualTo(cap);
            assertThat(counter.charged).as("as the journal has it").isEqualTo(assertJournal(stage, cap, 500));
            assertThat(cap.minus(counter.charged)).as("what no call fits into")
                    .isLessThan(counter.smallest.plus(SUB.worst(estimated() - counted(), 0)));
            assertThat(counter.requests).isGreaterThan(30);
            assertThat(stage.told(2)).contains("[ERROR budget maxCostUsd: a call of up to $");
        }
    }

    /** Calls whose worst cases fit beside each other. */
    private static int atOnce(Cost cap) {
        return cap.usd().divideToIntegralValue(SUB.worst(estimated(), WANTED).usd()).intValue();
    }

    private static long estimated() {
        return Tokens.estimate(Prompts.subSystem()) + Tokens.estimate("prompt199") + Conversation.FRAME;
    }

    private static long counted() {
        return Tokens.count(Prompts.subSystem()) + Tokens.count("prompt199");
    }

    private static Stage run(Budget budget) {
        Stage stage = new Stage().root(cells("batches prompt " + THREADS), cells("answer done"));
        stage.budget = budget;
        stage.concurrency = THREADS;
        stage.sub = providers.openRouter();
        stage.prices = new PriceList(List.of(price("root-model", "0", "0"), SUB));
        assertThat(stage.run()).isEqualTo(new Outcome.Completed("done"));
        return stage;
    }

    /** At no entry is more spent or set aside than there is. @return what was spent in the end */
    private static Cost assertJournal(Stage stage, Cost cap, int calls) {
        Map<CallKey, Cost> open = new HashMap<>();
        Cost spent = Cost.ZERO;
        int answered = 0;
        for (Entry entry : stage.entries()) {
            switch (entry.event()) {
                case ModelAsked asked when asked.prompt() != null -> open.put(asked.key(), asked.reserved());
                case ModelReplied reply when open.remove(reply.key()) != null -> {
                    spent = spent.plus(reply.cost());
                    answered += reply.account().calls();
                }
                default -> {
                    continue;
                }
            }
            assertThat(open.values().stream().reduce(spent, Cost::plus)).isLessThanOrEqualTo(cap);
            assertThat(open.size() + answered).isLessThanOrEqualTo(calls);
        }
        assertThat(open).isEmpty();
        return spent;
    }

    private static Price price(String model, String input, String output) {
        return new Price(model, true,
                List.of(new Price.Tier(null, new BigDecimal(input), new BigDecimal(output), null, null)), null, null,
                null, null, null);
    }
}
