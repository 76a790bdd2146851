package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.repl.CellResult;
import dev.deeprepo.repl.CellResult.Outcome;
import org.junit.jupiter.api.Test;

class ObservationTest {

    private static CellResult result(String output, long length, String error) {
        return new CellResult(error.isEmpty() ? Outcome.OK : Outcome.ERROR, output, length, error, 1, "", false, null,
                0);
    }

    @Test
    void showsShortOutputAsItIs() {
        assertThat(Observation.of(result("one\ntwo\n", 8, ""), "").text()).isEqualTo("one\ntwo\n");
    }

    @Test
    void showsHeadTailAndTrueLengthOfLongOutput() {
        String output = "HEAD" + "x".repeat(150_000) + "TAIL";
        String text = Observation.of(result(output, 999_999, ""), "notice").text();
        assertThat(text).hasSizeLessThanOrEqualTo(Observation.LIMIT).startsWith("HEAD")
                .contains("999,999 characters in all")
                .endsWith("TAIL\n\nnotice");
    }

    @Test
    void neverLosesTheEndOfATraceback() {
        String text = Observation.of(result("x".repeat(100_000), 100_000, "Traceback\nValueError: no"), "").text();
        assertThat(text).hasSizeLessThanOrEqualTo(Observation.LIMIT).endsWith("ValueError: no");
    }

    @Test
    void cutsNoCharacterInTwo() {
        for (int shift = 0; shift < 2; shift++) {
            String text = Observation.cut("x".repeat(shift) + "😀".repeat(10_000), 20_000L + shift, Observation.LIMIT);
            assertThat(text.codePoints().filter(point -> point >= 0xD800 && point <= 0xDFFF)).isEmpty();
        }
    }

    @Test
    void saysSoWhenNothingWasPrinted() {
        assertThat(Observation.of(result("", 0, ""), "").text()).isEqualTo("(no output)");
    }
}
