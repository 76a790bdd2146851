package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.journal.AnalysisId;
import dev.deeprepo.journal.Entry;
import dev.deeprepo.journal.Event;
import dev.deeprepo.rlm.LiveText.Source;
import dev.deeprepo.usage.Role;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class UnsentTextTest {

    private static final AnalysisId ID = AnalysisId.random();

    private final UnsentText unsent = new UnsentText();

    @Test
    void putsPiecesTogetherAndWakesOnlyOnce() {
        assertThat(unsent.add(root(10, 2, 1), "print")).isTrue();
        assertThat(unsent.add(root(10, 2, 1), "(1)")).isFalse();

        assertThat(unsent.take(Role.ROOT, 10)).isEqualTo(new StreamedText("root", 2, 1, "print(1)", false));
        assertThat(unsent.isEmpty()).isTrue();
        assertThat(unsent.take(Role.ROOT, 10)).isNull();
        assertThat(unsent.add(root(10, 2, 1), "\n")).isTrue();
    }

    @Test
    void keepsTheRolesApart() {
        unsent.add(root(10, 1, 1), "root");
        unsent.add(new Source(entry(11), Role.BASELINE, 0, 1), "base");
        unsent.add(root(10, 1, 1), "s");
        unsent.add(new Source(entry(11), Role.BASELINE, 0, 1), "line");

        assertThat(unsent.take(Role.BASELINE, 11)).isEqualTo(new StreamedText("baseline", 0, 1, "baseline", false));
        assertThat(unsent.take(Role.ROOT, 11)).isEqualTo(new StreamedText("root", 1, 1, "roots", false));
    }

    @Test
    void waitsUntilTheReaderHasTheQuestion() {
        unsent.add(root(10, 2, 1), "early");

        assertThat(unsent.take(Role.ROOT, 9)).isNull();
        assertThat(unsent.isEmpty()).isFalse();
        assertThat(unsent.take(Role.ROOT, 10)).isNotNull();
    }

    @Test
    void keepsTheNewestAttemptOnly() {
        unsent.add(root(10, 2, 1), "half");
        unsent.add(root(12, 2, 2), "whole");

        assertThat(unsent.take(Role.ROOT, 12)).isEqualTo(new StreamedText("root", 2, 2, "whole", false));
        assertThat(unsent.isEmpty()).isTrue();
    }

    @Test
    void dropsWhatIsLate() {
        unsent.add(root(10, 2, 1), "half");
        unsent.ended(Role.ROOT, 12);
        assertThat(unsent.isEmpty()).isTrue();

        assertThat(unsent.add(root(10, 2, 1), "from an attempt that was replaced")).isFalse();
        assertThat(unsent.isEmpty()).isTrue();

        unsent.add(root(12, 2, 2), "the one that began there");
        assertThat(unsent.take(Role.ROOT, 12)).isNotNull();
    }

    @Test
    void holdsSoMuchAndSaysThatTheRestIsMissing() {
        unsent.add(root(10, 2, 1), "x".repeat(UnsentText.MOST - 1));
        unsent.add(root(10, 2, 1), "\ud83d\ude00");
        unsent.add(root(10, 2, 1), "more".repeat(1_000_000));

        // Half a character cannot be sent.
        assertThat(unsent.take(Role.ROOT, 10))
                .isEqualTo(new StreamedText("root", 2, 1, "x".repeat(UnsentText.MOST - 1) + "?", true));
        unsent.add(root(10, 2, 1), "on");
        assertThat(unsent.take(Role.ROOT, 10)).isEqualTo(new StreamedText("root", 2, 1, "on", false));
    }

    private static Source root(long begun, int turn, int attempt) {
        return new Source(entry(begun), Role.ROOT, turn, attempt);
    }

    private static Entry entry(long sequence) {
        return new Entry(ID, sequence, 1, Instant.EPOCH, new Event.TurnStarted(2));
    }
}
