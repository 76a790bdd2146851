package dev.deeprepo.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.deeprepo.analysis.ModelsController.Access;
import dev.deeprepo.llm.LanguageModel;
import dev.deeprepo.llm.ListedModel;
import dev.deeprepo.llm.LlmSettings;
import dev.deeprepo.llm.ModelId;
import dev.deeprepo.llm.Models;
import dev.deeprepo.llm.Provider;
import dev.deeprepo.usage.Price;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

class ModelsControllerTest {

    private static final LocalDate AS_OF = LocalDate.of(2026, 1, 2);

    private record Listed(List<ListedModel> list) implements Models {

        @Override
        public ModelId resolve(String nameOrAlias) {
            throw new IllegalStateException("not asked here");
        }

        @Override
        public LanguageModel of(ModelId model) {
            throw new IllegalStateException("not asked here");
        }

        @Override
        public ModelId defaultRoot() {
            return new ModelId(Provider.ANTHROPIC, "long");
        }

        @Override
        public ModelId defaultSub() {
            return defaultRoot();
        }

        @Override
        public ModelId defaultBaseline() {
            return defaultRoot();
        }
    }

    @Test
    void aServerWithoutAKeyIsReachableAndHasNone() {
        Map<String, Access> providers = list(row(Provider.ANTHROPIC, true), row(Provider.OPENAI, true),
                row(Provider.OPENROUTER, false), row(Provider.OFFLINE, true)).providers();

        assertThat(providers).containsExactly(Map.entry("anthropic", new Access(true, true)),
                Map.entry("openai", new Access(false, true)), Map.entry("openrouter", new Access(false, false)),
                Map.entry("offline", new Access(false, true)));
    }

    @Test
    void everyTierIsListedWithWhatTheCacheCostsAndTheDate() {
        ModelsController.Prices prices = list(row(Provider.ANTHROPIC, true)).models().getFirst().price();

        assertThat(prices.tiers()).containsExactly(
                new ModelsController.Tier(200_000L, usd("3"), usd("15"), usd("0.3"), usd("3.75")),
                new ModelsController.Tier(null, usd("6"), usd("22"), usd("6"), usd("6")));
        assertThat(prices.asOf()).isEqualTo(AS_OF);
    }

    private static ModelsController.Listing list(ListedModel... rows) {
        LlmSettings settings = new Binder(new MapConfigurationPropertySource(
                Map.of("deeprepo.llm.anthropic.api-key", "key", "deeprepo.llm.openai.base-url",
                        "http://127.0.0.1:11434/v1")))
                .bindOrCreate("deeprepo.llm", LlmSettings.class);
        return new ModelsController(new Listed(List.of(rows)), settings).list();
    }

    private static ListedModel row(Provider provider, boolean reachable) {
        return new ListedModel(null, "long", provider, reachable, new Price("long", true, List.of(
                new Price.Tier(200_000L, usd("3"), usd("15"), usd("0.3"), usd("3.75")),
                new Price.Tier(null, usd("6"), usd("22"), null, null)), 1_000_000L, null, 64_000, AS_OF, "a page"),
                false,
                false, false);
    }

    private static BigDecimal usd(String amount) {
        return new BigDecimal(amount);
    }
}
