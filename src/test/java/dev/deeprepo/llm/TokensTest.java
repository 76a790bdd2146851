package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.usage.Role;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokensTest {

    @Test
    void countsTextThatLooksLikeAControlToken() {
        assertThat(Tokens.estimate("<|endoftext|>")).isBetween(5L, 20L);
    }

    @Test
    void everyPartOfACallCounts() {
        String text = "def main():\n    return 1\n".repeat(100);
        ModelCall small = call("", "");
        ModelCall large = call(text, text);

        assertThat(Tokens.estimate(large) - Tokens.estimate(small)).isGreaterThan(2 * Tokens.estimate(text) - 10);
    }

    @Test
    void aLongTextIsTakenByItsBytesAndNotForLess() {
        String code = "    private final Map<String, Integer> counts = new HashMap<>();\n".repeat(2000);

        assertThat(Tokens.estimate(code)).isEqualTo(1 + code.length() * 2L / 5)
                .isGreaterThan(Tokens.estimate(code.substring(0, 30_000)));
        assertThat(Tokens.estimate("漢字".repeat(20_000))).isEqualTo(1 + 120_000L * 2 / 5);
    }

    @Test
    void aWholeRepositoryIsEstimatedAtOnce() {
        String packed = "x = 1\n".repeat(1_000_000);
        long start = System.nanoTime();
        long tokens = Tokens.estimate(call(packed, ""));

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(tokens).isGreaterThan(2_000_000);
    }

    private static ModelCall call(String prompt, String result) {
        return new ModelCall(Role.SUB, "m/m", null,
                List.of(new Message.User(prompt), new Message.ToolResults(List.of(new ToolResult("1", result, false)))),
                List.of(), 1, false, AttemptListener.NONE, new Cancellation());
    }
}
