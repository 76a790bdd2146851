package dev.deeprepo.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.deeprepo.usage.BudgetExceeded.Limit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SpendingTest {

    private static final Cost CENT = Cost.usd("0.01");

    @Test
    void twoHundredThreadsNeverOvershoot() throws Exception {
        Spending spending = new Spending(budget("1.00", 1000, 90_000L));
        List<Future<Boolean>> done = new ArrayList<>();
        CountDownLatch start = new CountDownLatch(1);
        AtomicInteger answered = new AtomicInteger();
        AtomicInteger overshot = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 200; i++) {
                boolean fails = i % 5 == 0;
                done.add(threads.submit(() -> {
                    start.await();
                    for (int call = 0; call < 20; call++) {
                        try {
                            Spending.Reservation reserved = spending.reserve(Role.SUB, 1000, CENT);
                            if (fails) {
                                reserved.release();
                            } else {
                                Thread.yield();
                                reserved.settle(Usage.of(500, 100), Cost.usd("0.004"));
                                reserved.release(); // no effect any more
                                answered.incrementAndGet();
                            }
                        } catch (BudgetExceeded full) {
                            Thread.yield();
                        }
                        Account total = spending.total();
                        if (total.cost().compareTo(Cost.usd("1")) > 0 || total.usage().totalTokens() > 90_000) {
                            overshot.incrementAndGet();
                        }
                    }
                    return true;
                }));
            }
            start.countDown();
        }

        assertThat(done).allSatisfy(future -> assertThat(future.get()).isTrue());
        assertThat(overshot).hasValue(0);
        Account sub = spending.account(Role.SUB);
        assertThat(sub.calls()).isEqualTo(answered.get());
        assertThat(sub.cost()).isEqualTo(times(Cost.usd("0.004"), answered.get()));
        assertThat(sub.usage()).isEqualTo(Usage.of(500L * answered.get(), 100L * answered.get()));
        assertThat(spending.remaining()).isEqualTo(Cost.usd("1").minus(sub.cost())); // nothing stays reserved
    }

    @Test
    void aFullBudgetRefusesNamingItsLimitAndReservesNothing() {
        Spending spending = new Spending(budget("0.02", 1, 5000L));
        Spending.Reservation first = spending.reserve(Role.SUB, 1000, CENT);

        assertThat(refusal(spending, Role.SUB, 1, Cost.ZERO)).isEqualTo(Limit.maxSubCalls);
        assertThat(refusal(spending, Role.ROOT, 1, Cost.usd("0.010000001"))).isEqualTo(Limit.maxCostUsd);
        assertThat(refusal(spending, Role.ROOT, 4001, Cost.ZERO)).isEqualTo(Limit.maxTokens);
        assertThat(spending.remaining()).isEqualTo(CENT);
        assertThat(spending.remainingSubCalls()).isZero();

        first.release();
        spending.reserve(Role.ROOT, 5000, Cost.usd("0.02")).settle(Usage.of(10, 1), Cost.usd("0.001"));
        assertThat(spending.remaining()).isEqualTo(Cost.usd("0.019"));
        assertThat(spending.remainingSubCalls()).isEqualTo(1);
    }

    @Test
    void repliesFromTheJournalCountAsSpent() {
        Spending spending = new Spending(budget("0.02", 3, null));
        spending.record(Role.SUB, new Account(2, 1, Usage.of(5, 5), CENT));

        assertThat(spending.remainingSubCalls()).isEqualTo(1);
        assertThat(refusal(spending, Role.ROOT, 1, Cost.usd("0.011"))).isEqualTo(Limit.maxCostUsd);
        assertThat(spending.total()).isEqualTo(new Account(2, 1, Usage.of(5, 5), CENT));
    }

    @Test
    void refusesNegativeAmounts() {
        assertThatThrownBy(() -> new Spending(budget("1", 1, null)).reserve(Role.SUB, -1, CENT))
                .hasMessage("tokens must not be negative, was -1");
        assertThatThrownBy(() -> Cost.usd("-0.01")).hasMessage("negative cost: -0.01");
    }

    private static Limit refusal(Spending spending, Role role, long tokens, Cost worst) {
        return catchThrowableOfType(BudgetExceeded.class, () -> spending.reserve(role, tokens, worst)).limit();
    }

    private static Cost times(Cost cost, int times) {
        Cost sum = Cost.ZERO;
        for (int i = 0; i < times; i++) {
            sum = sum.plus(cost);
        }
        return sum;
    }

    private static Budget budget(String usd, int subCalls, @Nullable Long tokens) {
        return new Budget(20, Cost.usd(usd), subCalls, tokens, Duration.ofMinutes(30));
    }
}
