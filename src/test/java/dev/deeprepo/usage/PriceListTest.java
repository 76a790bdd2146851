package dev.deeprepo.usage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

class PriceListTest {

    private final PriceList prices = load();

    @ParameterizedTest
    @CsvSource({"claude-opus-5-5, 29.2", "claude-sonnet-5-5, 14.6", "claude-fable-5-1, 72.75", "claude-opus-5, 36.75",
            "claude-opus-4-8, 36.75", "claude-opus-4-7, 36.75", "claude-opus-4-6, 36.75", "claude-sonnet-5, 14.7",
            "claude-sonnet-4-6, 22.05", "claude-haiku-4-5, 7.35", "minimax/minimax-m2.5, 1.7",
            "deepseek/deepseek-chat-v3-0324, 0.7", "qwen/qwen-2.5-coder-32b-instruct, 0.8",
            "meta-llama/llama-3.3-70b-instruct, 1.56", "google/gemini-2.0-flash-001, 0.7"})
    void aMillionOfEachKindCostsTheSumOfTheRow(String model, String usd) {
        Price price = prices.of(model);

        assertThat(price.cost(new Usage(3_000_000, 1_000_000, 1_000_000, 1_000_000))).isEqualTo(Cost.usd(usd));
        assertThat(price.known()).isTrue();
        assertThat(price.window()).isNotNull();
        assertThat(price.asOf()).isNotNull();
        assertThat(price.source()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource({"claude-haiku-5-5, 100000, 0.0105", "claude-haiku-5-5, 100001, 0.0525005",
            "gpt-6-sol, 272000, 0.554", "gpt-6-sol, 272001, 1.103004", "gpt-6-luna, 272000, 0.0277",
            "gpt-6-luna, 272001, 0.0551502"})
    void aTierAppliesToAllTokensOfAPromptOfItsLength(String model, long input, String usd) {
        assertThat(prices.of(model).cost(Usage.of(input, 1000))).isEqualTo(Cost.usd(usd));
    }

    @Test
    void costsAreExactToTheLastDigit() {
        Cost one = prices.of("claude-haiku-5-5").cost(new Usage(3, 1, 1, 1));

        assertThat(one).isEqualTo(Cost.usd("0.000000735")); // 1 fresh 0.1 + 1 read 0.01 + 1 written 0.125 + 1 out 0.5
        Cost sum = Cost.ZERO;
        for (int i = 0; i < 1_000_000; i++) {
            sum = sum.plus(one);
        }
        assertThat(sum).isEqualTo(Cost.usd("0.735"));
    }

    @Test
    void noCallOfItsSizeCostsMoreThanTheWorstCase() {
        for (Price price : prices.all()) {
            for (long input : new long[]{0, 1, 99_999, 100_001, 400_000}) {
                Cost worst = price.worst(input, 777);
                for (Usage usage : List.of(Usage.of(input, 777), new Usage(input, 777, input, 0),
                        new Usage(input, 777, 0, input))) {
                    assertThat(price.cost(usage)).as("%s %s", price.model(), usage).isLessThanOrEqualTo(worst);
                }
            }
        }
    }

    @Test
    void anUnknownModelCostsADollarAMillionAndIsFlagged() {
        Price price = prices.of("somebody/something");

        assertThat(price.known()).isFalse();
        assertThat(price.cost(Usage.of(500_000, 250_000))).isEqualTo(Cost.usd("0.75"));
    }

    @Test
    void offlineModelsCostNothing() {
        assertThat(prices.of("offline/digest").cost(Usage.of(1_000_000, 1_000_000))).isEqualTo(Cost.ZERO);
        assertThat(prices.of("offline/digest").known()).isTrue();
    }

    @Test
    void configurationAddsAndReplacesPrices() {
        PriceList changed = load("deeprepo.models.prices[0].model=claude-haiku-5-5",
                "deeprepo.models.prices[0].input=3", "deeprepo.models.prices[0].output=4",
                "deeprepo.models.prices[1].model=own/model", "deeprepo.models.prices[1].up-to=10",
                "deeprepo.models.prices[1].input=1", "deeprepo.models.prices[1].output=1",
                "deeprepo.models.prices[2].model=own/model", "deeprepo.models.prices[2].input=2",
                "deeprepo.models.prices[2].output=2", "deeprepo.models.prices[2].max-output=99");

        assertThat(changed.of("claude-haiku-5-5").cost(Usage.of(1_000_000, 0))).isEqualTo(Cost.usd("3"));
        assertThat(changed.of("own/model").cost(Usage.of(10, 0))).isEqualTo(Cost.usd("0.00001"));
        assertThat(changed.of("own/model").cost(Usage.of(11, 0))).isEqualTo(Cost.usd("0.000022"));
        assertThat(changed.of("own/model").maxOutput()).isEqualTo(99);
        assertThat(changed.of("claude-sonnet-5-5")).isEqualTo(prices.of("claude-sonnet-5-5"));
    }

    @Test
    void refusesPricesThatMakeNoSense() {
        assertThatThrownBy(() -> load("deeprepo.models.prices[0].model=m", "deeprepo.models.prices[0].input=1"))
                .hasRootCauseMessage("the price of m needs input and output");
        assertThatThrownBy(() -> load("deeprepo.models.prices[0].model=m", "deeprepo.models.prices[0].input=-1",
                "deeprepo.models.prices[0].output=1")).hasRootCauseMessage("negative price of m: -1");
        Price.Tier last = new Price.Tier(null, BigDecimal.ONE, BigDecimal.ONE, null, null);
        Price.Tier first = new Price.Tier(10L, BigDecimal.ONE, BigDecimal.ONE, null, null);
        assertThatThrownBy(() -> new Price("m", true, List.of(first), null, null, null, null, null))
                .hasMessage("tiers of m must end with one without a limit");
        assertThatThrownBy(() -> new Price("m", true, List.of(first, first, last), null, null, null, null, null))
                .hasMessage("tiers of m must ascend: 10 after 10");
    }

    private static PriceList load(String... properties) {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            TestPropertyValues.of(properties).applyTo(context);
            context.register(UsageConfiguration.class);
            context.refresh();
            return context.getBean(PriceList.class);
        }
    }
}
