package dev.deeprepo.llm;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * What a provider says, beside an answer or a refusal, of what is left of its limits: in Anthropic's headers
 * ({@code anthropic-ratelimit-requests-remaining}, {@code …-reset}; resets as instants) or in OpenAI's
 * ({@code x-ratelimit-remaining-requests}, {@code x-ratelimit-reset-requests}; resets as {@code 6m0s} or {@code 20ms}).
 *
 * @param exhaustedUntil when there will be some of what there is nothing left of; null = something is left of all
 * @param requests how many are left until {@code requestsReset}; null = not said
 */
record Quota(@Nullable Instant exhaustedUntil, @Nullable Long requests, @Nullable Instant requestsReset) {

    static final Quota UNKNOWN = new Quota(null, null, null);

    private static final List<String> KINDS = List.of("requests", "tokens", "input-tokens", "output-tokens");
    private static final Pattern DURATION = Pattern
            .compile("(?:(\\d{1,9})d)?(?:(\\d{1,9})h)?(?:(\\d{1,9})m(?!s))?(?:(\\d{1,9}(?:\\.\\d{1,9})?)(?:s|$))?"
                    + "(?:(\\d{1,9}(?:\\.\\d{1,9})?)ms)?");
    private static final List<Double> UNITS = List.of(86_400.0, 3_600.0, 60.0, 1.0, 0.001);

    static Quota of(HttpHeaders headers, Instant now) {
        Instant exhaustedUntil = null;
        Long requests = null;
        Instant requestsReset = null;
        for (String kind : KINDS) {
            Long left = number(first(headers, "anthropic-ratelimit-" + kind + "-remaining",
                    "x-ratelimit-remaining-" + kind));
            Instant reset = reset(first(headers, "anthropic-ratelimit-" + kind + "-reset",
                    "x-ratelimit-reset-" + kind), now);
            if (left == null || reset == null) {
                continue;
            }
            if (left == 0 && (exhaustedUntil == null || reset.isAfter(exhaustedUntil))) {
                exhaustedUntil = reset;
            }
            if (kind.equals("requests")) {
                requests = left;
                requestsReset = reset;
            }
        }
        return exhaustedUntil == null && requests == null
                ? UNKNOWN
                : new Quota(exhaustedUntil, requests, requestsReset);
    }

    private static @Nullable String first(HttpHeaders headers, String name, String other) {
        String value = headers.getFirst(name);
        return value == null ? headers.getFirst(other) : value;
    }

    private static @Nullable Long number(@Nullable String text) {
        return text == null || !text.strip().matches("\\d{1,18}") ? null : Long.valueOf(text.strip());
    }

    private static @Nullable Instant reset(@Nullable String text, Instant now) {
        if (text == null || text.isBlank()) {
            return null;
        }
        Matcher duration = DURATION.matcher(text.strip());
        if (duration.matches()) {
            double seconds = 0;
            for (int i = 0; i < UNITS.size(); i++) {
                String part = duration.group(i + 1);
                seconds += part == null ? 0 : Double.parseDouble(part) * UNITS.get(i);
            }
            return now.plus(Duration.ofMillis(Math.round(seconds * 1_000)));
        }
        try {
            return OffsetDateTime.parse(text.strip()).toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }
}
