package dev.deeprepo.rlm;

import static dev.deeprepo.rlm.Stage.cells;
import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.SecondLane;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event.CellFinished;
import dev.deeprepo.journal.Event.ModelAsked;
import dev.deeprepo.journal.Event.ModelReplied;
import dev.deeprepo.journal.Event.ModelReplied.Source;
import dev.deeprepo.journal.Event.Warned;
import dev.deeprepo.journal.SubCall;
import dev.deeprepo.journal.Trajectory;
import dev.deeprepo.llm.Completion;
import dev.deeprepo.llm.Completion.StopReason;
import dev.deeprepo.llm.Message;
import dev.deeprepo.llm.ModelException;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.ScriptedModel;
import dev.deeprepo.usage.Account;
import dev.deeprepo.usage.Budget;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Role;
import dev.deeprepo.usage.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs that share the replies to their sub-calls. */
@Timeout(60)
@SecondLane
class CachedRunTest {

    private static final Outcome DONE = new Outcome.Completed("# Report");

    private final SettableClock clock = new SettableClock();
    private final ReplyCache cache = new InMemoryReplyCache(clock, Duration.ofDays(7), 1 << 20);
    private final SharedReplies shared = new SharedReplies(cache);

    private Stage stage() {
        return stage(cells("batches file 40", "query what is it?"), cells("answer # Report"));
    }

    private Stage stage(Completion... turns) {
        Stage stage = new Stage().root(turns);
        stage.shared = shared;
        return stage;
    }

    private static Stage played(Stage stage) {
        assertThat(stage.run()).isEqualTo(DONE);
        return stage;
    }

    private boolean isKept(String prompt) {
        return cache.find(new Question("", "sub/model", Prompts.subSystem(), prompt).hash()) != null;
    }

    @Test
    void theSecondRunBuysNoSubCallAndSeesTheSame() {
        Stage first = played(stage());
        Stage second = played(stage());

        assertThat(first.subCalls()).hasSize(41);
        assertThat(second.subCalls()).isEmpty();
        assertThat(observations(second)).isEqualTo(observations(first));
        // 41 x 110 tokens at the $1 per million of a model without a known price
        assertThat(account(first, Role.SUB)).isEqualTo(new Account(41, 0, Usage.of(4100, 410), Cost.usd("0.00451")));
        assertThat(account(second, Role.SUB)).isEqualTo(new Account(0, 41, Usage.NONE, Cost.ZERO));
        assertThat(account(second, Role.ROOT)).isEqualTo(account(first, Role.ROOT));
    }

    @Test
    void aHitStandsInTheJournalWithItsPrompt() {
        List<SubCall> bought = subCalls(played(stage()));
        Stage second = played(stage());
        List<SubCall> hits = subCalls(second);

        assertThat(hits).hasSize(41).extracting(SubCall::source).containsOnly(Source.CACHE);
        assertThat(hits).extracting(SubCall::prompt).isEqualTo(bought.stream().map(SubCall::prompt).toList());
        assertThat(hits).extracting(SubCall::reply).isEqualTo(bought.stream().map(SubCall::reply).toList());
        assertThat(second.events(ModelAsked.class)).filteredOn(asked -> asked.role() == Role.SUB).hasSize(41)
                .allSatisfy(asked -> {
                    assertThat(asked.cached()).isTrue();
                    assertThat(asked.reserved()).isEqualTo(Cost.ZERO);
                });
        assertThat(second.events(ModelAsked.class)).filteredOn(asked -> asked.role() == Role.ROOT).isNotEmpty()
                .noneMatch(ModelAsked::cached);
    }

    @Test
    void hitsTakeNoBudget() {
        played(stage());
        Stage second = stage();
        second.budget = new Budget(20, second.budget.maxCost(), 0, null, Duration.ofMinutes(5));

        assertThat(second.run()).isEqualTo(DONE);
        assertThat(account(second, Role.SUB).cacheHits()).isEqualTo(41);
    }

    @Test
    void buysAgainWhenTheTimeOfAReplyIsOver() {
        played(stage());
        Awaitility.await().until(() -> isKept("what is it?"));
        clock.advance(Duration.ofDays(7));

        assertThat(played(stage()).subCalls()).hasSize(41);
        assertThat(played(stage()).subCalls()).as("the newly bought ones are shared again").isEmpty();
    }

    @Test
    void anotherOwnerOrModelBuysAgain() {
        played(stage());
        Stage stranger = stage();
        stranger.owner = "someone else";
        Stage otherModel = stage();
        otherModel.subModel = new ModelId(Provider.OPENROUTER, "sub/other");

        assertThat(played(stranger).subCalls()).hasSize(41);
        assertThat(played(otherModel).subCalls()).hasSize(41);
    }

