package dev.deeprepo.llm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.HttpHeaders;

class QuotaTest {

    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    @Test
    void readsAnthropicsHeaders() {
        HttpHeaders headers = new HttpHeaders();
        headers.set("anthropic-ratelimit-requests-remaining", "3");
        headers.set("anthropic-ratelimit-requests-reset", "2026-11-22T12:00:07Z");
        headers.set("anthropic-ratelimit-input-tokens-remaining", "0");
        headers.set("anthropic-ratelimit-input-tokens-reset", "2026-11-22T12:00:21Z");
        headers.set("anthropic-ratelimit-output-tokens-remaining", "0");
        headers.set("anthropic-ratelimit-output-tokens-reset", "2026-11-22T12:00:09Z");
        headers.set("anthropic-ratelimit-tokens-remaining", "1000");
        headers.set("anthropic-ratelimit-tokens-reset", "2026-11-22T12:01:00Z");

        assertThat(Quota.of(headers, NOW))
                .isEqualTo(new Quota(NOW.plusSeconds(21), 3L, NOW.plusSeconds(7)));
    }

    @ParameterizedTest
    @CsvSource({"1s, 1000", "6m0s, 360000", "20ms, 20", "1h2m3.5s, 3723500", "1m30.25s, 90250", "0s, 0", "12ms, 12",
            "1d, 86400000", "7.66s, 7660", "59, 59000"})
    void readsOpenAisDurations(String text, long millis) {
        HttpHeaders headers = new HttpHeaders();
        headers.set("x-ratelimit-remaining-tokens", "0");
        headers.set("x-ratelimit-reset-tokens", text);

        assertThat(Quota.of(headers, NOW)).isEqualTo(new Quota(NOW.plusMillis(millis), null, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "-1s", "1x", "99999999999999999999s", "NaN"})
    void passesOverWhatItCannotRead(String reset) {
        HttpHeaders headers = new HttpHeaders();
        headers.set("x-ratelimit-remaining-requests", "0");
        headers.set("x-ratelimit-reset-requests", reset);
        headers.set("anthropic-ratelimit-tokens-remaining", "all");
        headers.set("anthropic-ratelimit-tokens-reset", "2026-11-22T12:01:00Z");

        assertThat(Quota.of(headers, NOW)).isEqualTo(Quota.UNKNOWN);
    }
}
