package dev.deeprepo.rlm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.llm.Tokens;
import dev.deeprepo.usage.Cost;
import dev.deeprepo.usage.Price;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoomTest {

    /**
     * At $2 in and $10 out per million tokens. Of OpenAI's models 100 of 101 tokens can be counted, of others 2 of 3.
     */
    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            # provider, window, max input, max output, money, tokens left, => prompt, answer, limit
            OPENAI,     1050000, 922000, 128000, 100,   -,      912871, 32000, window
            OPENAI,     1050000, -,      128000, 100,   -,      1007920, 32000, window
            ANTHROPIC,  1000000, -,      128000, 100,   -,      645333, 32000, window
            ANTHROPIC,  200000,  -,      8192,   100,   -,      127872, 8192,  window
            # a quarter of a small window is the answer's
            OPENROUTER, 32000,   -,      -,      100,   -,      16000,  8000,  window
            # not known: taken for 128 000
            OPENROUTER, -,       -,      -,      100,   -,      64000,  32000, window
            # $1: 32 000 of answer are $0.32, which leaves $0.68 for 340 000 tokens
            ANTHROPIC,  1000000, -,      128000, 1,     -,      226666, 32000, maxCostUsd
            # $0.10: half of it buys 5 000 tokens of answer, the other 25 000 of prompt
            ANTHROPIC,  1000000, -,      128000, 0.1,   -,      16666,  5000,  maxCostUsd
            # $0.02 buys no answer that is a report
            ANTHROPIC,  1000000, -,      128000, 0.02,  -,      0,      1024,  maxCostUsd
            ANTHROPIC,  1000000, -,      128000, 100,   100000, 45333,  32000, maxTokens
            ANTHROPIC,  1000000, -,      128000, 100,   10000,  3333,   5000,  maxTokens
            ANTHROPIC,  1000000, -,      128000, 100,   2000,   0,      1024,  maxTokens
            """)
    void isTheSmallestOfWindowMoneyAndTokens(Provider provider, @Nullable Long window, @Nullable Long maxInput,
            @Nullable Integer maxOutput, String money, @Nullable Long left, long tokens, int answer, String limit) {
        ModelId model = new ModelId(provider, "m");
        Price price = new Price("m", true,
                List.of(new Price.Tier(null, BigDecimal.TWO, BigDecimal.TEN, null, null)), window, maxInput, maxOutput,
                null, null);

        Room room = Room.of(model, price, Cost.usd(money), left);

        assertThat(room).isEqualTo(new Room(tokens, answer, limit));
        if (tokens > 0) {
            long most = Tokens.atMost(tokens, provider);
            assertThat(price.worst(most, answer)).isLessThanOrEqualTo(Cost.usd(money));
            assertThat(most + answer).isLessThanOrEqualTo(left == null ? Long.MAX_VALUE : left);
        }
    }

    @ParameterizedTest
    @CsvSource({"OPENAI, 1", "OPENAI, 101", "OPENAI, 99999", "ANTHROPIC, 1", "ANTHROPIC, 7", "ANTHROPIC, 123457"})
    void whatFitsNeverComesToMore(Provider provider, long most) {
        long fitting = Tokens.fitting(most, provider);

        assertThat(Tokens.atMost(fitting, provider)).isLessThanOrEqualTo(most);
        assertThat(Tokens.atMost(fitting + 2, provider)).isGreaterThan(most);
    }
}