    @Test
    void withoutTheCacheEverythingIsBoughtAndNothingKept() {
        Stage alone = stage();
        alone.shared = null;
        assertThat(played(alone).subCalls()).hasSize(41);
        Stage sharing = stage();
        assertThat(played(sharing).subCalls()).hasSize(41);
        Stage aloneAgain = stage();
        aloneAgain.shared = null;
        assertThat(played(aloneAgain).subCalls()).hasSize(41);
    }

    @Test
    void sixtyFourRunsThatAskTheSameAtOnceBuyItOnce() throws InterruptedException {
        AtomicInteger bought = new AtomicInteger();
        CountDownLatch answer = new CountDownLatch(1);
        List<Stage> stages = IntStream.range(0, 64).mapToObj(_ -> {
            Stage stage = stage(cells("query the same"), cells("answer # Report"));
            stage.sub = new ScriptedModel(call -> {
                bought.incrementAndGet();
                await(answer);
                return ScriptedModel.text("reply");
            });
            return stage;
        }).toList();
        List<Thread> threads = stages.stream().map(stage -> Thread.ofVirtual().start(() -> played(stage))).toList();
        Awaitility.await().until(() -> bought.get() == 1);
        answer.countDown();
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(bought).hasValue(1);
        assertThat(stages).allSatisfy(stage -> assertThat(observations(stage).getFirst()).startsWith("reply"));
        assertThat(stages.stream().mapToInt(stage -> account(stage, Role.SUB).cacheHits()).sum()).isEqualTo(63);
    }

    @Test
    void whatIsNoWholeAnswerIsNotShared() {
        for (Completion unfit : List.of(ended("half of i", StopReason.LENGTH), ended("no", StopReason.REFUSAL),
                ended("", StopReason.WINDOW), ended(" \n", StopReason.END), ended("?", StopReason.OTHER))) {
            for (int run = 0; run < 2; run++) {
                Stage stage = stage(cells("query the same"), cells("answer # Report"));
                stage.sub = new ScriptedModel(_ -> unfit);
                assertThat(played(stage).subCalls()).as("%s", unfit.stopReason()).hasSize(1);
            }
        }
        assertThat(isKept("the same")).isFalse();
    }

    @Test
    void aFailureIsNotShared() {
        Stage failing = stage(cells("query the same"), cells("answer # Report"));
        failing.sub = new ScriptedModel(_ -> {
            throw new ModelException.Permanent("no such model", 404, null);
        });
        played(failing);

        assertThat(played(stage(cells("query the same"), cells("answer # Report"))).subCalls()).hasSize(1);
    }

    @Test
    void whenTheBuyersRunIsCancelledTheOneThatWaitsBuys() throws InterruptedException {
        Stage buyer = stage(cells("query the same"), cells("answer never"));
        CountDownLatch asked = new CountDownLatch(1);
        buyer.sub = new ScriptedModel(call -> {
            asked.countDown();
            awaitCancel(call.cancellation());
            throw new ModelException.Cancelled("stopped");
        });
        Thread buying = Thread.ofVirtual().start(buyer::run);
        await(asked);
        Stage waiter = stage(cells("query the same"), cells("answer # Report"));
        Thread waiting = Thread.ofVirtual().start(() -> played(waiter));
        Awaitility.await().until(() -> waiting.getState() == Thread.State.WAITING);

        buyer.cancellation.cancel("cancelled");
        buying.join();
        waiting.join();

        assertThat(waiter.subCalls()).hasSize(1);
        assertThat(account(waiter, Role.SUB).calls()).isEqualTo(1);
    }

    @Test
    void whoWaitsStopsAtOnceWhenItsOwnRunIsCancelled() throws InterruptedException {
        Stage buyer = stage(cells("query the same"), cells("answer # Report"));
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch answer = new CountDownLatch(1);
        buyer.sub = new ScriptedModel(call -> {
            asked.countDown();
            await(answer);
            return ScriptedModel.text("reply");
        });
        Thread buying = Thread.ofVirtual().start(() -> played(buyer));
        await(asked);
        Stage waiter = stage(cells("query the same"), cells("answer never"));
        Thread waiting = Thread.ofVirtual().start(waiter::run);
        Awaitility.await().until(() -> waiting.getState() == Thread.State.WAITING);

        waiter.cancellation.cancel("cancelled");
        waiting.join();

        assertThat(waiter.subCalls()).isEmpty();
        assertThat(Trajectory.of(waiter.entries()).uncertain()).as("nothing was sent").isZero();
        answer.countDown();
        buying.join();
    }

