package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.deeprepo.checkout.TextSnapshot;
import dev.deeprepo.llm.Tokens;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class PackingTest {

    private static final TextSnapshot REPOSITORY = new TextSnapshot("demo").with(Map.of("a/large.py",
            "x = 1\n".repeat(400),
            "b/main.py", "run()\n".repeat(50), "c/tiny.py", "y = 2\n", "d/small.py", "z = 3\n".repeat(5), "e/tie.py",
            "y = 9\n", "f/empty.py", "")).entered("b/main.py", "gone.py");

    @Test
    void entryPointsComeFirstThenTheSmallest() {
        Packing all = Packing.of(REPOSITORY, 1_000_000, () -> {});

        assertThat(all.files()).containsExactly("b/main.py", "f/empty.py", "c/tiny.py", "e/tie.py", "d/small.py",
                "a/large.py");
        assertThat(all.leftOut()).isEmpty();
        assertThat(all.tokens()).isEqualTo(all.files().stream()
                .mapToLong(path -> Tokens.count(Packing.shown(path, REPOSITORY.text(path)))).sum());
    }

    @Test
    void whatHasNoRoomIsLeftOutAndWhatHasGoesIn() {
        long room = Packing.of(REPOSITORY, 1_000_000, () -> {}).tokens();

        assertThat(Packing.of(REPOSITORY, room, () -> {}).leftOut()).isEmpty();
        assertThat(Packing.of(REPOSITORY, room - 1, () -> {}).leftOut()).containsExactly("a/large.py");
    }

    @Test
    void anEntryPointThatDoesNotFitKeepsNobodyElseOut() {
        long small = Tokens.count(Packing.shown("c/tiny.py", "y = 2\n"));
        Packing packing = Packing.of(REPOSITORY, 4 * small, () -> {});

        assertThat(packing.files()).startsWith("f/empty.py", "c/tiny.py", "e/tie.py").doesNotContain("b/main.py");
        assertThat(packing.leftOut()).contains("a/large.py", "b/main.py");
        assertThat(packing.tokens()).isLessThanOrEqualTo(4 * small);
    }

    @Test
    void countingCanBeStopped() {
        assertThatThrownBy(() -> Packing.of(REPOSITORY, 1_000_000, () -> {
            throw new Stopped();
        })).isInstanceOf(Stopped.class);
    }

    /** Without this the rest of a large repository would be read and counted for nothing. */
    @Test
    void nothingIsReadOnceThePromptIsFull() {
        Map<String, String> many = new TreeMap<>();
        for (int i = 0; i < 500; i++) {
            many.put("f%03d.py".formatted(i), "value_%03d = 1\n".formatted(i).repeat(5));
        }
        TextSnapshot repository = new TextSnapshot("demo").with(many);
        long each = Tokens.count(Packing.shown("f000.py", repository.text("f000.py")));
        AtomicInteger counted = new AtomicInteger();

        Packing packing = Packing.of(repository, 10 * each, counted::incrementAndGet);

        assertThat(packing.files()).hasSizeBetween(9, 11);
        assertThat(counted).hasValueLessThan(40);
    }

    @Test
    void noRoomHoldsNothing() {
        assertThat(Packing.of(REPOSITORY, 0, () -> {}).files()).isEmpty();
        assertThat(Packing.of(REPOSITORY, -5, () -> {}).leftOut()).hasSize(6);
    }

    @Test
    void linesAreNumberedAsInTheFile() {
        assertThat(Packing.shown("a \"b\".py", "x = 1\n\n  y\r\nz")).isEqualTo("""
                <file path="a &quot;b&quot;.py">
                1\tx = 1
                2\t
                3\t  y
                4\tz
                </file>
                """);
    }
}
