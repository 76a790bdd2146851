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

    /** Else a cell that ended as its time was up would leave a killed kernel to the next one. */
    @Test
    void whatComesTooLateIsToldFromWhatComesInTime() throws InterruptedException {
        try (Deadline deadline = new Deadline(watcher, Duration.ZERO, expired::countDown)) {
            assertThat(expired.await(10, TimeUnit.SECONDS)).isTrue();

            assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(deadline::stop);
            assertThatExceptionOfType(InterruptedIOException.class).isThrownBy(deadline::pause);
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
