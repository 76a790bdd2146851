package dev.deeprepo.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class DeadlineTest {

    @AutoClose
    private final ScheduledThreadPoolExecutor watcher = new ScheduledThreadPoolExecutor(1);
    private final CountDownLatch expired = new CountDownLatch(1);

    /** It may be about to: what kills has begun, and is not done. Else a cell that ended as its time was up would leave a killed kernel to the next one. */
    @Test
    void whatComesTooLateIsToldFromWhatComesInTime() {
        CountDownLatch done = new CountDownLatch(1);
        try (Deadline deadline = new Deadline(watcher, Duration.ZERO, () -> {
            expired.countDown();
            await(done);
        })) {
            await(expired);

            assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(deadline::stop);
            assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(deadline::pause);
            done.countDown();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aDeadlineThatIsStoppedDoesNotExpire() throws IOException {
        try (Deadline deadline = new Deadline(watcher, Duration.ofHours(1), expired::countDown)) {
            deadline.pause();
            deadline.resume();
            deadline.stop();
        }
        watcher.shutdown();
        assertThat(watcher.shutdownNow()).isEmpty();
        assertThat(expired.getCount()).isOne();
    }
}