    /** Cuts the journal of a run of hits after each entry, and resumes from there with neither a cache nor a sub model. */
    @Test
    void aResumedRunIsHandedBackItsHitsAndCountsNoLostOne() {
        played(stage());
        Stage whole = played(stage());
        List<Entry> journal = whole.entries();
        int replies = 0;
        for (int cut = 0; cut <= journal.size(); cut++) {
            Stage resumed = stage().after(journal.subList(0, cut));
            int before = resumed.events(ModelReplied.class).size();
            assertThat(resumed.run()).as("cut after %d", cut).isEqualTo(DONE);
            assertThat(resumed.subCalls()).isEmpty();
            assertThat(resumed.events(ModelReplied.class)).extracting(ModelReplied::key).doesNotHaveDuplicates()
                    .hasSize(43);
            assertThat(resumed.events(Warned.class)).filteredOn(warned -> warned.code().equals("call-uncertain"))
                    .noneMatch(warned -> warned.detail().contains("sub-call"));
            assertThat(account(resumed, Role.SUB)).isEqualTo(account(whole, Role.SUB));
            replies = Math.max(replies, before);
        }
        assertThat(replies).isEqualTo(43);
    }

    @Test
    void aHitOnRecordIsNotLookedUpAgain() {
        played(stage());
        Stage whole = played(stage());
        int lastReply = IntStream.range(0, whole.entries().size())
                .filter(i -> whole.entries().get(i).event() instanceof ModelReplied reply && reply.role() == Role.SUB)
                .max().orElseThrow();
        Stage resumed = stage().after(whole.entries().subList(0, lastReply + 1));
        resumed.shared = new SharedReplies(new ReplyCache() {
            @Override
            public @Nullable String find(String hash) {
                throw new AssertionError("looked up: " + hash);
            }

            @Override
            public void store(List<Kept> replies) {
                throw new AssertionError("stored: " + replies);
            }
        });

        assertThat(resumed.run()).isEqualTo(DONE);
        assertThat(resumed.subCalls()).isEmpty();
        assertThat(account(resumed, Role.SUB)).isEqualTo(new Account(0, 41, Usage.NONE, Cost.ZERO));
    }

    @Test
    void aResumedRunThatComesToAnotherPromptThanItsHitStopsInsteadOfBuying() {
        played(stage());
        List<Entry> journal = new ArrayList<>(played(stage()).entries());
        while (!(journal.getLast().event() instanceof ModelAsked asked && asked.cached())) {
            journal.removeLast();
        }
        Entry last = journal.removeLast();
        ModelAsked hit = (ModelAsked) last.event();
        journal.add(new Entry(last.id(), last.sequence(), last.attempt(), last.at(), new ModelAsked(hit.key(),
                hit.role(), hit.model(), "another prompt", "another hash", hit.inputTokens(), hit.maxTokens(),
                Cost.ZERO, true)));
        Stage resumed = stage().after(journal);

        assertThat(resumed.run()).isInstanceOfSatisfying(Outcome.Failed.class,
                failed -> assertThat(failed.code()).isEqualTo("replay-diverged"));
        assertThat(resumed.subCalls()).isEmpty();
    }

    /** Bought replies are bounded by the budget; those for nothing must be bounded too. */
    @Test
    void anEndlessLoopOfHitsIsEnded() {
        Stage stage = stage(cells("query the same\n".repeat(Sharing.MAX_HITS + 1_000)), cells("answer # Report"));

        assertThat(stage.run()).isEqualTo(DONE);
        assertThat(account(stage, Role.SUB).calls()).isEqualTo(1);
        assertThat(account(stage, Role.SUB).cacheHits()).isEqualTo(Sharing.MAX_HITS);
        assertThat(stage.entries()).hasSizeLessThan(2 * Sharing.MAX_HITS + 50);
    }

    private static Completion ended(String text, StopReason reason) {
        return new Completion(new Message.Assistant(text, List.of(), null), reason, Usage.of(100, 10), null, null);
    }

    private static List<String> observations(Stage stage) {
        return stage.events(CellFinished.class).stream().map(CellFinished::observation).toList();
    }

    private static List<SubCall> subCalls(Stage stage) {
        return Trajectory.of(stage.entries()).turns().stream().flatMap(turn -> turn.cells().stream())
                .flatMap(cell -> cell.subCalls().stream()).toList();
    }

    private static Account account(Stage stage, Role role) {
        return Trajectory.of(stage.entries()).accounts().getOrDefault(role, Account.EMPTY);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void awaitCancel(dev.deeprepo.llm.Cancellation cancellation) {
        try {
            assertThat(cancellation.await(Duration.ofSeconds(30))).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
