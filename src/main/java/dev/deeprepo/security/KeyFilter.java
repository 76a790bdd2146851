package dev.deeprepo.security;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.web.filter.OncePerRequestFilter;

/** Knows callers by their keys, and keeps each to its pace. A key that nobody has is no key, and its caller a stranger. */
final class KeyFilter extends OncePerRequestFilter {

    private static final Pattern BEARER = Pattern.compile("(?i)bearer +(\\S{1,512})");

    private final SecuritySettings settings;
    private final ApiKeys keys;
    private final Refusals refusals;
    private final Strangers strangers;
    private final Paces paces;

    KeyFilter(SecuritySettings settings, Strangers strangers, Refusals refusals, Clock clock) {
        this.settings = settings;
        this.keys = new ApiKeys(settings.apiKeys());
        this.strangers = strangers;
        this.refusals = refusals;
        this.paces = new Paces(settings.requestsPerMinute(), clock);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String holder = holder(request.getHeader(HttpHeaders.AUTHORIZATION));
        if (holder != null) {
            Duration wait = paces.take(holder);
            if (wait.isPositive()) {
                refusals.tooMany(request, response, "your key", wait);
                return;
            }
            Callers.come(holder, settings.operators().contains(holder));
        } else if (!strangers.mayPass(request, response)) {
            return;
        }
        chain.doFilter(request, response);
    }

    private @Nullable String holder(@Nullable String authorization) {
        Matcher bearer = BEARER.matcher(authorization == null ? "" : authorization.strip());
        return bearer.matches() ? keys.holder(bearer.group(1)) : null;
    }
}
