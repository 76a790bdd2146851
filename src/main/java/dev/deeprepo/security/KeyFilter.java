package dev.deeprepo.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/** Knows callers by their keys, and keeps each to its pace. A key that nobody has is no key. */
final class KeyFilter extends OncePerRequestFilter {

    private static final Pattern BEARER = Pattern.compile("(?i)bearer +(\\S{1,512})");

    private final SecuritySettings settings;
    private final ApiKeys keys;
    private final Refusals refusals;
    private final Clock clock;
    private final Map<String, Pace> paces = new ConcurrentHashMap<>();

    KeyFilter(SecuritySettings settings, Refusals refusals, Clock clock) {
        this.settings = settings;
        this.keys = new ApiKeys(settings.apiKeys());
        this.refusals = refusals;
        this.clock = clock;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String holder = holder(request.getHeader(HttpHeaders.AUTHORIZATION));
        if (holder != null) {
            Duration wait = paces
                    .computeIfAbsent(holder, _ -> new Pace(settings.requestsPerMinute(), clock)).take();
            if (wait.isPositive()) {
                refusals.tooMany(request, response, wait);
                return;
            }
            Callers.come(holder, settings.operators().contains(holder));
        }
        chain.doFilter(request, response);
    }

    private @Nullable String holder(@Nullable String authorization) {
        Matcher bearer = BEARER.matcher(authorization == null ? "" : authorization.strip());
        return bearer.matches() ? keys.holder(bearer.group(1)) : null;
    }
}
