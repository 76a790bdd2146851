package dev.deeprepo.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.deeprepo.usage.BudgetExceeded.Limit;
import dev.deeprepo.usage.Spending.Reservation;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SpendingTest {

    private static final Runnable GO_ON = () -> {};

    /** $1 for a million tokens in, $10 out: 1 000 in and 1 024 out cost $0.01124. */
    private static final Price PRICE = price("1", "10");
    private static final Price FREE = price("0", "0");

    @RepeatedTest(100)
    void twoHundredThreadsNeverMakeOneCallMoreThanTheyMay() throws Exception {
        Flood flood = new Flood(budget("1000", 50, null), FREE);

        assertThat(flood.most.get()).isLessThanOrEqualTo(50);
        assertThat(flood.answered.get()).isEqualTo(50);
        assertThat(flood.spending.account(Role.SUB).calls()).isEqualTo(50);
    }

    @RepeatedTest(100)
    void twoHundredThreadsNeverSpendACentMoreThanTheyMay() throws Exception {
        Flood flood = new Flood(budget("0.10", 1000, null), PRICE);

        Account sub = flood.spending.account(Role.SUB);
        assertThat(flood.overshot).hasValue(0);
        assertThat(sub.cost()).isLessThanOrEqualTo(Cost.usd("0.10")).isGreaterThan(Cost.usd("0.08"));
        assertThat(sub.calls()).isEqualTo(flood.answered.get());
        assertThat(flood.spending.remaining()).isEqualTo(Cost.usd("0.10").minus(sub.cost())); // nothing stays reserved
    }

    @RepeatedTest(20)
    void twoHundredThreadsNeverUseMoreTokensThanTheyMay() throws Exception {
        Flood flood = new Flood(budget("1000", 1000, 90_000L), FREE);

        assertThat(flood.overshot).hasValue(0);
        assertThat(flood.spending.account(Role.SUB).usage().totalTokens()).isBetween(80_000L, 90_000L);
    }

    /** 200 threads that ask at once; every fifth is not answered, the others take a random part of what they reserved. */
    private static final class Flood {

        private final Spending spending;
        private final AtomicInteger answered = new AtomicInteger();
        private final AtomicInteger inFlight = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger overshot = new AtomicInteger();

        Flood(Budget budget, Price price) throws Exception {
            spending = new Spending(budget, DayBudget.NONE);
            List<Future<?>> done = new ArrayList<>();
            CountDownLatch start = new CountDownLatch(1);
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 200; i++) {
                    boolean fails = i % 5 == 0;
                    done.add(threads.submit(() -> {
                        start.await();
                        call(budget, price, fails);
                        return null;
                    }));
                }
                start.countDown();
            }
            for (Future<?> each : done) {
                each.get();
            }
        }

        private void call(Budget budget, Price price, boolean fails) {
            try {
                Reservation reserved = spending.reserve(Role.SUB, price, 1000, 2000, GO_ON);
                most.accumulateAndGet(inFlight.incrementAndGet() + answered.get(), Math::max);
                Thread.yield();
                inFlight.decrementAndGet();
                if (fails) {
                    reserved.release();
                    return;
                }
                int written = ThreadLocalRandom.current().nextInt(reserved.maxTokens() / 2, reserved.maxTokens() + 1);
                answered.incrementAndGet();
                reserved.settle(Usage.of(1000, written), price.cost(Usage.of(1000, written)));
                reserved.release(); // no effect any more
            } catch (BudgetExceeded full) {
                Thread.yield();
            }
            Account total = spending.total();
            Long tokens = budget.maxTokens();
            if (total.cost().compareTo(budget.maxCost()) > 0
                    || tokens != null && total.usage().totalTokens() > tokens) {
                overshot.incrementAndGet();
            }
        }
    }

    @Test
    void anAnswerGetsWhatIsLeftAndNoCallLessThanIsOfUse() {
        Spending spending = new Spending(budget("0.0420", 10, null), DayBudget.NONE);

        Reservation first = spending.reserve(Role.ROOT, PRICE, 1000, 16_384, GO_ON);
        assertThat(first.maxTokens()).isEqualTo(4_100); // 0.001 for the prompt, 0.041 for the answer
        assertThat(first.worst()).isEqualTo(Cost.usd("0.042"));
        first.settle(Usage.of(1000, 3_000), Cost.usd("0.0310"));

        assertThat(refusal(spending, PRICE, 1000, 16_384)).isEqualTo(Limit.maxCostUsd); // 1 000 tokens could be paid for
        Reservation last = spending.reserve(Role.ROOT, PRICE, 760, 16_384, GO_ON);
        assertThat(last.maxTokens()).isEqualTo(1_024);
        assertThat(spending.remaining()).isEqualTo(Cost.ZERO);
    }

    @Test
    void aCallWaitsForWhatOthersHaveSetAside() throws Exception {
        Spending spending = new Spending(budget("0.042", 10, null), DayBudget.NONE);
        Reservation first = spending.reserve(Role.SUB, PRICE, 1000, 4_000, GO_ON);
        CountDownLatch looked = new CountDownLatch(2);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Reservation> second = threads
                    .submit(() -> spending.reserve(Role.SUB, PRICE, 1000, 4_000, looked::countDown));
            looked.await(); // once before it waits, once after: it does wait
            assertThat(second.isDone()).isFalse();
            first.release();
            assertThat(second.get().maxTokens()).isEqualTo(4_000);
        }
    }

    @Test
    void aWaitEndsWithWhatTheCheckThrows() {
        Spending spending = new Spending(budget("0.042", 10, null), DayBudget.NONE);
        spending.reserve(Role.SUB, PRICE, 1000, 4_000, GO_ON);
        AtomicInteger looks = new AtomicInteger();

        assertThatThrownBy(() -> spending.reserve(Role.SUB, PRICE, 1000, 4_000, () -> {
            if (looks.incrementAndGet() == 3) {
                throw new IllegalStateException("stopped");
            }
        })).hasMessage("stopped");
        assertThat(spending.remaining()).isEqualTo(Cost.usd("0.001"));
    }

    @Test
    void whatIsHeldBackIsForTheLastCallOnly() {
        Spending spending = new Spending(budget("0.05", 10, 10_000L), DayBudget.NONE);
        spending.holdBack(Cost.usd("0.03"), 5_000);

        assertThat(spending.remaining()).isEqualTo(Cost.usd("0.02"));
        assertThat(spending.remainingTokens()).isEqualTo(5_000);
        Reservation all = spending.reserve(Role.ROOT, PRICE, 1000, 9_000, GO_ON);
        assertThat(all.maxTokens()).isEqualTo(1_900);
        all.settle(Usage.of(1_000, 1_900), Cost.usd("0.02"));
        assertThat(refusal(spending, PRICE, 1, 2_000)).isEqualTo(Limit.maxCostUsd);
        spending.holdBack(Cost.ZERO, 0);
        assertThat(spending.remaining()).isEqualTo(Cost.usd("0.03"));
    }

    @Test
    void theLastCallTakesWhatIsHeldBackWithoutLettingItGo() {
        Spending spending = new Spending(budget("0.05", 10, 10_000L), DayBudget.NONE);
        spending.holdBack(Cost.usd("0.03"), 5_000);

        assertThat(spending.remainingForLast()).isEqualTo(Cost.usd("0.05"));
        assertThat(spending.remainingTokensForLast()).isEqualTo(10_000);
        assertThat(spending.reserveLast(Role.ROOT, PRICE, 1_000, 4_900, GO_ON).maxTokens()).isEqualTo(4_900);
        assertThat(spending.remaining()).isEqualTo(Cost.ZERO);
    }

    @Test
    void aCallThatNobodyKnowsOfStaysReservedAndHoldsNobodyUp() {
        DayBudget day = new DayBudget(Cost.usd("1"), Clock.systemUTC(), _ -> Cost.ZERO);
        Spending spending = new Spending(budget("0.05", 10, null), day);
        Reservation lost = spending.reserve(Role.SUB, PRICE, 1_000, 2_900, GO_ON);
        lost.forfeit();
        lost.release(); // no effect any more

        assertThat(spending.remaining()).isEqualTo(Cost.usd("0.02"));
        assertThat(day.left()).isEqualTo(Cost.usd("0.97"));
        // not waited for: the answer gets what is left
        assertThat(spending.reserve(Role.SUB, PRICE, 1_000, 2_900, GO_ON).maxTokens()).isEqualTo(1_900);
    }

    @Test
    void aReplyOfMoreTokensThanReservedEndsTheSpendingToo() {
        Spending spending = new Spending(budget("5", 10, 100_000L), DayBudget.NONE);
        spending.reserve(Role.SUB, FREE, 1_000, 1_024, GO_ON).settle(Usage.of(9_000, 1_024), Cost.ZERO);

        assertThat(refusal(spending, FREE, 1, 1)).isEqualTo(Limit.maxTokens);
    }

    @Test
    void aReplyAboveItsReservationCountsInFullAndEndsTheSpending() {
        Spending spending = new Spending(budget("5", 10, null), DayBudget.NONE);
        spending.reserve(Role.SUB, PRICE, 1000, 1_024, GO_ON).settle(Usage.of(9_000, 1_024), Cost.usd("0.02"));

        assertThat(spending.total().cost()).isEqualTo(Cost.usd("0.02"));
        assertThat(catchThrowableOfType(BudgetExceeded.class,
                () -> spending.reserve(Role.ROOT, FREE, 1, 1, GO_ON)))
                .hasMessage("a reply cost $0.02 where at most $0.01124 was expected, so nothing more is bought");
    }

    @Test
    void aFullBudgetRefusesNamingItsLimitAndReservesNothing() {
        Spending spending = new Spending(budget("0.02", 1, 5_000L), DayBudget.NONE);
        spending.reserve(Role.SUB, FREE, 1_000, 1_000, GO_ON).settle(Usage.of(1_000, 1_000), Cost.ZERO);

        assertThat(catchThrowableOfType(BudgetExceeded.class, () -> spending.reserve(Role.SUB, FREE, 1, 1, GO_ON))
                .limit()).isEqualTo(Limit.maxSubCalls);
        assertThat(refusal(spending, PRICE, 1_000, 9_000)).isNull(); // 2 000 of them are left
        assertThat(refusal(spending, FREE, 2_001, 9_000)).isEqualTo(Limit.maxTokens);
        assertThat(refusal(spending, price("30", "0"), 1_000, 9_000)).isEqualTo(Limit.maxCostUsd);
        assertThat(spending.remaining()).isEqualTo(Cost.usd("0.02"));
        assertThat(spending.remainingSubCalls()).isZero();
        assertThat(spending.remainingTokens()).isEqualTo(3_000);
    }

    @Test
    void repliesFromTheJournalCountAsSpent() {
        Spending spending = new Spending(budget("0.02", 3, null), DayBudget.NONE);
        spending.record(Role.SUB, new Account(2, 1, Usage.of(5, 5), Cost.usd("0.01")), Cost.usd("0.01"), 10);

        assertThat(spending.remainingSubCalls()).isEqualTo(1);
        assertThat(refusal(spending, PRICE, 1_000, 1_024)).isEqualTo(Limit.maxCostUsd);
        assertThat(spending.total()).isEqualTo(new Account(2, 1, Usage.of(5, 5), Cost.usd("0.01")));
    }

    @Test
    void tellsWhenFourFifthsOfALimitAreUsed() {
        Spending spending = new Spending(budget("1", 10, 100_000L), DayBudget.NONE);
        assertThat(spending.nearlyUsed()).isNull();
        spending.record(Role.SUB, new Account(7, 0, Usage.of(1_000, 0), Cost.usd("0.69")), Cost.usd("1"), 1_000);
        assertThat(spending.nearlyUsed()).isNull();
        spending.record(Role.SUB, new Account(1, 0, Usage.NONE, Cost.ZERO), Cost.ZERO, 0);
        assertThat(spending.nearlyUsed()).isEqualTo(Limit.maxSubCalls);
        spending.record(Role.ROOT, new Account(1, 0, Usage.of(79_000, 0), Cost.ZERO), Cost.ZERO, 79_000);
        assertThat(spending.nearlyUsed()).isEqualTo(Limit.maxTokens);
        spending.holdBack(Cost.usd("0.11"), 0); // no other call can have it
        assertThat(spending.nearlyUsed()).isEqualTo(Limit.maxCostUsd);
    }

    @Test
    void oneDayIsSharedByAllRunsAndEndsAtMidnight() {
        Instant[] now = {Instant.parse("2026-11-25T23:00:00Z")};
        DayBudget day = new DayBudget(Cost.usd("0.10"), ((InstantSource) () -> now[0]).withZone(ZoneOffset.UTC),
                date -> date.getDayOfMonth() == 25 ? Cost.usd("0.05") : Cost.ZERO);
        Spending one = new Spending(budget("5", 10, null), day);
        Spending other = new Spending(budget("5", 10, null), day);

        Reservation first = one.reserve(Role.ROOT, PRICE, 1000, 2_900, GO_ON); // 0.03 of the 0.05 that are left
        assertThat(refusal(other, PRICE, 10_000, 2_000)).isEqualTo(Limit.perDayUsd);
        assertThat(other.reserve(Role.ROOT, PRICE, 1_000, 5_000, GO_ON).maxTokens()).isEqualTo(1_900);
        first.settle(Usage.of(1_000, 900), Cost.usd("0.01"));
        assertThat(day.left()).isEqualTo(Cost.usd("0.02"));

        now[0] = Instant.parse("2026-11-26T00:00:01Z");
        assertThat(day.left()).isEqualTo(Cost.usd("0.08")); // what is under way still is
    }

    @Test
    void whatIsHeldBackForTheLastCallOfARunIsKeptFromOtherRunsToo() {
        DayBudget day = new DayBudget(Cost.usd("0.10"), Clock.systemUTC(), _ -> Cost.ZERO);
        Spending one = new Spending(budget("5", 10, null), day);
        Spending other = new Spending(budget("5", 10, null), day);
        one.holdBack(Cost.usd("0.03"), 0);
        one.holdBack(Cost.usd("0.04"), 0); // in the place of the other

        assertThat(day.left()).isEqualTo(other.remaining()).isEqualTo(Cost.usd("0.06"));
        other.reserve(Role.ROOT, PRICE, 1_000, 5_900, GO_ON); // 0.06
        assertThat(refusal(one, PRICE, 1, 2_000)).isEqualTo(Limit.perDayUsd);
        assertThat(one.remainingForLast()).isEqualTo(Cost.usd("0.04"));
        assertThat(one.reserveLast(Role.ROOT, PRICE, 1_000, 9_000, GO_ON).maxTokens()).isEqualTo(3_900);
        assertThat(day.left()).isEqualTo(Cost.ZERO);
        other.holdBack(Cost.usd("0.01"), 0); // of which there is nothing
        assertThat(other.remainingForLast()).isEqualTo(Cost.ZERO);
    }

    /** The first touch of a new day reads what is on record of it, and the database may be away then. */
    @Test
    void aRecordThatCannotBeReadLeavesNothingReserved() {
        Instant[] now = {Instant.parse("2026-11-25T23:59:59Z")};
        boolean[] away = {false};
        DayBudget day = new DayBudget(Cost.usd("0.10"), ((InstantSource) () -> now[0]).withZone(ZoneOffset.UTC), _ -> {
            if (away[0]) {
                throw new IllegalStateException("away");
            }
            return Cost.ZERO;
        });
        Spending spending = new Spending(budget("5", 10, null), day);
        spending.holdBack(Cost.usd("0.02"), 0);
        Reservation first = spending.reserve(Role.SUB, PRICE, 1_000, 2_900, GO_ON);

        now[0] = Instant.parse("2026-11-26T00:00:01Z");
        away[0] = true;
        assertThatThrownBy(first::release).hasMessage("away");
        spending.holdBack(Cost.ZERO, 0);
        away[0] = false;

        assertThat(day.left()).isEqualTo(Cost.usd("0.10"));
    }

    @Test
    void whatEachOwnerMaySpendIsAShareOfTheDay() {
        DayBudget all = new DayBudget(Cost.usd("0.10"), Clock.systemUTC(), _ -> Cost.ZERO);
        DayBudgets days = new DayBudgets(all, new OwnerAllowance(Cost.usd("0.06")),
                (owner, _) -> owner.equals("alice") ? Cost.usd("0.01") : Cost.ZERO);
        Spending hers = new Spending(budget("5", 10, null), days.of("alice"));
        Spending his = new Spending(budget("5", 10, null), days.of("bob"));

        Reservation first = hers.reserve(Role.ROOT, PRICE, 1_000, 3_900, GO_ON); // 0.04 of the 0.05 that are left
        assertThat(refusal(new Spending(budget("5", 10, null), days.of("alice")), PRICE, 1_000, 2_000))
                .as("another run of hers").isEqualTo(Limit.perDayUsd);
        assertThat(days.of("alice").left()).isEqualTo(Cost.usd("0.01"));
        assertThat(his.remaining()).isEqualTo(all.left()).isEqualTo(Cost.usd("0.06"));

        his.holdBack(Cost.usd("0.05"), 0);
        assertThat(all.left()).isEqualTo(Cost.usd("0.01"));
        assertThat(days.of("bob").left()).as("of both, the lesser").isEqualTo(Cost.usd("0.01"));

        first.settle(Usage.of(1_000, 900), Cost.usd("0.01"));
        assertThat(days.of("alice").left()).isEqualTo(Cost.usd("0.04"));
        assertThat(all.left()).isEqualTo(Cost.usd("0.04"));
        his.holdBack(Cost.ZERO, 0);
        assertThat(all.left()).isEqualTo(Cost.usd("0.09"));
        assertThat(new DayBudgets(all, new OwnerAllowance(null), (_, _) -> Cost.ZERO).of("bob")).isSameAs(all);
    }

    @Test
    void theEndOfTheSpendingIsTold() {
        Spending spending = new Spending(budget("5", 10, null), DayBudget.NONE);
        List<String> told = new ArrayList<>();
        spending.onEnd(() -> told.add("early"));
        spending.reserve(Role.SUB, PRICE, 1000, 1_024, GO_ON).settle(Usage.of(1_000, 10), Cost.usd("0.01"));
        assertThat(spending.ended()).isNull();
        assertThat(told).isEmpty();

        spending.reserve(Role.SUB, PRICE, 1000, 1_024, GO_ON).settle(Usage.of(9_000, 1_024), Cost.usd("0.02"));
        spending.onEnd(() -> told.add("late"));

        assertThat(spending.ended()).isNotNull();
        assertThat(told).containsExactly("early", "late");
    }

    @Test
    void refusesNegativeAmounts() {
        assertThatThrownBy(
                () -> new Spending(budget("1", 1, null), DayBudget.NONE).reserve(Role.SUB, PRICE, -1, 1, GO_ON))
                .hasMessage("tokens must be positive, were -1 and 1");
        assertThatThrownBy(() -> Cost.usd("-0.01")).hasMessage("negative cost: -0.01");
    }

    /** The limit that refuses a call; null when it is not refused, and then it is released again. */
    private static @Nullable Limit refusal(Spending spending, Price price, long inputTokens, int maxTokens) {
        try {
            spending.reserve(Role.ROOT, price, inputTokens, maxTokens, GO_ON).release();
            return null;
        } catch (BudgetExceeded e) {
            return e.limit();
        }
    }

    private static Price price(String input, String output) {
        return new Price("model", true,
                List.of(new Price.Tier(null, new BigDecimal(input), new BigDecimal(output), null, null)), null, null,
                null, null, null);
    }

    private static Budget budget(String usd, int subCalls, @Nullable Long tokens) {
        return new Budget(20, Cost.usd(usd), subCalls, tokens, Duration.ofMinutes(30));
    }
}
