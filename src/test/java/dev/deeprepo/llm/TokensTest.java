package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TokensTest {

    @Test
    void countsTextThatLooksLikeAControlToken() {
        assertThat(Tokens.estimate("<|endoftext|>")).isBetween(5L, 20L);
    }

    @Test
    void aLongTextIsTakenByItsBytesAndNotForLess() {
        String code = "    private final Map<String, Integer> counts = new HashMap<>();\n".repeat(2000);

        assertThat(Tokens.estimate(code)).isEqualTo(1 + code.length() * 2L / 5)
                .isGreaterThan(Tokens.estimate(code.substring(0, 3_000)));
        assertThat(Tokens.estimate("漢字".repeat(20_000))).isEqualTo(1 + 120_000L * 2 / 5);
    }

    @Test
    void aWholeRepositoryIsEstimatedAtOnce() {
        String packed = "x = 1\n".repeat(1_000_000);
        long start = System.nanoTime();
        long tokens = Tokens.estimate(packed);

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(tokens).isGreaterThan(2_000_000);
    }
}
