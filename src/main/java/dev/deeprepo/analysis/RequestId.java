package dev.deeprepo.analysis;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.UUID;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Names each request, in its answer, its problems and the log; a caller's own {@code X-Request-Id} is kept. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class RequestId extends OncePerRequestFilter {

    static final String HEADER = "X-Request-Id";

    private static final Pattern USABLE = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getAttribute(HEADER) == null) {
            String given = request.getHeader(HEADER);
            String id = given != null && USABLE.matcher(given).matches() ? given : UUID.randomUUID().toString();
            request.setAttribute(HEADER, id);
            response.setHeader(HEADER, id);
        }
        chain.doFilter(request, response);
    }

    /** What Tomcat refuses may come to the error page and nowhere before. */
    @Override
    protected boolean shouldNotFilterErrorDispatch() {
        return false;
    }
}
