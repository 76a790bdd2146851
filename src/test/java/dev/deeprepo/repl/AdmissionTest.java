package dev.deeprepo.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.SecondLane;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

@SecondLane
class AdmissionTest {

    @Test
    void oneThatIsCancelledWhileItWaitsHoldsUpNobodyBehindIt() {
        Admission admission = new Admission(1, 1000);
        long place = admission.enter(10, () -> false);
        AtomicBoolean cancelled = new AtomicBoolean();
        AtomicBoolean asked = new AtomicBoolean();
        CompletableFuture<Long> first = CompletableFuture.supplyAsync(() -> admission.enter(10, () -> {
            asked.set(true);
            return cancelled.get();
        }), Thread::startVirtualThread);
        Awaitility.await().untilTrue(asked);
        CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> admission.enter(20, () -> false),
                Thread::startVirtualThread);

        cancelled.set(true);

        assertThatThrownBy(first::join).isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(ReplException.class);
        assertThat(second).isNotDone();
        admission.leave(place);
        assertThat(second.orTimeout(5, TimeUnit.SECONDS).join()).isEqualTo(20);
        assertThat(admission.inside()).isEqualTo(1);
    }

    @Test
    void theSumOfMemoryLimitsMakesOneWaitWhileThereIsStillAPlace() {
        Admission admission = new Admission(8, 1000);
        long place = admission.enter(600, () -> false);
        AtomicBoolean asked = new AtomicBoolean();
        CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> admission.enter(600, () -> {
            asked.set(true);
            return false;
        }), Thread::startVirtualThread);

        Awaitility.await("the second to wait").atMost(Duration.ofSeconds(5)).untilTrue(asked);
        assertThat(second).isNotDone();
        assertThat(admission.inside()).isEqualTo(1);
        admission.leave(place);
        assertThat(second.orTimeout(5, TimeUnit.SECONDS).join()).isEqualTo(600);
    }

    @Test
    void whoWaitsIsToldSoOnceAndHoldsNobodyUpMeanwhile() {
        Admission admission = new Admission(2, 1000);
        long place = admission.enter(600, () -> false);
        List<Integer> told = new CopyOnWriteArrayList<>();
        admission.enter(300, new Patience() {
            @Override
            public boolean isOver() {
                return false;
            }

            @Override
            public void waits(int kernels) {
                told.add(kernels);
            }
        });
        assertThat(told).as("there was room").isEmpty();

        admission.enter(400, new Patience() {
            private int asked;

            @Override
            public boolean isOver() {
                if (++asked == 2) {
                    admission.leave(place);
                }
                return false;
            }

            @Override
            public void waits(int kernels) {
                told.add(kernels);
                CompletableFuture.supplyAsync(admission::inside, Thread::startVirtualThread)
                        .orTimeout(5, TimeUnit.SECONDS).join();
            }
        });
        assertThat(told).containsExactly(2);
    }

    @Test
    void grantsWhatTheMachineHasAndNoMore() {
        assertThat(new Admission(1, 1000).enter(5000, () -> false)).isEqualTo(1000);
    }

    @Test
    void openingAKernelCanBeCancelledWhileAllPlacesAreTakenAndWhileItLoads() {
        ReplSettings one = new ReplSettings(Duration.ofSeconds(10), DataSize.ofMegabytes(256), null, 1, null,
                ReplSettings.SandboxMode.REQUIRED);
        Codebase codebase = new InMemoryCodebase(Map.of("a", "b", "c", "d"));
        try (Kernels kernels = new Kernels(one)) {
            try (Repl _ = kernels.open(codebase, () -> false)) {
                long from = System.nanoTime();
                assertThatThrownBy(() -> kernels.open(codebase, () -> System.nanoTime() - from > 300_000_000L))
                        .isInstanceOf(ReplException.class).hasMessageContaining("cancelled");
                assertThat(Duration.ofNanos(System.nanoTime() - from)).isLessThan(Duration.ofSeconds(2));
            }
            Awaitility.await().until(() -> kernels.running() == 0);
            assertThatThrownBy(() -> kernels.open(codebase, () -> true)).isInstanceOf(ReplException.class)
                    .hasMessageContaining("loaded");
            Awaitility.await().until(() -> kernels.running() == 0);
        }
    }
}
