package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.deeprepo.llm.ModelUnavailable.Reason;
import dev.deeprepo.usage.PriceList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

class ModelsTest {

    private static final String[] ALL = {"ANTHROPIC_API_KEY=a", "OPENROUTER_API_KEY=b", "OPENAI_API_KEY=c"};

    @ParameterizedTest
    @CsvSource({"opus, ANTHROPIC, claude-opus-5-5", "sonnet, ANTHROPIC, claude-sonnet-5-5",
            "haiku, ANTHROPIC, claude-haiku-5-5", "minimax, OPENROUTER, minimax/minimax-m2.5",
            "claude-new-7, ANTHROPIC, claude-new-7", "gpt-6-sol, OPENAI, gpt-6-sol", "o3, OPENAI, o3",
            "o1-mini, OPENAI, o1-mini", "openai/gpt-4o, OPENROUTER, openai/gpt-4o",
            "anthropic/claude-x, OPENROUTER, anthropic/claude-x", "openai:llama3.3, OPENAI, llama3.3",
            "openai:org/model, OPENAI, org/model", "offline/explorer, OFFLINE, offline/explorer",
            "offline/digest, OFFLINE, offline/digest", "fast, OPENROUTER, x/y"})
    void findsTheProviderByTheName(String given, Provider provider, String name) {
        Models models = models("deeprepo.models.aliases.fast=x/y", ALL);

        assertThat(models.resolve(given)).isEqualTo(new ModelId(provider, name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "llama3", "sonet", "offline/oracle", "openai:", "a/b c", "a/b\n", "orca"})
    void refusesNamesThatNobodyServes(String name) {
        Models models = models("", ALL);

        if (name.equals("a/b\n")) { // space at the ends is no part of a name
            assertThat(models.resolve(name).name()).isEqualTo("a/b");
            return;
        }
        assertThat(catchThrowableOfType(ModelUnavailable.class, () -> models.resolve(name)).reason())
                .isEqualTo(Reason.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource({"sonnet, ANTHROPIC_API_KEY", "minimax, OPENROUTER_API_KEY", "gpt-6-sol, OPENAI_API_KEY",
            "openai:llama3, OPENAI_API_KEY"})
    void aMissingKeyIsNamed(String name, String variable) {
        ModelUnavailable e = catchThrowableOfType(ModelUnavailable.class, () -> models("").resolve(name));

        assertThat(e.reason()).isEqualTo(Reason.KEY_MISSING);
        assertThat(e).hasMessageEndingWith(variable + " is not set");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:11434/v1", "http://127.0.0.1:8080", "http://[::1]:1/v1/"})
    void aCompatibleServerOnThisMachineNeedsNoKey(String url) {
        assertThat(models("OPENAI_BASE_URL=" + url).resolve("openai:llama3").name()).isEqualTo("llama3");
        assertThat(models("OPENAI_BASE_URL=" + url).defaultRoot().name()).isEqualTo("offline/explorer");
    }

    @ParameterizedTest
    @CsvSource({"offline/explorer, offline/digest, NONE=1, NONE=1",
            "claude-sonnet-5-5, claude-haiku-5-5, ANTHROPIC_API_KEY=a, NONE=1",
            "minimax/minimax-m2.5, minimax/minimax-m2.5, OPENROUTER_API_KEY=a, NONE=1",
            "gpt-6-sol, gpt-6-luna, OPENAI_API_KEY=a, NONE=1",
            "claude-sonnet-5-5, minimax/minimax-m2.5, ANTHROPIC_API_KEY=a, OPENROUTER_API_KEY=b",
            "claude-sonnet-5-5, claude-haiku-5-5, ANTHROPIC_API_KEY=a, OPENAI_API_KEY=b",
            "minimax/minimax-m2.5, minimax/minimax-m2.5, OPENROUTER_API_KEY=a, OPENAI_API_KEY=b"})
    void defaultsFollowTheKeysThatExist(String root, String sub, String key, String otherKey) {
        Models models = models(key, otherKey);

        assertThat(models.defaultRoot().name()).isEqualTo(root);
        assertThat(models.defaultSub().name()).isEqualTo(sub);
    }

    @Test
    void anOperatorNamesOtherDefaults() {
        Models models = models("deeprepo.models.default-root=opus", "deeprepo.models.default-sub=a/b",
                "ANTHROPIC_API_KEY=a", "OPENROUTER_API_KEY=b");

        assertThat(models.defaultRoot().name()).isEqualTo("claude-opus-5-5");
        assertThat(models.defaultSub().name()).isEqualTo("a/b");
        assertThatThrownBy(() -> models("deeprepo.models.default-root=opus"))
                .hasRootCauseInstanceOf(ModelUnavailable.class);
    }

    @Test
    void listsWhatIsKnownByName() {
        List<ListedModel> list = models("ANTHROPIC_API_KEY=a").list();

        assertThat(list).extracting(ListedModel::alias).startsWith("opus", "sonnet", "haiku", "minimax");
        assertThat(list).filteredOn(ListedModel::defaultRoot).singleElement().satisfies(row -> {
            assertThat(row.alias()).isEqualTo("sonnet");
            assertThat(row.provider()).isEqualTo(Provider.ANTHROPIC);
            assertThat(row.hasKey()).isTrue();
        });
        assertThat(list).filteredOn(row -> row.model().startsWith("offline/")).hasSize(2).allMatch(ListedModel::hasKey);
        assertThat(list).filteredOn(row -> "minimax".equals(row.alias())).noneMatch(ListedModel::hasKey);
    }

    @Test
    void settingsRefuseWhatTheyDoNotKnow() {
        assertThatThrownBy(() -> models("deeprepo.llm.idle-timout=1s")).hasStackTraceContaining("idle-timout");
        assertThatThrownBy(() -> models("deeprepo.models.defaultroot2=x")).hasStackTraceContaining("defaultroot2");
        assertThatThrownBy(() -> models("deeprepo.retry.rate-limit.tries=1")).hasStackTraceContaining("tries");
        assertThatThrownBy(() -> models("deeprepo.llm.sub-concurrency=0"))
                .hasRootCauseMessage("deeprepo.llm.sub-concurrency must be at least 1, was 0");
        assertThatThrownBy(() -> models("LLM_RETRY_COUNT=-1"))
                .hasRootCauseMessage("deeprepo.retry: retries must be 0 to 100, was -1");
        assertThatThrownBy(() -> models("ANTHROPIC_BASE_URL=file:///etc/passwd"))
                .hasRootCauseMessage("a provider's base URL must be http(s), was file:///etc/passwd");
    }

    @Test
    void keysAreNotPrinted() {
        assertThat(new LlmSettings.Endpoint("https://x", "sk-secret").toString()).isEqualTo(
                "Endpoint[https://x, with a key]");
    }

    private static Models models(String property, String... more) {
        try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext()) {
            TestPropertyValues.of(more).and(property.isEmpty() ? "NONE=1" : property).applyTo(context);
            context.registerBean(PriceList.class, () -> new PriceList(List.of()));
            context.register(LlmConfiguration.class);
            context.refresh();
            return context.getBean(Models.class);
        }
    }
}
