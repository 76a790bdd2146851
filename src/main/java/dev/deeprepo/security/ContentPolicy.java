package dev.deeprepo.security;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.MediaType;
import org.springframework.security.web.header.HeaderWriter;
import org.springframework.security.web.servlet.util.matcher.PathPatternRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * What an answer may do in a browser that shows it: nothing; but a page may have this service's style sheets, and Swagger
 * UI run its scripts and call it. None may load anything from elsewhere or be framed, and no script may stand in a page.
 */
final class ContentPolicy implements HeaderWriter {

    static final String HEADER = "Content-Security-Policy";
    static final String NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static final String PAGE = NOTHING + "; style-src 'self'";
    /** Its style sheets hold pictures as data:, and its elements carry styles. */
    private static final String SWAGGER_UI = NOTHING
            + "; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'";

    private final RequestMatcher swaggerUi = PathPatternRequestMatcher.withDefaults().matcher("/swagger-ui/**");

    @Override
    public void writeHeaders(HttpServletRequest request, HttpServletResponse response) {
        String type = response.getContentType();
        response.setHeader(HEADER, swaggerUi.matches(request)
                ? SWAGGER_UI
                : type != null && type.startsWith(MediaType.TEXT_HTML_VALUE) ? PAGE : NOTHING);
    }
}
